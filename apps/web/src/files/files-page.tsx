import type { File as StoredFile } from "@hawser/protocol";
import { useCallback, useEffect, useRef } from "react";
import { ConfirmDialog } from "../design/confirm-dialog.tsx";
import type { World } from "../engine/world.ts";
import { Shell } from "../routes/shell.tsx";
import { Empty } from "./empty.tsx";
import { formatSize } from "./figures.ts";
import { Flow } from "./flow.tsx";
import { LastBatch } from "./last-batch.tsx";
import { PageHead } from "./page-head.tsx";
import { AddingNote, DropOverlay, DropRow, LiveRegions, OfflineBanner, UploadIndicator } from "./page-parts.tsx";
import type { Found } from "./picked.ts";
import { PickerInputs, usePickers } from "./pickers.tsx";
import { FilesSection, UploadsSection } from "./section-lists.tsx";
import { stoppedOf } from "./sections.ts";
import { useAdding } from "./use-adding.ts";
import { useAnnouncements } from "./use-announcements.ts";
import { useDrop } from "./use-drop.ts";
import { useNotice } from "./use-notice.tsx";
import { usePage } from "./use-page.ts";
import { retryStopped, useRowActions } from "./use-row-actions.ts";
import { words } from "./words.ts";

interface Props {
  readonly world: World;
  /** Bytes a second before the page began, oldest first, one a second. */
  readonly earlierSpeeds?: readonly number[];
}

/** Files on their way and files that are stored, sorted by who must act. */
export function FilesPage({ world, earlierSpeeds }: Props) {
  const { uploader, clock } = world;
  const { uploads, stored, network, sections, standing, said, speeds } = usePage(world, earlierSpeeds);
  const pickers = usePickers();
  const intake = useAdding(world);
  const rows = useRowActions(world, intake, pickers.openOne);
  const notice = useNotice();
  const announcements = useAnnouncements(uploads.states, clock);
  const tell = (sentence: string) => {
    notice.show(sentence);
    announcements.say(sentence);
  };
  const addAll = async (found: AsyncIterable<Found> | Iterable<Found>) => {
    const { unreadable } = await intake.addAll(found);
    if (unreadable > 0) tell(words.add.unreadable(unreadable));
  };
  const hovering = useDrop((found) => void addAll(found));
  const copy = useCopy(tell);

  const rowProps = { clock, confirmedChunks: uploads.confirmedChunks, notes: rows.notes, onAct: rows.act };
  return (
    <Shell end={<UploadIndicator indicator={said.indicator} sums={uploads.summary} />}>
      {!network.isOnline && <OfflineBanner sinceMs={network.sinceMs} />}
      <PageHead
        said={said}
        standing={standing}
        pickers={pickers}
        onPauseAll={() => uploader.pauseAll()}
        onResumeAll={() => uploader.resumeAll()}
        stopped={stoppedOf(sections).length}
        onRetryAll={() => retryStopped(uploader)}
      />
      {intake.adding !== null && <AddingNote adding={intake.adding} />}
      {standing.kind === "moving" && (
        <Flow summary={uploads.summary} onTheWay={sections.onTheWay} isStalled={standing.isStalled} speeds={speeds} />
      )}
      {standing.kind === "safe" && <LastBatch completed={sections.completed} />}
      {standing.kind === "empty" && stored.known.status !== "asking" && (
        <Empty onChooseFiles={pickers.openFiles} onChooseFolder={pickers.openFolder} />
      )}
      <UploadsSection title={words.sections.needsYou} states={sections.needsYou} {...rowProps} />
      <UploadsSection
        title={standing.kind === "offline" ? words.sections.waiting : words.sections.onTheWay}
        states={sections.onTheWay}
        {...rowProps}
      />
      {(standing.kind !== "empty" || stored.known.status === "failed") && (
        <FilesSection stored={stored.known} todayMs={stored.todayMs} onMore={stored.more} onCopy={copy} />
      )}
      {standing.kind !== "empty" && <DropRow />}
      {hovering !== null && <DropOverlay count={hovering} />}
      {rows.cancelling !== null && (
        <ConfirmDialog {...cancelWords(rows.cancelling.state)} onAnswer={rows.answerCancel} />
      )}
      <PickerInputs pickers={pickers} onPicked={(picked) => void addAll(picked)} onOne={rows.takeChosen} />
      {notice.element}
      <LiveRegions polite={announcements.polite} assertive={announcements.assertive} />
    </Shell>
  );
}

function cancelWords({ name, confirmedBytes }: { readonly name: string; readonly confirmedBytes: number }) {
  const { title, text, textNothing, yes, no } = words.cancelDialog;
  return { title: title(name), text: confirmedBytes === 0 ? textNothing : text(formatSize(confirmedBytes)), yes, no };
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
