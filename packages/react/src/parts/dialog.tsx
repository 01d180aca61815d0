import { type ReactNode, useId, useLayoutEffect, useRef } from "react";
import { useDialogWords } from "../words/use-dialog-words.ts";
import { Button } from "./button.tsx";

interface Props {
  readonly title: string;
  readonly children: ReactNode;
  /** Buttons; the one with `data-first` gets the focus. */
  readonly actions: ReactNode;
  readonly isWide?: boolean;
  /** Told when it was closed with Escape. */
  readonly onClose: () => void;
}

/**
 * Open for as long as it is there. The browser makes the rest inert, and gives the focus back when it is closed: also
 * when it is taken away, so it closes before it leaves the page.
 */
export function Dialog({ title, children, actions, isWide = false, onClose }: Props) {
  const element = useRef<HTMLDialogElement>(null);
  const id = useId();
  useLayoutEffect(() => {
    const dialog = element.current;
    dialog?.showModal();
    dialog?.querySelector<HTMLElement>("[data-first]")?.focus();
    return () => dialog?.close();
  }, []);
  return (
    <dialog
      ref={element}
      className="hawser-dialog"
      data-wide={isWide}
      aria-labelledby={`${id}t`}
      aria-describedby={`${id}d`}
      // Told later: by then it may be open again, or gone.
      onClose={() => element.current?.open === false && onClose()}
    >
      <h2 id={`${id}t`}>{title}</h2>
      <div id={`${id}d`} className="hawser-dialog-body">
        {children}
      </div>
      <div className="hawser-dialog-actions">{actions}</div>
    </dialog>
  );
}

interface ConfirmProps {
  readonly title: string;
  readonly text: string;
  readonly yes: string;
  readonly onAnswer: (isConfirmed: boolean) => void;
}

/** Asks before something is lost; Escape means no. */
export function Confirm({ title, text, yes, onAnswer }: ConfirmProps) {
  const [{ no }] = useDialogWords();
  return (
    <Dialog
      title={title}
      onClose={() => onAnswer(false)}
      actions={
        <>
          <Button isFirst onClick={() => onAnswer(false)}>
            {no}
          </Button>
          <Button kind="stop" onClick={() => onAnswer(true)}>
            {yes}
          </Button>
        </>
      }
    >
      <p>{text}</p>
    </Dialog>
  );
}
