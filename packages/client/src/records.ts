import { type Candidate, HawserError, type InitializeRequest, isErrorCode, transferLimits } from "@hawser/protocol";
import type { OneShotFields } from "./api.ts";
import type { JournalRecord } from "./journal/journal.ts";
import { type PauseReason, pauseReasons } from "./pause.ts";
import type { Source } from "./source/source.ts";
import { type Model, newModel } from "./state.ts";
import type { AddOptions, SupplyOptions } from "./uploader-api.ts";

/** Reasons that outlive the process. */
const lastingReasons: readonly PauseReason[] = ["user", "parked", "other"];

/**
 * The record of a source that was just added.
 * @param candidate the upload on the server that it goes on with
 */
export function newRecord(
  { facts, origin }: Source,
  options: AddOptions & SupplyOptions,
  candidate: Candidate | null,
  own: Pick<JournalRecord, "id" | "endpoint" | "idempotencyKey" | "position" | "createdAt">,
): JournalRecord {
  const { maxRunChunks } = transferLimits;
  return {
    ...own,
    version: 1,
    source: {
      ...facts,
      name: facts.name.normalize("NFC"),
      // What the server was told, which may be that nobody knew.
      sizeBytes: candidate === null ? facts.sizeBytes : candidate.size,
    },
    origin,
    evidence: candidate?.evidence ?? {},
    metadata: options.metadata ?? {},
    priority: options.priority ?? "normal",
    bundle: options.bundle ?? null,
    contentType: options.contentType ?? facts.contentType,
    ...(options.fullHash && { fullHash: true }),
    ...(options.compareFirst && { compareFirst: true }),
    upload: candidate && { id: candidate.id, runAlign: candidate.runAlign, maxRunChunks },
    paused: [],
    parked: null,
  };
}

/** What a record keeps of a state. A failure stays on record until somebody has seen it and forgets it. */
export function lastingOf({ reasons, status, cause }: Model): Pick<JournalRecord, "paused" | "parked"> {
  const isParked = status === "failed" || reasons.includes("parked");
  return {
    paused: lastingReasons.filter((reason) => (reason === "parked" ? isParked : reasons.includes(reason))),
    parked: isParked && cause !== null ? { code: cause.code, detail: cause.message } : null,
  };
}

/** Where an upload stands that is begun, or was read from the journal. */
export function modelOf(record: JournalRecord, isOnline: boolean): Model {
  const { paused, source, confirmedBytes } = record;
  const reasons = pauseReasons.filter((reason) => paused.includes(reason) || (!isOnline && reason === "offline"));
  return newModel(source.sizeBytes, reasons, causeOf(record), confirmedBytes);
}

/** Why an upload of an earlier life was parked. */
export function causeOf({ parked }: JournalRecord): HawserError | null {
  if (parked === null) return null;
  return new HawserError(isErrorCode(parked.code) ? parked.code : "internal", { detail: parked.detail });
}

/** Body of initialize, from the record alone: the same key always goes with the same body. */
export function initializeRequest(record: JournalRecord): Omit<InitializeRequest, "sealed"> {
  const { source, contentType, evidence, metadata, priority, bundle } = record;
  return {
    filename: source.name,
    size: source.sizeBytes,
    evidence,
    metadata,
    priority,
    ...(contentType !== null && { contentType }),
    ...(source.lastModified !== null && { lastModified: source.lastModified }),
    ...(bundle !== null && { bundle }),
  };
}

/** Query of the one-shot request, likewise. */
export function oneShotFields(record: JournalRecord): OneShotFields {
  const { size: _size, evidence: _evidence, metadata, bundle, ...fields } = initializeRequest(record);
  return {
    ...fields,
    ...(hasMetadata(record) && { metadata: JSON.stringify(metadata) }),
    ...(bundle && { bundleId: bundle.id, bundlePosition: `${bundle.position}` }),
  };
}

const hasMetadata = ({ metadata }: JournalRecord): boolean => Object.keys(metadata).length > 0;
