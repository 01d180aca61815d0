import { useRef } from "react";
import { Modal } from "./modal.tsx";

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
  return (
    <Modal dialog={dialog} className="dlg" isDescribed onClose={(answer) => onAnswer(answer === "yes")}>
      {(ids) => (
        <>
          <div className="dlg-b">
            <h2 id={ids.title}>{title}</h2>
            <p id={ids.text} className="t-lead">
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
        </>
      )}
    </Modal>
  );
}
