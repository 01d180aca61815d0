import { HawserError, type Priority, priorities } from "@hawser/protocol";
import type { KeepJob } from "../source/keeper.ts";
import type { SourceOrigin } from "../source/source.ts";
import { spoolIdOf } from "./orphans.ts";
import type { Spool } from "./spool.ts";

/** Small copies that are made in one go: so many, and so many bytes of them. */
const maxBatchCopies = 64;
const maxBatchBytes = 4 * 1_048_576;

export interface CopyingParts {
  /** Smallest copies first; the last one takes all. */
  readonly spools: readonly Spool[];
  readonly createId: () => string;
  /** Bytes that all copies together may take now. */
  readonly limitBytes: () => Promise<number>;
  /** Called when the bytes of all copies have changed. */
  readonly onBytes: (spoolBytes: number) => void;
  /** What went wrong with a copy, other than that its source could not be read. */
  readonly onTrouble: (error: HawserError) => void;
}

type Waiting = KeepJob & { readonly blob: Blob };

/**
 * Copies what cannot be opened again later: one after the other, beside the uploads, in the order in which they travel.
 * What does not fit within the limit is passed over. The journal names a copy only when it is on stable storage.
 */
export class Copying {
  readonly #parts: CopyingParts;
  readonly #lines = new Map<Priority, Set<Waiting>>(priorities.toReversed().map((priority) => [priority, new Set()]));
  readonly #closing = new AbortController();
  readonly #sizes = new Map<string, number>();
  #working: Promise<void> | null = null;
  #spoolBytes = 0;

  constructor(parts: CopyingParts) {
    this.#parts = parts;
  }

  add(job: KeepJob): void {
    const { source, signal, priority } = job;
    const blob = source.blob;
    if (!blob || signal.aborted || this.#closing.signal.aborted) return;
    const line = this.#lines.get(priority) as Set<Waiting>;
    const waiting = { ...job, blob };
    line.add(waiting);
    signal.addEventListener("abort", () => line.delete(waiting), { once: true });
    this.#working ??= this.#work();
  }

  /** A copy that is there. */
  found(spoolId: string, sizeBytes: number): void {
    this.#count(spoolId, sizeBytes);
  }

  /** The record that named it is gone, and took what lay in its own database along. */
  async dropped(spoolId: string): Promise<void> {
    const sizeBytes = this.#sizes.get(spoolId) ?? Number.POSITIVE_INFINITY;
    this.#count(spoolId, 0);
    const spool = this.#spoolFor(sizeBytes);
    if (spool === this.#parts.spools.at(-1)) await this.#remove(spool, spoolId);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    for (const line of this.#lines.values()) line.clear();
    await this.#working;
    await Promise.all(this.#parts.spools.map((spool) => spool.close()));
  }

  async #work(): Promise<void> {
    // What comes in this turn goes into the first batch.
    await Promise.resolve();
    for (let batch = this.#take(); batch.length > 0; batch = this.#take()) await this.#copy(batch);
    this.#working = null;
  }

  /** Whose turn it is: one, or several small ones. */
  #take(): Waiting[] {
    const batch: Waiting[] = [];
    let batchBytes = 0;
    for (const line of this.#lines.values()) {
      for (const waiting of line) {
        const { size } = waiting.blob;
        const isSmall = this.#spoolFor(size) !== this.#parts.spools.at(-1);
        const fits = isSmall && batch.length < maxBatchCopies && batchBytes + size <= maxBatchBytes;
        if (batch.length > 0 && !fits) return batch;
        line.delete(waiting);
        batch.push(waiting);
        batchBytes += size;
        if (!isSmall) return batch;
      }
    }
    return batch;
  }

  #spoolFor(sizeBytes: number): Spool {
    return this.#parts.spools.find(({ maxCopyBytes }) => sizeBytes <= maxCopyBytes) as Spool;
  }

  /** Never rejects. */
  async #copy(batch: readonly Waiting[]): Promise<void> {
    const { createId, limitBytes, onTrouble } = this.#parts;
    const copies = batch.map((job) => ({ job, blob: job.blob, spoolId: spoolIdOf(job.id, createId()) }));
    const bytes = batch.reduce((sum, { blob }) => sum + blob.size, 0);
    const [first] = batch;
    if (first === undefined || this.#spoolBytes + bytes > (await limitBytes())) return;
    // A batch of small ones is over before anybody could stop it.
    const signal = batch.length > 1 ? this.#closing.signal : AbortSignal.any([this.#closing.signal, first.signal]);
    try {
      await this.#spoolFor(Math.max(...batch.map(({ blob }) => blob.size))).copy(copies, signal);
    } catch (thrown) {
      const error = HawserError.from(thrown);
      if (!signal.aborted && error.code !== "source_unreadable") onTrouble(error);
      // One file that cannot be read must not cost the others their copies.
      if (batch.length > 1 && error.code === "source_unreadable") for (const job of batch) await this.#copy([job]);
      return;
    }
    for (const { spoolId, blob } of copies) this.#count(spoolId, blob.size);
    await Promise.all(copies.map(({ job, spoolId }) => this.#journal(job, { kind: "spool", spoolId })));
  }

  /** The copy is there: the journal says so, or it goes again. */
  async #journal(job: Waiting, origin: Extract<SourceOrigin, { kind: "spool" }>): Promise<void> {
    const isSaved =
      !job.signal.aborted &&
      (await job.save(origin).then(
        () => true,
        () => false,
      ));
    if (isSaved && !job.signal.aborted) return;
    await this.#remove(this.#spoolFor(job.blob.size), origin.spoolId);
    this.#count(origin.spoolId, 0);
  }

  /** What cannot be removed now is swept in a later life. */
  async #remove(spool: Spool, spoolId: string): Promise<void> {
    await spool.remove(spoolId).catch(() => undefined);
  }

  #count(spoolId: string, sizeBytes: number): void {
    this.#spoolBytes += sizeBytes - (this.#sizes.get(spoolId) ?? 0);
    if (sizeBytes > 0) this.#sizes.set(spoolId, sizeBytes);
    else this.#sizes.delete(spoolId);
    this.#parts.onBytes(this.#spoolBytes);
  }
}
