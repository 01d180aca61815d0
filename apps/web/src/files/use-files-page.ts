import type { File as StoredFile } from "@hawser/protocol";
import { useCallback, useEffect, useRef } from "react";
import type { World } from "../engine/world.ts";
import { useDetails } from "./details/use-details.ts";
import type { Found } from "./picked.ts";
import { usePickers } from "./pickers.tsx";
import { useQuestions } from "./resume/use-questions.ts";
import { useReturn } from "./return/use-return.ts";
import { useAdding } from "./use-adding.ts";
import { useAnnouncements } from "./use-announcements.ts";
import { useDrop } from "./use-drop.ts";
import { useNotice } from "./use-notice.tsx";
import { type Earlier, usePage, useUploads } from "./use-page.ts";
import { useRowActions } from "./use-row-actions.ts";
import { words } from "./words/words.ts";

/** All that the files page consists of, tied together. */
export function useFilesPage(world: World, earlier: Earlier | undefined) {
  const { uploader, clock } = world;
  const uploads = useUploads(world);
  const tell = useTell(useAnnouncements(uploads.states, uploads.remotes, clock), useNotice());
  const questions = useQuestions();
  const intake = useAdding(world, { ask: questions.ask, tell: tell.say });
  // What was added since the last snapshot is on its way, and not yet among its states.
  const isBehind = uploader.uploads.length > uploads.states.length;
  const isAdding = intake.adding !== null || questions.current !== null || isBehind;
  const page = usePage(world, { uploads, isAdding, earlier });
  const addAll = async (found: AsyncIterable<Found> | Iterable<Found>) => {
    const { unreadable } = await intake.addAll(found);
    if (unreadable > 0) tell.say(words.add.unreadable(unreadable));
  };
  const pickers = usePickers(
    (found) => void addAll(found),
    (found) => rows.takeChosen(found),
  );
  const details = useDetails(uploader, uploads.states);
  const rows = useRowActions(world, { intake, openPicker: pickers.openOne, compares: details.compares });
  const hovering = useDrop((found) => void addAll(found));
  const back = useReturn(uploader, uploads.states, rows.reopen);
  const copy = useCopy(tell.say);
  return { uploads, page, tell, questions, intake, pickers, details, rows, hovering, back, copy };
}

/** A short answer to what the person did, to be seen and to be heard. */
function useTell(announcements: ReturnType<typeof useAnnouncements>, notice: ReturnType<typeof useNotice>) {
  const { say } = announcements;
  const { show } = notice;
  const both = useCallback(
    (sentence: string) => {
      show(sentence);
      say(sentence);
    },
    [show, say],
  );
  return { say: both, notice: notice.element, polite: announcements.polite, assertive: announcements.assertive };
}

/** The same function on every render, so that thousands of rows need not be drawn again. */
function useCopy(tell: (sentence: string) => void): (file: StoredFile) => void {
  const latest = useRef(tell);
  useEffect(() => {
    latest.current = tell;
  }, [tell]);
  return useCallback((file) => {
    const copying = navigator.clipboard?.writeText(file.digest) ?? Promise.reject(new Error("no clipboard"));
    copying.then(
      () => latest.current(words.notices.digestCopied),
      () => latest.current(words.notices.digestNotCopied),
    );
  }, []);
}
