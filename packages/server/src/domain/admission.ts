import { chunkLength, countChunks, equalDigests, HawserError, limits, rangesOf, runLength } from "@hawser/protocol";
import type { AdmittedChunk, RunAdmission, RunRequest } from "../ports/facts.ts";
import type { Damage, Prefix, Receipt, UploadRecord } from "../ports/ledger.ts";
import { checkSize, type Extent, isSize } from "./sizes.ts";
import { countMissing, refuseEnded } from "./standing.ts";

export interface RunRules {
  readonly maxSizeBytes: number;
  readonly runAlign: number;
}

/** What the ledger knows about the chunks of a run. */
export interface RunFacts {
  readonly record: UploadRecord;
  readonly receipts: readonly Receipt[];
  readonly prefixes: readonly Prefix[];
  readonly damages: readonly Damage[];
  /** Given when the request would fix an unknown size. */
  readonly extent: Extent | null;
}

export interface RunDecision {
  readonly admission: RunAdmission;
  /** The size that has to be written down before the run is admitted. */
  readonly fixedSizeBytes: number | null;
}

/** What is known of one chunk of the run, beside what the byte room has to know. */
interface Slot extends AdmittedChunk {
  /** Whether the digest that binds the chunk, by a receipt or by its damage, differs from the request's. */
  readonly conflicts: boolean;
  /** Whether bytes may be taken for it in the upload's state. */
  readonly writable: boolean;
}

/**
 * Decides a chunk request before its body is read, in the order of checks that the protocol has: 410, 400, size 409,
 * chunk conflict 409, all held, state 409, 413, offset 409.
 * @throws HawserError the first thing that stands against it
 */
export function decideRun(request: RunRequest, facts: RunFacts, rules: RunRules): RunDecision {
  const { record, extent } = facts;
  refuseEnded(record);
  const sizeBytes = record.sizeBytes ?? request.sizeBytes;
  checkForm(request, sizeBytes, rules);
  checkLength(request, sizeBytes);
  checkDeclaredSize(request, record, extent, rules);
  const slots = describeSlots(request, facts, sizeBytes);
  checkConflicts(slots);
  const isHeld = slots.every((slot) => slot.held);
  if (!isHeld) {
    checkState(slots, record);
    if (request.contentLength > expectedLength(request, sizeBytes)) throw new HawserError("body_too_long");
    checkOffset(request, slots[0] as Slot);
  }
  return {
    fixedSizeBytes: record.sizeBytes === null ? sizeBytes : null,
    admission: {
      key: record.key,
      id: record.id,
      bundleId: record.bundle?.id ?? null,
      missingCount: countMissing({ sizeBytes, receivedChunks: record.receivedChunks }),
      decision: isHeld ? "held" : "receive",
      chunks: slots.map(({ conflicts: _, writable: __, ...chunk }) => chunk),
    },
  };
}

/** 400: a run that the upload cannot have, whatever is there. */
function checkForm(request: RunRequest, sizeBytes: number | null, rules: RunRules): void {
  const { first, last, partial, digests, offsetBytes } = request;
  if (request.sizeBytes !== null && !isSize(request.sizeBytes)) {
    throw new HawserError("invalid_request", { detail: "Upload-Length is no size." });
  }
  const lastPossible = countChunks(sizeBytes ?? rules.maxSizeBytes);
  const isRun = Number.isSafeInteger(first) && Number.isSafeInteger(last) && first >= 1 && last >= first;
  if (!isRun || last > lastPossible || last - first >= limits.maxRunChunks) throw new HawserError("invalid_chunk");
  if (partial && first !== last) {
    throw new HawserError("invalid_chunk", { detail: "Chunk-Partial takes one chunk." });
  }
  const startsAligned = (first - 1) % rules.runAlign === 0;
  const endsAligned = last % rules.runAlign === 0 || (sizeBytes !== null && last === lastPossible);
  if (!partial && !(startsAligned && endsAligned)) {
    throw new HawserError("invalid_chunk", { detail: `Runs consist of whole groups of ${rules.runAlign} chunks.` });
  }
  if (digests === null || digests.length !== last - first + 1) throw new HawserError("digest_required");
  if (!isSize(offsetBytes) || offsetBytes > chunkLength(first, sizeBytes)) {
    throw new HawserError("invalid_chunk", { detail: "Chunk-Offset lies outside the chunk." });
  }
}

