import type { ComponentProps } from "react";
import { ConfirmDialog } from "../design/confirm-dialog.tsx";
import type { World } from "../engine/world.ts";
import { Shell } from "../routes/shell.tsx";
import { Banner } from "./banner.tsx";
import { DetailsDrawer } from "./details/details-drawer.tsx";
import { Empty } from "./empty.tsx";
import { formatSize } from "./figures.ts";
import { Flow } from "./flow.tsx";
import { LastBatch } from "./last-batch.tsx";
import { PageHead } from "./page-head.tsx";
import { AddingNote, DropOverlay, DropRow, LiveRegions, UploadIndicator } from "./page-parts.tsx";
import { PickerInputs } from "./pickers.tsx";
import { RemoteSection } from "./remote/remote-section.tsx";
import { Asking } from "./resume/asking.tsx";
import { FilesSection, UploadsSection } from "./section-lists.tsx";
import { type Sections, stoppedOf } from "./sections.ts";
import { useFilesPage } from "./use-files-page.ts";
import type { Earlier } from "./use-page.ts";
import { retryStopped } from "./use-row-actions.ts";
import { words } from "./words/words.ts";

interface Props {
  readonly world: World;
  readonly earlier?: Earlier;
}

/** Files on their way and files that are stored, sorted by who must act. */
export function FilesPage({ world, earlier }: Props) {
  const { uploader } = world;
  const parts = useFilesPage(world, earlier);
  const { uploads, page, intake, pickers, details, rows, back, copy } = parts;
  const { stored, network, sections, standing, said, mayLeave } = page;
  const rowProps = {
    clock: world.clock,
    confirmedChunks: uploads.confirmedChunks,
    notes: rows.notes,
    onAct: rows.act,
    onDetails: details.open,
  };
  const isEmpty = standing.kind === "empty";
  return (
    <Shell end={<UploadIndicator indicator={said.indicator} sums={uploads.summary} />}>
      <Banner
        back={back}
        network={network}
        storage={uploads.storage}
        isActive={!["empty", "elsewhere", "safe"].includes(standing.kind)}
        mayLeave={mayLeave}
        onReview={focusInterrupted}
      />
      <PageHead
        said={said}
        standing={standing}
        isQuiet={back.returned !== null && back.returned.resumable.length > 0}
        limit={uploads.maxBytesPerSecond}
        onLimit={(bytesPerSecond) => uploader.setMaxBytesPerSecond(bytesPerSecond)}
        pickers={pickers}
        onPauseAll={() => {
          uploader.pauseAll();
          intake.holdRest(true);
        }}
        onResumeAll={() => {
          uploader.resumeAll();
          intake.holdRest(false);
        }}
        stopped={stoppedOf(sections).length}
        onRetryAll={() => retryStopped(uploader)}
      />
      {intake.adding !== null && <AddingNote adding={intake.adding} />}
      {standing.kind === "moving" && (
        <Flow
          summary={uploads.summary}
          onTheWay={sections.onTheWay}
          isStalled={standing.isStalled}
          speeds={page.speeds}
        />
      )}
      {standing.kind === "safe" && <LastBatch completed={sections.completed} />}
      {isEmpty && stored.known.status !== "asking" && (
        <Empty onChooseFiles={pickers.openFiles} onChooseFolder={pickers.openFolder} />
      )}
      <UploadLists sections={sections} isOffline={standing.kind === "offline"} {...rowProps} />
      <RemoteSection remotes={uploads.remotes} clock={world.clock} />
      {(!isEmpty || stored.known.status === "failed") && (
        <FilesSection stored={stored.known} todayMs={stored.todayMs} onMore={stored.more} onCopy={copy} />
      )}
      {!isEmpty && <DropRow />}
      <Layers world={world} parts={parts} />
    </Shell>
  );
}

/** What lies over the page, and what only screen readers and the browser's dialogs need. */
function Layers({ world, parts }: { world: World; parts: ReturnType<typeof useFilesPage> }) {
  const { uploads, page, tell, questions, intake, pickers, details, rows, hovering } = parts;
  return (
    <>
      {hovering !== null && <DropOverlay count={hovering} />}
      <DetailsDrawer
        world={world}
        details={details}
        confirmedChunks={uploads.confirmedChunks}
        rates={page.rates}
        pickedFor={intake.pickedFor}
        onAct={rows.act}
      />
      {rows.cancelling !== null && (
        <ConfirmDialog {...cancelWords(rows.cancelling.state)} onAnswer={rows.answerCancel} />
      )}
      <Asking questions={questions} intake={intake} world={world} tell={tell.say} />
      <PickerInputs pickers={pickers} />
      {tell.notice}
      <LiveRegions polite={tell.polite} assertive={tell.assertive} />
    </>
  );
}

type ListProps = Omit<ComponentProps<typeof UploadsSection>, "title" | "id" | "states">;

function UploadLists({ sections, isOffline, ...rowProps }: ListProps & { sections: Sections; isOffline: boolean }) {
  return (
    <>
      <UploadsSection title={words.sections.needsYou} states={sections.needsYou} {...rowProps} />
      <UploadsSection
        title={words.sections.interrupted}
        id={interruptedId}
        states={sections.interrupted}
        {...rowProps}
      />
      <UploadsSection
        title={isOffline ? words.sections.waiting : words.sections.onTheWay}
        states={sections.onTheWay}
        {...rowProps}
      />
    </>
  );
}

const interruptedId = "interrupted";

function focusInterrupted(): void {
  (document.getElementById(interruptedId) ?? document.getElementById("main"))?.focus();
}

function cancelWords({ name, confirmedBytes }: { readonly name: string; readonly confirmedBytes: number }) {
  const { title, text, textNothing, yes, no } = words.cancelDialog;
  return { title: title(name), text: confirmedBytes === 0 ? textNothing : text(formatSize(confirmedBytes)), yes, no };
}
