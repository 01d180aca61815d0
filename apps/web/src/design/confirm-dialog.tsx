import { useEffect, useId, useRef } from "react";

interface Props {
  readonly title: string;
  readonly text: string;
  readonly yes: string;
  readonly no: string;
  /** Told once, however the dialog was closed. */
  readonly onAnswer: (isConfirmed: boolean) => void;
}

/** Asks before something is lost. It opens at once; Escape means no. */
export function ConfirmDialog({ title, text, yes, no, onAnswer }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    if (dialog.current?.open === false) dialog.current.showModal();
  }, []);
  return (
    <dialog
      ref={dialog}
      className="dlg"
      aria-labelledby={`${id}t`}
      aria-describedby={`${id}d`}
      onClose={() => onAnswer(dialog.current?.returnValue === "yes")}
    >
      <div className="dlg-b">
        <h2 id={`${id}t`}>{title}</h2>
        <p id={`${id}d`} className="t-lead">
          {text}
        </p>
      </div>
      <div className="dlg-f">
        <button className="btn" type="button" onClick={() => dialog.current?.close("no")}>
          {no}
        </button>
        <button className="btn btn-stop" type="button" onClick={() => dialog.current?.close("yes")}>
          {yes}
        </button>
      </div>
    </dialog>
  );
}