/** The length that the body must have, or for a prefix on purpose may have. */
function expectedLength({ first, last, offsetBytes }: RunRequest, sizeBytes: number | null): number {
  return runLength(first, last, sizeBytes) - offsetBytes;
}

/** 400: a body that ends before its run. */
function checkLength(request: RunRequest, sizeBytes: number | null): void {
  const { partial, contentLength, offsetBytes } = request;
  const isShort = partial ? contentLength + offsetBytes < 1 : contentLength < expectedLength(request, sizeBytes);
  if (isShort) throw new HawserError("body_too_short");
}

/** Size 409: `Upload-Length` against what is known. */
function checkDeclaredSize(request: RunRequest, record: UploadRecord, extent: Extent | null, rules: RunRules): void {
  if (request.sizeBytes === null) return;
  if (record.sizeBytes !== null) {
    if (record.sizeBytes !== request.sizeBytes) throw new HawserError("size_conflict");
  } else if (extent !== null) checkSize(request.sizeBytes, extent, rules.maxSizeBytes);
}

function describeSlots(request: RunRequest, facts: RunFacts, sizeBytes: number | null): Slot[] {
  const { record } = facts;
  const receipts = new Map(facts.receipts.map((receipt) => [receipt.chunk, receipt.digest]));
  const damages = new Map(facts.damages.map((damage) => [damage.chunk, damage.digest]));
  const prefixes = new Map(facts.prefixes.map((prefix) => [prefix.chunk, prefix.sizeBytes]));
  const slots: Slot[] = [];
  for (let chunk = request.first; chunk <= request.last; chunk++) {
    // A prefix on purpose carries the digest of its body, not of the chunk.
    const digest = request.partial ? null : (request.digests?.[chunk - request.first] as Uint8Array);
    const bound = receipts.get(chunk) ?? damages.get(chunk);
    slots.push({
      chunk,
      sizeBytes: chunkLength(chunk, sizeBytes),
      digest,
      held: receipts.has(chunk),
      prefixBytes: prefixes.get(chunk) ?? 0,
      conflicts: bound !== undefined && digest !== null && !equalDigests(bound, digest),
      writable: isWritable(record, damages.has(chunk)),
    });
  }
  return slots;
}

/**
 * Whether bytes are taken for a chunk without a receipt: any chunk of an active upload; of a completed one those that
 * were found damaged, unless the ledger keeps its body, which only comes whole.
 */
export function isWritable(record: UploadRecord, chunkIsDamaged: boolean): boolean {
  if (record.state === "active") return true;
  return record.state === "completed" && record.bytesIn === "blobs" && chunkIsDamaged;
}

/** Chunk conflict 409: one refuses all of the run. */
function checkConflicts(slots: readonly Slot[]): void {
  const conflicts = rangesOf(slots.filter((slot) => slot.conflicts).map((slot) => slot.chunk));
  if (conflicts.length > 0) throw new HawserError("chunk_conflict", { conflicts });
}

/** State 409. */
function checkState(slots: readonly Slot[], record: UploadRecord): void {
  if (slots.some((slot) => !slot.held && !slot.writable)) {
    throw new HawserError("state_conflict", { state: record.state });
  }
}

/** Offset 409: a run can only continue what is there. */
function checkOffset(request: RunRequest, first: Slot): void {
  if (!first.held && request.offsetBytes > first.prefixBytes) {
    throw new HawserError("offset_conflict", { prefix: first.prefixBytes });
  }
}
