import type { AddOptions, Match, Source, SupplyOptions, UploadHandle } from "@hawser/client";
import { type RefObject, useCallback, useMemo, useRef, useState } from "react";
import type { World } from "../engine/world.ts";
import { type Adding, addInSlices } from "./adding.ts";
import type { Found, Picked } from "./picked.ts";
import { percentThere } from "./resume/candidate-view.ts";
import type { Choice } from "./resume/choose-match.ts";
import { Lookups } from "./resume/lookups.ts";
import type { Questions } from "./resume/use-questions.ts";
import { resumeWords } from "./words/resume-words.ts";

/** Takes files in, and remembers what was picked while it may have to be sent again. */
export interface FileIntake {
  /** How far the adding has come; null when nothing is being added. */
  readonly adding: Adding | null;
  /** Adds all that is found, or goes on with what is there of it; resolves with what came of it. */
  readonly addAll: (found: AsyncIterable<Found> | Iterable<Found>) => Promise<Adding>;
  /** Sends it as a new upload. */
  readonly add: (picked: Picked, source?: Source) => void;
  /** Goes on with what is there. */
  readonly resume: (picked: Picked, match: Match, options?: SupplyOptions) => void;
  /** What is still being added comes paused, as all that was added already; or not any more. */
  readonly holdRest: (isHeld: boolean) => void;
  /** What an upload was made from. */
  readonly pickedFor: (id: string) => Picked | undefined;
}

interface Told {
  readonly ask: Questions["ask"];
  readonly tell: (sentence: string) => void;
}

export function useAdding({ uploader, toSource }: World, { ask, tell }: Told): FileIntake {
  const [adding, setAdding] = useState<Adding | null>(null);
  const { isHeld, during, holdRest } = useBatches();
  const { keep, pickedFor } = useKept(isHeld);
  const lookups = useMemo(() => new Lookups(uploader), [uploader]);

  const add = useCallback(
    (item: Picked, source = toSource(item.file, item.name, item.handle)) => keep(item, uploader.add(source)),
    [uploader, toSource, keep],
  );

  const resume = useCallback(
    (item: Picked, match: Match, options?: AddOptions & SupplyOptions) => {
      keep(item, match.resume(options));
      tell(resumeWords.notices.goesOn(item.name, percentThere(match.candidate)));
    },
    [keep, tell],
  );

  const use = useCallback(
    async (item: Picked, source: Source, choice: Choice) => {
      switch (choice.kind) {
        case "new":
          return add(item, source);
        case "resume":
          return resume(item, choice.match);
        case "ask":
          return ask({ picked: item, source, matches: choice.matches });
        case "present":
          uploader.uploads.find(({ id }) => id === choice.id)?.resume();
          tell(resumeWords.notices.present(item.name));
          return source.close();
      }
    },
    [uploader, add, resume, ask, tell],
  );

  const take = useCallback(
    (item: Picked) => {
      const source = toSource(item.file, item.name, item.handle);
      if (!lookups.isWorthIt(source)) {
        add(item, source);
        return undefined;
      }
      return lookups.room().then(() => lookups.start(source, (choice) => use(item, source, choice)));
    },
    [toSource, lookups, add, use],
  );

  const addAll = useCallback(
    (found: AsyncIterable<Found> | Iterable<Found>) => {
      forgetLastBatch(uploader);
      return during(async () => {
        lookups.begin();
        try {
          const result = await addInSlices(found, take, nextTurn, setAdding);
          await lookups.settled();
          return result;
        } finally {
          setAdding(null);
        }
      });
    },
    [uploader, lookups, take, during],
  );

  return { adding, addAll, add, resume, holdRest, pickedFor };
}

/** Batches that are being added, which may be held back together; whatever becomes of them, the next is not. */
function useBatches() {
  const isHeld = useRef(false);
  const count = useRef(0);
  const during = useCallback(async <T>(work: () => Promise<T>): Promise<T> => {
    count.current++;
    try {
      return await work();
    } finally {
      if (--count.current === 0) isHeld.current = false;
    }
  }, []);
  const holdRest = useCallback((isNow: boolean) => {
    isHeld.current = isNow && count.current > 0;
  }, []);
  return { isHeld, during, holdRest };
}

/** What uploads were made from, while it may have to be sent again. */
function useKept(isHeld: RefObject<boolean>) {
  const picked = useMemo(() => new Map<string, Picked>(), []);
  const keep = useCallback(
    (item: Picked, handle: UploadHandle) => {
      picked.set(handle.id, item);
      if (isHeld.current) handle.pause();
      // A failure is told by the upload's state, and its file is kept to be sent again.
      handle.done.then(
        () => picked.delete(handle.id),
        () => undefined,
      );
    },
    [picked, isHeld],
  );
  const pickedFor = useCallback((id: string) => picked.get(id), [picked]);
  return { keep, pickedFor };
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
