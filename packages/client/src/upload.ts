import { countChunks, type File, HawserError, type Ranges } from "@hawser/protocol";
import type { Api } from "./api.ts";
import type { JournalRecord } from "./journal/journal.ts";
import type { ResolvedOptions } from "./options.ts";
import { loadPart } from "./part.ts";
import type { Platform } from "./platform.ts";
import { digestChunks, ensureUnchanged, type ReadingParts, readFully } from "./reading.ts";
import { initializeRequest, oneShotFields } from "./records.ts";
import { changed } from "./retry.ts";
import type { Source } from "./source/source.ts";
import type { Stall } from "./stall.ts";
import type { UploadEvent } from "./state.ts";
import type { Throttle } from "./throttle.ts";
import type { Transfer } from "./transfer.ts";
import type { Work } from "./work.ts";

/** What all uploads share. */
export interface UploadParts extends ReadingParts {
  readonly api: Api;
  readonly platform: Platform;
  readonly throttle: Throttle;
  readonly stall: Stall;
  /** What is made when it is needed first. */
  readonly made: { transfer?: Transfer };
  readonly options: ResolvedOptions;
}

/** One upload as its run loop sees it. */
export interface UploadJob {
  readonly record: JournalRecord;
  readonly work: Work;
  readonly source: Source;
  /** The size, once it is known. */
  readonly sizeBytes: number | null;
  /** What went wrong last; null while nothing did. */
  readonly cause: HawserError | null;
  tell(event: UploadEvent): void;
  /** Something changed that is only shown. */
  shown(): void;
  /** Resolves when the record, with what `change` says, is durable. */
  save(change?: Partial<JournalRecord>): Promise<void>;
  /** From now on the server may know of it. */
  asked(): void;
}

/** What the server calls an upload, and what it allows. */
export type Named = NonNullable<JournalRecord["upload"]>;

/** Metadata in the query of a one-shot request, as it is written there: addresses are short on some ways. */
const maxQueryMetadataChars = 2_048;

/** A file that goes in one request whatever happens: what even a bad line carries between two breaks. */
const surelyWholeBytes = 65_536;
/** Up to this size it is tried over a line that nobody knows; beyond it the line has to be known to be so quick. */
const maybeWholeBytes = 262_144;
const wholeMs = 2_000;

/**
 * Whether it goes in one request. One that breaks has sent nothing, so after trouble all but the smallest go in chunks:
 * under the same key, by which the server knows the file when it had come after all.
 * @param cause what went wrong last
 */
export function isOneShot(
  { upload, source, metadata, fullHash }: JournalRecord,
  cause: HawserError | null,
  { options, made }: Pick<UploadParts, "options" | "made">,
): boolean {
  const sizeBytes = source.sizeBytes ?? Number.POSITIVE_INFINITY;
  if (sizeBytes > options.oneShotBytes || upload !== null || fullHash) return false;
  if (encodeURIComponent(JSON.stringify(metadata)).length > maxQueryMetadataChars) return false;
  if (sizeBytes <= surelyWholeBytes) return true;
  if (cause?.code === "connection_lost") return false;
  return sizeBytes <= maybeWholeBytes || (made.transfer?.expectedMs(sizeBytes) ?? wholeMs) < wholeMs;
}

/**
 * One life of an upload, from its bytes to the server's file. Whatever happened before, it asks the server what it
 * has, sends the rest, compares what it did not send itself, and finalizes.
 * @throws HawserError, or the signal's reason
 */
export async function carryUpload(job: UploadJob, parts: UploadParts, signal: AbortSignal): Promise<File> {
  const { work } = job;
  await job.save();
  if (isOneShot(job.record, job.cause, parts)) return sendWhole(job, parts, signal);
  await prepare(job, parts, signal);
  const upload = job.record.upload ?? (await create(job, parts, signal));
  // Of an upload that was just begun there is nothing to ask.
  if (!work.isFresh) await sync(upload.id, job, parts, signal);
  work.isFresh = false;
  // A stream is compared as it comes.
  if (job.record.compareFirst && job.source.replayable)
    await compare(upload.id, job, parts, signal, work.progress.held.ranges);
  // What goes in one request needs no lanes: a page with small files alone never loads them.
  const { sendMissing } = await loadPart(import("./sending.ts"));
  await sendMissing(upload, job, parts, signal);
  await compare(upload.id, job, parts, signal, [[1, countChunks(job.sizeBytes as number)]]);
  return finalize(upload.id, job, parts, signal);
}

/** What was sent in this life needs no comparison: most uploads never load it. */
async function compare(id: string, job: UploadJob, parts: UploadParts, signal: AbortSignal, chunks: Ranges) {
  const { leaves } = job.work;
  if (chunks.every(([first, last]) => leaves.firstOpen(last, first) === undefined)) return;
  const { compareEarlier } = await loadPart(import("./compare.ts"));
  await compareEarlier(id, job, parts, signal, chunks);
}

