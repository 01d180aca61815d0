import type { Uploader, UploadHandle } from "@hawser/client";
import { HawserError } from "@hawser/protocol";
import { useCallback, useRef, useState } from "react";
import type { World } from "../engine/world.ts";
import { needsPerson, type RowAction } from "./row-view.ts";
import type { FileIntake } from "./use-adding.ts";
import { words } from "./words.ts";

export interface RowActions {
  readonly act: (id: string, action: RowAction | "cancel") => void;
  /** What went wrong with what the person did, by upload. */
  readonly notes: ReadonlyMap<string, string>;
  /** The upload whose end is being asked for. */
  readonly cancelling: UploadHandle | null;
  readonly answerCancel: (isConfirmed: boolean) => void;
  /** The file that was picked for an upload that needs one. */
  readonly takeChosen: (file: File) => void;
}

/** @param openPicker lets the person choose one file; `takeChosen` gets it */
export function useRowActions({ uploader, toSource }: World, intake: FileIntake, openPicker: () => void): RowActions {
  const [notes, setNotes] = useState<ReadonlyMap<string, string>>(new Map());
  const { cancelling, ask, answerCancel } = useCancelling();
  const choosing = useRef<{ readonly handle: UploadHandle; readonly isNew: boolean } | null>(null);

  const choose = useCallback(
    (handle: UploadHandle, isNew: boolean) => {
      choosing.current = { handle, isNew };
      openPicker();
    },
    [openPicker],
  );

  const sendAgain = useCallback(
    (handle: UploadHandle) => {
      const picked = intake.pickedFor(handle.id);
      if (picked === undefined) return choose(handle, true);
      uploader.forget(handle.id);
      intake.add(picked);
    },
    [uploader, intake.pickedFor, intake.add, choose],
  );

  const act = useCallback(
    (id: string, action: RowAction | "cancel") => {
      const handle = uploader.uploads.find((upload) => upload.id === id);
      if (handle === undefined) return;
      const doing: Readonly<Record<RowAction | "cancel", () => void>> = {
        pause: () => handle.pause(),
        resume: () => handle.resume(),
        "try-now": () => {
          // What waits is not paused: it gives up its wait, and goes on with new attempts.
          handle.pause();
          handle.resume();
        },
        retry: () => handle.resume(),
        choose: () => choose(handle, false),
        "choose-new": () => choose(handle, true),
        "send-again": () => sendAgain(handle),
        remove: () => {
          uploader.forget(id);
          focusMain();
        },
        cancel: () => ask(handle),
      };
      doing[action]();
    },
    [uploader, choose, sendAgain, ask],
  );

  const takeChosen = (file: File) => {
    const chosen = choosing.current;
    if (chosen === null) return;
    const { handle, isNew } = chosen;
    if (isNew) {
      uploader.forget(handle.id);
      intake.add({ file, name: file.name });
      return;
    }
    const note = (text: string | null) => setNotes((before) => withNote(before, handle.id, text));
    handle.supply(toSource(file, handle.state.name)).then(
      () => note(null),
      (error: unknown) => note(supplyWords(error)),
    );
  };

  return { act, notes, cancelling, answerCancel, takeChosen };
}

/** New attempts for all that were stopped. */
export function retryStopped({ uploads }: Uploader): void {
  for (const handle of uploads) {
    if (handle.state.status === "paused" && needsPerson(handle.state)) handle.resume();
  }
}

/** Cancelling loses what has arrived, so the person is asked first. */
function useCancelling() {
  const [cancelling, ask] = useState<UploadHandle | null>(null);
  const answerCancel = (isConfirmed: boolean) => {
    ask(null);
    if (!isConfirmed || cancelling === null) return;
    cancelling.cancel();
    focusMain();
  };
  return { cancelling, ask, answerCancel };
}

function supplyWords(error: unknown): string {
  const { code } = HawserError.from(error);
  return code === "source_unreadable" ? words.supply.unreadable : words.supply.otherFile;
}

function withNote(notes: ReadonlyMap<string, string>, id: string, text: string | null): ReadonlyMap<string, string> {
  const next = new Map(notes);
  if (text === null) next.delete(id);
  else next.set(id, text);
  return next;
}

/** A row that goes must not take the keyboard's place with it. */
function focusMain(): void {
  document.getElementById("main")?.focus();
}
