import { useCallback, useMemo, useState } from "react";
import type { World } from "../engine/world.ts";
import { type Adding, addInSlices } from "./adding.ts";
import type { Found, Picked } from "./picked.ts";

/** Takes files in, and remembers what was picked while it may have to be sent again. */
export interface FileIntake {
  /** How far the adding has come; null when nothing is being added. */
  readonly adding: Adding | null;
  /** Adds all that is found; resolves with what came of it. */
  readonly addAll: (found: AsyncIterable<Found> | Iterable<Found>) => Promise<Adding>;
  readonly add: (picked: Picked) => void;
  /** What an upload was made from. */
  readonly pickedFor: (id: string) => Picked | undefined;
}

export function useAdding({ uploader, toSource }: World): FileIntake {
  const [adding, setAdding] = useState<Adding | null>(null);
  const picked = useMemo(() => new Map<string, Picked>(), []);

  const add = useCallback(
    (item: Picked) => {
      const handle = uploader.add(toSource(item.file, item.name));
      picked.set(handle.id, item);
      // A failure is told by the upload's state, and its file is kept to be sent again.
      handle.done.then(
        () => picked.delete(handle.id),
        () => undefined,
      );
    },
    [uploader, toSource, picked],
  );

  const addAll = useCallback(
    async (found: AsyncIterable<Found> | Iterable<Found>) => {
      forgetLastBatch(uploader);
      const result = await addInSlices(found, add, nextTurn, setAdding);
      setAdding(null);
      return result;
    },
    [uploader, add],
  );

  const pickedFor = useCallback((id: string) => picked.get(id), [picked]);
  return { adding, addAll, add, pickedFor };
}

/** Figures count one batch: they begin anew once everything before was finished. */
function forgetLastBatch(uploader: World["uploader"]): void {
  const { uploads } = uploader;
  if (!uploads.every(({ state }) => state.status === "completed" || state.status === "cancelled")) return;
  for (const { id } of [...uploads]) uploader.forget(id);
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
