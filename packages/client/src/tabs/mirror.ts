import { HawserError } from "@hawser/protocol";
import type { JournalRecord } from "../journal/journal.ts";
import { causeOf } from "../records.ts";
import type { UploadFigures, UploadState } from "../upload-state.ts";

/** What is known of an upload that another tab carries, before that tab has told anything. */
export function recordState(record: JournalRecord): UploadState {
  const { paused } = record;
  const figures = figuresOf(record);
  return paused.length === 0
    ? { ...figures, status: "queued", ahead: 0 }
    : { ...figures, status: "paused", reasons: paused, cause: causeOf(record) };
}

/** It is out of the journal, so it has ended, and nobody is left who knows how. */
export function unknownEnd(record: JournalRecord): UploadState {
  const detail = "Another tab ended this upload, and is gone.";
  return { ...figuresOf(record), status: "failed", error: new HawserError("taken_over", { detail }) };
}

/** The figures that a record tells. */
export function figuresOf({ id, upload, source, confirmedBytes = 0 }: JournalRecord): UploadFigures {
  return {
    id,
    uploadId: upload?.id ?? null,
    name: source.name,
    sizeBytes: source.sizeBytes,
    confirmedBytes,
    resumedBytes: confirmedBytes,
    isFromEarlier: true,
    carrier: "elsewhere",
  };
}
