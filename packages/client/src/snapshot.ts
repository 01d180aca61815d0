import type { HawserError } from "@hawser/protocol";
import { timeLeftMs } from "@hawser/protocol";
import type { JournalRecord } from "./journal/journal.ts";
import { type Model, newModel } from "./state.ts";
import type { UploadFigures, UploadState } from "./upload-state.ts";
import type { Work } from "./work.ts";

/** What a state shows beside the model and the record. */
export interface Shown {
  readonly ahead: number;
  readonly maxAttempts: number;
  /** Monotonic milliseconds. */
  readonly at: number;
  readonly work: Work | null;
  readonly isFromEarlier: boolean;
}

/** The state as its owner sees it: only what makes sense in its status. */
export function toState(model: Model, record: JournalRecord, shown: Shown): UploadState {
  const { status, sizeBytes, confirmedBytes, work, doneBytes, retryAt, reasons, file } = model;
  const { maxAttempts, ahead } = shown;
  const { id, upload, source, evidence } = record;
  const figures: UploadFigures = {
    id,
    uploadId: upload?.id ?? null,
    name: source.name,
    sizeBytes,
    confirmedBytes,
    // What is known before the server has told comes from an earlier life.
    resumedBytes: model.resumedBytes ?? confirmedBytes,
    isFromEarlier: shown.isFromEarlier,
    carrier: "here",
  };
  const cause = model.cause as HawserError;
  switch (status) {
    case "queued":
      return { ...figures, status, ahead };
    case "preparing":
      return { ...figures, status, work, doneBytes };
    case "uploading":
      return { ...figures, status, ...movement(model, shown) };
    case "waiting":
      return { ...figures, status, retryAt, attempt: model.attempt, maxAttempts, cause };
    case "paused":
      return { ...figures, status, reasons, cause: model.cause };
    case "needs-source":
      return { ...figures, status, evidence, canReopen: record.origin?.kind === "handle" };
    case "completed":
      return { ...figures, status, file: file as NonNullable<typeof file> };
    case "failed":
      return { ...figures, status, error: cause };
    default:
      return { ...figures, status };
  }
}

/** The model of an upload that is carried elsewhere, as far as its state tells. */
export function modelOfState(state: UploadState): Model {
  const { status, sizeBytes, confirmedBytes, resumedBytes } = state;
  const cause = (status === "failed" && state.error) || null;
  const file = (status === "completed" && state.file) || null;
  return { ...newModel(sizeBytes, [], cause), status, confirmedBytes, resumedBytes, file };
}

type Movement = Omit<Extract<UploadState, { status: "uploading" }>, keyof UploadFigures | "status">;

function movement({ sizeBytes, confirmedBytes }: Model, { work, at }: Shown): Movement {
  const bytesPerSecond = work?.meter.bytesPerSecond(at) ?? null;
  const travellingChunks = work?.progress.travelling ?? [];
  return {
    inFlightBytes: work?.progress.inFlightBytes ?? 0,
    bytesPerSecond,
    timeLeftMs: timeLeftMs(sizeBytes === null ? null : sizeBytes - confirmedBytes, bytesPerSecond),
    lanes: travellingChunks.length,
    confirmedChunks: work?.progress.held.ranges.map(([first, last]) => [first, last] as const) ?? [],
    travellingChunks,
    resendingChunks: work?.progress.resendingChunks ?? 0,
  };
}