async function sendWhole(job: UploadJob, parts: UploadParts, signal: AbortSignal): Promise<File> {
  const { record, source, work } = job;
  const sizeBytes = record.source.sizeBytes as number;
  const totalChunks = countChunks(sizeBytes);
  const run = [1, totalChunks] as const;
  try {
    return await parts.budget.use(sizeBytes, signal, async (bytes) => {
      // A read vouches for the source as it is then, and here one gives all.
      await readFully(source, 0, bytes, signal);
      const digests = await digestChunks(run, bytes, sizeBytes, work.leaves, parts);
      job.tell({ type: "sending" });
      job.tell({ type: "synced", confirmedBytes: 0 });
      await parts.throttle.take(() => sizeBytes, signal);
      work.progress.start(run);
      const onSent = (sentBytes: number) => {
        work.progress.sent(run, sentBytes);
        job.shown();
      };
      const toSend = { bytes, digests, onSent };
      const startedAt = parts.platform.monotonic();
      const file = await parts.api.sendWhole(oneShotFields(record), toSend, record.idempotencyKey, signal);
      parts.made.transfer?.sentWhole(sizeBytes, parts.platform.monotonic() - startedAt);
      job.tell({ type: "confirmed", bytes: sizeBytes });
      return proven(file, await work.leaves.treeDigest(totalChunks, (pair) => parts.platform.sha256(pair)), sizeBytes);
    });
  } catch (error) {
    // The key stands for what was sent first: another content under it is another version of the file.
    if (error instanceof HawserError && error.code === "idempotency_mismatch") throw changed(error);
    throw error;
  } finally {
    work.progress.end(run);
  }
}

/** Evidence first, so that the upload can be found by it. */
async function prepare(job: UploadJob, parts: UploadParts, signal: AbortSignal): Promise<void> {
  const { record, source } = job;
  const { evidence } = record;
  if (record.upload !== null) return;
  let { sampledHash, sha256 } = evidence;
  if (sampledHash === undefined) {
    job.tell({ type: "preparing", work: "sampling", doneBytes: 0 });
    const { sampleSource } = await loadPart(import("./sameness.ts"));
    sampledHash = await sampleSource(source, parts, signal);
  }
  if (record.fullHash && sha256 === undefined && source.replayable) {
    const onDone = (doneBytes: number) => job.tell({ type: "preparing", work: "hashing", doneBytes });
    // Loaded by those alone who ask for it.
    const { hashSource } = await loadPart(import("./full-hash.ts"));
    sha256 = await hashSource(source, parts, signal, onDone);
  }
  if (sampledHash === evidence.sampledHash && sha256 === evidence.sha256) return;
  await job.save({ evidence: { ...(sampledHash && { sampledHash }), ...(sha256 && { sha256 }) } });
}

async function create(job: UploadJob, { api }: UploadParts, signal: AbortSignal): Promise<Named> {
  const { record, work } = job;
  job.tell({ type: "creating" });
  job.asked();
  const answer = await api.initialize(initializeRequest(record), record.idempotencyKey, signal);
  const { maxRunChunks, maxLanes } = answer.limits;
  const upload = { id: answer.id, runAlign: answer.runAlign, maxRunChunks, maxLanes };
  await job.save({ upload });
  work.isFresh = answer.state === "active" && answer.receivedBytes === 0;
  if (work.isFresh) job.tell({ type: "synced", confirmedBytes: 0 });
  return upload;
}

/** Asks what the server has, page by page. */
async function sync(id: string, job: UploadJob, { api }: UploadParts, signal: AbortSignal): Promise<void> {
  const received: [number, number][] = [];
  const partial: [number, number][] = [];
  let receivedBytes = 0;
  for (let from: number | undefined = 1; from !== undefined; ) {
    const page = await api.resume(id, from, signal);
    received.push(...page.receivedChunks);
    partial.push(...page.partialChunks);
    receivedBytes = page.receivedBytes;
    from = page.next;
  }
  job.work.progress.sync(received, partial);
  const prefixBytes = partial.reduce((sum, [, bytes]) => sum + bytes, 0);
  job.tell({ type: "synced", confirmedBytes: receivedBytes + prefixBytes });
}

async function finalize(id: string, job: UploadJob, parts: UploadParts, signal: AbortSignal): Promise<File> {
  const { record, source, work } = job;
  const { api, platform, options } = parts;
  const size = job.sizeBytes as number;
  await ensureUnchanged(source);
  job.tell({ type: "verifying" });
  const digest = await work.leaves.treeDigest(countChunks(size), (bytes) => platform.sha256(bytes));
  const { sha256 } = record.evidence;
  const body = {
    digest,
    ...(record.source.sizeBytes === null && { size }),
    ...(record.fullHash && sha256 && { sha256 }),
  };
  for (let pauseMs = 0; ; pauseMs = Math.min(options.maxDelayMs, pauseMs + options.baseDelayMs)) {
    const answer = await api.finalize(id, body, signal);
    if (!("askAgainMs" in answer)) return proven(answer, digest, size);
    await platform.sleep(answer.askAgainMs + pauseMs, signal);
  }
}

/** The server's file, when it is the one that was read here. */
function proven(file: File, digest: string, sizeBytes: number): File {
  if (file.digest === digest && file.size === sizeBytes) return file;
  throw new HawserError("file_mismatch", { detail: `The server has ${file.digest}; this is ${digest}.` });
}
