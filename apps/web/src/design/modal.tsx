import { type MouseEvent, type ReactNode, type RefObject, useId, useLayoutEffect } from "react";

interface Props {
  readonly className: string;
  readonly dialog: RefObject<HTMLDialogElement | null>;
  /** Whether it has a text that describes it, under the id `text`. */
  readonly isDescribed?: boolean;
  /** Whether a click beside it closes it. */
  readonly isLight?: boolean;
  /** Told once, however it was closed. */
  readonly onClose: (answer: string) => void;
  /** @param ids of its heading and of its text */
  readonly children: (ids: { readonly title: string; readonly text: string }) => ReactNode;
}

/**
 * The browser's own modal dialog: it takes the focus and gives it back, makes the rest inert and closes with Escape.
 * It opens at once, with the focus on what has `data-first`; its buttons close it with their answer, and Escape's answer
 * is empty.
 */
export function Modal({ className, dialog, isDescribed = false, isLight = false, onClose, children }: Props) {
  const id = useId();
  const ids = { title: `${id}t`, text: `${id}d` };
  useLayoutEffect(() => {
    const element = dialog.current;
    if (element?.open === false) element.showModal();
    element?.querySelector<HTMLElement>("[data-first]")?.focus();
    // Only a dialog that is closed gives the focus back.
    return () => element?.close();
  }, [dialog]);
  const press = (event: MouseEvent<HTMLDialogElement>) => {
    if (isLight && event.target === event.currentTarget && isBeside(event)) event.currentTarget.close("");
  };
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape does the same
    <dialog
      ref={dialog}
      className={className}
      aria-labelledby={ids.title}
      aria-describedby={isDescribed ? ids.text : undefined}
      onClick={press}
      onClose={() => dialog.current?.open === false && onClose(dialog.current.returnValue)}
    >
      {children(ids)}
    </dialog>
  );
}

function isBeside({ clientX, clientY, currentTarget }: MouseEvent<HTMLDialogElement>): boolean {
  const { left, right, top, bottom } = currentTarget.getBoundingClientRect();
  return clientX < left || clientX > right || clientY < top || clientY > bottom;
}
