import { chunkLength, type File, HawserError, limits, toHex } from "@hawser/protocol";
import type { Api } from "../remote/api.ts";
import { isPassing, Patience, type Timing } from "../remote/backoff.ts";
import type { Report } from "./events.ts";
import type { Journal, JournalEntry } from "./journal.ts";
import { alignRanges, RunQueue } from "./plan.ts";
import { type LaneBuffers, sendRuns } from "./send.ts";
import { type Source, SourceChangedError } from "./source.ts";

/** Up to here one request carries the whole file. */
const maxSmallFileBytes = limits.chunkSizeBytes;
/** Runs of 8 MiB: long enough for the line, short enough for memory. */
const preferredRunChunks = 8;
/** How many uploads may vanish under one push before it stops making new ones. */
const maxRestarts = 3;

export interface PushContext {
  readonly api: Api;
  /** The server's base address, as the journal knows it. */
  readonly server: string;
  readonly journal: Journal;
  readonly timing: Timing;
  readonly giveUpMs: number;
  readonly buffers: LaneBuffers;
  readonly signal: AbortSignal;
  readonly report: Report;
}

/**
 * Sends one file and returns what the server made of it, proven by both sides' digests. Goes on where an earlier
 * push stopped, and through any trouble that passes.
 * @throws SourceChangedError, GaveUpError, HawserError of the classes auth and never, file system errors, or the
 *   signal's reason
 */
export async function pushFile(source: Source, context: PushContext): Promise<File> {
  const entry = await openEntry(source, context);
  return new FilePush(source, context, entry).run();
}

async function openEntry(source: Source, { journal, server, report }: PushContext): Promise<JournalEntry> {
  const { path, sizeBytes, mtimeMs } = source;
  const entry = await journal.find(server, path);
  if (entry?.sizeBytes === sizeBytes && entry.mtimeMs === mtimeMs) return entry;
  if (entry !== undefined) {
    const message = "The file was edited since it was last sent. Nothing is mixed; it starts anew.";
    report({ event: "anew", code: "source_changed", message });
  }
  return journal.begin({ server, path, sizeBytes, mtimeMs });
}

class FilePush {
  readonly #source: Source;
  readonly #context: PushContext;
  readonly #patience: Patience;
  #entry: JournalEntry;
  #receivedBytes = 0;
  #restarts = 0;
  /** Whether the server has spoken of this upload to this process. */
  #met = false;

  constructor(source: Source, context: PushContext, entry: JournalEntry) {
    this.#source = source;
    this.#context = context;
    this.#entry = entry;
    this.#patience = new Patience(context.timing, context.giveUpMs);
  }

  /** Rounds until one succeeds: each asks what the server has, sends the rest and finalizes. */
  async run(): Promise<File> {
    for (;;) {
      try {
        const file = await this.#round();
        await this.#context.journal.remove(this.#entry);
        return file;
      } catch (error) {
        await this.#recover(error);
      }
    }
  }

