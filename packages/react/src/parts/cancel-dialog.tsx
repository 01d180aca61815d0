import { useDialogWords } from "../words/use-dialog-words.ts";
import { Confirm } from "./dialog.tsx";

export interface CancelDialogProps {
  readonly name: string;
  readonly onAnswer: (isConfirmed: boolean) => void;
}

/** Asks before an upload is ended for good. */
export function CancelDialog({ name, onAnswer }: CancelDialogProps) {
  const [{ cancelTitle, cancelText, cancelYes }] = useDialogWords();
  return <Confirm title={cancelTitle(name)} text={cancelText} yes={cancelYes} onAnswer={onAnswer} />;
}
