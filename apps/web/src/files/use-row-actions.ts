import type { Uploader, UploadHandle } from "@hawser/client";
import { useCallback, useState } from "react";
import type { World } from "../engine/world.ts";
import { needsPerson, type RowAction } from "./row-view.ts";
import { type Supplying, type SupplyParts, useSupplying } from "./use-supplying.ts";

export interface RowActions extends Pick<Supplying, "notes" | "takeChosen" | "reopen"> {
  readonly act: (id: string, action: RowAction | "cancel") => void;
  /** The upload whose end is being asked for. */
  readonly cancelling: UploadHandle | null;
  readonly answerCancel: (isConfirmed: boolean) => void;
}

export function useRowActions(world: World, parts: SupplyParts): RowActions {
  const { uploader } = world;
  const { add, pickedFor } = parts.intake;
  const { notes, choose, takeChosen, reopen } = useSupplying(world, parts);
  const { cancelling, ask, answerCancel } = useCancelling();

  const sendAgain = useCallback(
    (handle: UploadHandle) => {
      const picked = pickedFor(handle.id);
      if (picked === undefined) return choose(handle, true);
      uploader.forget(handle.id);
      add(picked);
    },
    [uploader, pickedFor, add, choose],
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
        reopen: () => reopen(id),
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
    [uploader, reopen, choose, sendAgain, ask],
  );

  return { act, notes, cancelling, answerCancel, takeChosen, reopen };
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

/** A row that goes must not take the keyboard's place with it. */
function focusMain(): void {
  document.getElementById("main")?.focus();
}