  async #round(): Promise<File> {
    const { sizeBytes } = this.#source;
    if (sizeBytes > 0 && sizeBytes <= maxSmallFileBytes) return this.#sendSmallFile();
    const upload = this.#entry.upload ?? (await this.#initialize());
    await this.#sendMissing(upload);
    await this.#compareEarlier(upload.id);
    await this.#source.ensureUnchanged();
    this.#context.report({ event: "checking" });
    const digest = this.#source.leaves.treeDigest();
    const file = await this.#context.api.finalize(upload.id, { digest }, this.#context.signal);
    if (file === undefined) throw new HawserError("unavailable", { detail: "The server still checks the whole file." });
    return proven(file, digest, sizeBytes);
  }

  async #sendSmallFile(): Promise<File> {
    const { api, buffers, signal, report } = this.#context;
    const { filename, sizeBytes, leaves } = this.#source;
    const { bytes, digests } = await this.#source.readRun([1, 1], buffers.get(0, sizeBytes));
    const lastModified = this.#lastModified();
    await this.#source.ensureUnchanged();
    const file = await api.sendSmallFile(
      { filename, lastModified, bytes, digests },
      this.#entry.idempotencyKey,
      signal,
    );
    report({ event: "progress", receivedBytes: sizeBytes, sizeBytes });
    return proven(file, leaves.treeDigest(), sizeBytes);
  }

  async #initialize(): Promise<NonNullable<JournalEntry["upload"]>> {
    const { api, journal, signal } = this.#context;
    const { filename, sizeBytes } = this.#source;
    const answer = await api.initialize(
      { filename, size: sizeBytes, lastModified: this.#lastModified() },
      this.#entry.idempotencyKey,
      signal,
    );
    const upload = { id: answer.id, runAlign: answer.runAlign, maxRunChunks: answer.limits.maxRunChunks };
    this.#entry = { ...this.#entry, upload };
    await journal.write(this.#entry);
    return upload;
  }

  /** Page by page, so that a huge upload full of holes needs no huge list. */
  async #sendMissing({ id, runAlign, maxRunChunks }: NonNullable<JournalEntry["upload"]>): Promise<void> {
    const { api, signal, buffers, report } = this.#context;
    const source = this.#source;
    const { totalChunks } = source.leaves;
    const wanted = Math.min(preferredRunChunks, maxRunChunks, Math.max(totalChunks, 1));
    const runChunks = Math.max(runAlign, wanted - (wanted % runAlign));
    for (let from: number | undefined = 1; from !== undefined; ) {
      const page = await api.resume(id, from, signal);
      if (page.state !== "active" && page.state !== "assembling" && page.state !== "completed") {
        throw new HawserError("gone", { state: page.state });
      }
      this.#meet(id, page.receivedBytes);
      const missing = alignRanges(page.missingChunks ?? [], runAlign, totalChunks);
      // Where runs have to be aligned, a chunk in the middle of a group cannot start one.
      const partialChunks = runAlign === 1 ? page.partialChunks : [];
      const queue = new RunQueue(missing, partialChunks, runChunks);
      const runBytes = Math.min(runChunks * limits.chunkSizeBytes, source.sizeBytes);
      const onConfirmed = (sizeBytes: number) => this.#confirm(this.#receivedBytes + sizeBytes);
      await sendRuns({ api, uploadId: id, source, queue, buffers, runBytes, signal, report, onConfirmed });
      from = page.next;
    }
  }

  /** Reads what this process did not send itself, and compares it with the receipts. */
  async #compareEarlier(id: string): Promise<void> {
    const { api, buffers, signal, report } = this.#context;
    const { leaves, sizeBytes } = this.#source;
    const buffer = buffers.get(0, Math.min(limits.chunkSizeBytes, sizeBytes));
    let comparedBytes = 0;
    for (let from = leaves.firstUnknown(); from !== undefined; ) {
      const page = await api.manifest(id, from, signal);
      for (const [chunk, receipt] of page.chunks) {
        if (leaves.has(chunk)) continue;
        signal.throwIfAborted();
        const { digests } = await this.#source.readRun([chunk, chunk], buffer);
        if (toHex(digests[0] as Uint8Array) !== receipt) {
          throw new SourceChangedError(`Chunk ${chunk} differs from what was sent before.`);
        }
        comparedBytes += chunkLength(chunk, sizeBytes);
        this.#patience.progressed();
        report({ event: "comparing", comparedBytes });
      }
      from = page.next === undefined ? undefined : leaves.firstUnknown(page.next);
    }
    if (!leaves.complete) throw new HawserError("chunks_missing");
  }

  #meet(id: string, receivedBytes: number): void {
    if (!this.#met) this.#context.report({ event: "upload", id, resumed: receivedBytes > 0, receivedBytes });
    this.#met = true;
    this.#confirm(receivedBytes);
  }

  #confirm(confirmedBytes: number): void {
    const { sizeBytes } = this.#source;
    // Another process may send the same file, and its chunks count once.
    const receivedBytes = Math.min(confirmedBytes, sizeBytes);
    if (receivedBytes > this.#receivedBytes) this.#patience.progressed();
    this.#receivedBytes = receivedBytes;
    this.#context.report({ event: "progress", receivedBytes, sizeBytes });
  }

  #lastModified(): string {
    return new Date(this.#source.mtimeMs).toISOString();
  }

  /** Prepares the next round after `error`, or throws what no further round can mend. */
  async #recover(error: unknown): Promise<void> {
    const { journal, signal, timing, report } = this.#context;
    signal.throwIfAborted();
    if (error instanceof SourceChangedError || (error instanceof HawserError && error.code === "chunk_conflict")) {
      await journal.remove(this.#entry);
      throw error instanceof SourceChangedError ? error : new SourceChangedError(error.message, { cause: error });
    }
    if (error instanceof HawserError && (error.retry === "restart" || error.code === "idempotency_mismatch")) {
      return this.#startAnew(error);
    }
    if (!isPassing(error)) {
      if (this.#entry.upload === null && error instanceof HawserError) await journal.remove(this.#entry);
      throw error;
    }
    const delayMs = this.#patience.nextDelayMs(error);
    report({ event: "waiting", delayMs, code: error.code, message: error.message });
    await timing.sleep(delayMs, signal);
  }

  async #startAnew(error: HawserError): Promise<void> {
    const { journal, report } = this.#context;
    const { state } = error.details;
    const decided = state === "failed" || (state === "cancelled" && this.#met);
    if (decided) await journal.remove(this.#entry);
    if (decided || ++this.#restarts > maxRestarts) throw error;
    const ended = state === undefined ? "is gone" : `is ${state}`;
    const message = `The earlier upload ${ended} on the server. The file starts anew.`;
    report({ event: "anew", code: "upload_gone", message });
    this.#met = false;
    this.#receivedBytes = 0;
    this.#entry = await journal.begin(this.#entry);
  }
}

/** The server's file, when its digest is the one computed here. */
function proven(file: File, digest: string, sizeBytes: number): File {
  if (file.digest === digest && file.size === sizeBytes) return file;
  throw new HawserError("file_mismatch", {
    detail: `The server's digest is ${file.digest}; this file's is ${digest}.`,
  });
}
