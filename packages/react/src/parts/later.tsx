import { useEffect, useState } from "react";
import type { ResumeDialogProps } from "./resume-dialog.tsx";
import type { ResumePreviousProps } from "./resume-previous.tsx";

type Dialogs = typeof import("./dialogs.tsx");

/**
 * The dialogs: few pages need them at once, so their code is loaded as soon as something is there that may ask.
 * @returns null while they are not there; `isMissing` when they cannot be had
 */
export function useDialogs(): readonly [dialogs: Dialogs | null, isMissing: boolean] {
  const [loaded, setLoaded] = useState<readonly [Dialogs | null, boolean]>([null, false]);
  useEffect(() => {
    import("./dialogs.tsx").then(
      (dialogs) => setLoaded([dialogs, false]),
      () => setLoaded([null, true]),
    );
  }, []);
  return loaded;
}

/**
 * Finds out whether a source was begun before. One whose content agrees goes on without a question; one that agrees by
 * name and size is asked for; among several the person chooses, or has the content compared.
 */
export function ResumeDialog(props: ResumeDialogProps) {
  const [dialogs, isMissing] = useDialogs();
  const { source, onNew } = props;
  useEffect(() => {
    // As when the server cannot say: a new upload loses nothing.
    if (isMissing && source !== null) onNew();
  }, [isMissing, source, onNew]);
  return dialogs && <dialogs.ResumeDialog {...props} />;
}

/**
 * Asks once whether what an earlier life of the page had begun shall go on. It stands still until the answer, and
 * after "Not now" until the person resumes it.
 */
export function ResumePrevious(props: ResumePreviousProps) {
  const [dialogs] = useDialogs();
  return dialogs && <dialogs.ResumePrevious {...props} />;
}
