import type { UploadHandle, UploadState } from "@hawser/client";
import { useCallback, useEffect, useState } from "react";
import { useUploader, useUploads } from "../hooks/uploads.ts";
import type { PartCounts } from "../words/dialog-messages.ts";
import { meaningOf } from "../words/standing.ts";
import { useDialogWords } from "../words/use-dialog-words.ts";
import { tally } from "../words/use-words.ts";
import { Button } from "./button.tsx";
import { Dialog } from "./dialog.tsx";
import { ConfirmDiscard } from "./resume-dialog.tsx";

export interface ResumePreviousProps {
  /** Which of the uploads of an earlier life belong together. Default: all of them. Keep it the same function. */
  readonly filter?: (state: UploadState) => boolean;
  /** How many parts of the whole are safe. Default: counted among the uploads; the journal forgets finished ones. */
  readonly counts?: PartCounts;
}

const every = () => true;

/**
 * Asks once whether what an earlier life of the page had begun shall go on. It stands still until the answer, and
 * after "Not now" until the person resumes it.
 */
export function ResumePrevious({ filter = every, counts }: ResumePreviousProps) {
  const [messages, format] = useDialogWords();
  const uploader = useUploader();
  const earlier = useUploads(
    useCallback((states) => states.filter((state) => state.isFromEarlier && filter(state)), [filter]),
  );
  const [isAnswered, setAnswered] = useState(false);
  const [isDiscarding, setDiscarding] = useState(false);
  const open = earlier.filter((state) => !meaningOf(state).isOver);
  const isAsking = open.length > 0 && !isAnswered;
  const each = (act: (handle: UploadHandle, state: UploadState) => unknown) => {
    const ids = new Set(open.map(({ id }) => id));
    for (const handle of uploader?.uploads ?? []) if (ids.has(handle.id)) act(handle, handle.state);
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: those that are there when it asks
  useEffect(() => {
    if (isAsking) each((handle) => handle.pause());
  }, [isAsking]);
  if (!isAsking) return null;
  const answer = (act?: (handle: UploadHandle, state: UploadState) => unknown) => {
    setAnswered(true);
    if (act) each(act);
  };
  if (isDiscarding) {
    return (
      <ConfirmDiscard
        onAnswer={(isConfirmed) => {
          setDiscarding(false);
          if (isConfirmed) answer((handle) => handle.cancel());
        }}
      />
    );
  }
  const [first] = open;
  const { confirmedBytes, totalBytes } = tally(earlier);
  const title =
    earlier.length === 1 && first && !counts
      ? messages.resumeOne(first.name, format.percent(first))
      : messages.resumeParts(counts ?? countParts(earlier));
  return (
    <Dialog
      title={title}
      onClose={answer}
      actions={
        <>
          <Button kind="stop" onClick={() => setDiscarding(true)}>
            {messages.discard}
          </Button>
          <Button onClick={answer}>{messages.no}</Button>
          <Button kind="act" isFirst onClick={() => answer(resume)}>
            {messages.resume}
          </Button>
        </>
      }
    >
      <p>{messages.resumeText}</p>
      <progress max={totalBytes} value={confirmedBytes} aria-label={messages.progress} />
    </Dialog>
  );
}

/** What cannot be opened again stays in the list, which asks for it. */
function resume(handle: UploadHandle, state: UploadState): void {
  handle.resume();
  if (state.status === "needs-source" && state.canReopen) handle.reopen().catch(() => undefined);
}

function countParts(states: readonly UploadState[]): PartCounts {
  const counts = { photo: [0, 0], video: [0, 0], file: [0, 0] } as Record<keyof PartCounts, [number, number]>;
  for (const { name, status } of states) {
    const kind = /\.(jpe?g|png|hei[cf]|webp|gif|avif|tiff?)$/i.test(name)
      ? "photo"
      : /\.(mp4|mov|m4v|webm|mkv|avi)$/i.test(name)
        ? "video"
        : "file";
    if (status === "cancelled") continue;
    counts[kind][0] += Number(status === "completed");
    counts[kind][1]++;
  }
  return counts;
}
