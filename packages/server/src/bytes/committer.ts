import { HawserError } from "@hawser/protocol";
import type { BlobStore } from "../ports/blob-store.ts";
import type { CommitEntry, CommitOutcome, Facts } from "../ports/facts.ts";
import type { Volume } from "./volume.ts";

interface Waiting {
  readonly id: string;
  readonly entry: CommitEntry;
  resolve(outcome: CommitOutcome): void;
  reject(error: HawserError): void;
}

/** Ledger transactions that may be under way while the next batch syncs. */
const commitsInFlight = 4;

/**
 * Group commit: takes what was written, syncs each distinct upload once, and only then hands the batch to the
 * ledger. While one batch syncs, the next gathers; no time is waited. Nothing resolves before the ledger's commit
 * is durable. A failed sync or commit is never retried: it fences the volume, and all that waits is refused. Only a sync
 * that could not be tried refuses its batch alone.
 */
export class Committer {
  readonly #store: BlobStore;
  readonly #facts: Pick<Facts, "commit">;
  readonly #volume: Volume;
  readonly #batchEntries: number;
  readonly #parallelSyncs: number;
  #queue: Waiting[] = [];
  #running: Promise<void> | null = null;
  readonly #commits = new Set<Promise<void>>();

  constructor(parts: {
    store: BlobStore;
    facts: Pick<Facts, "commit">;
    volume: Volume;
    batchEntries: number;
    parallelSyncs: number;
  }) {
    this.#store = parts.store;
    this.#facts = parts.facts;
    this.#volume = parts.volume;
    this.#batchEntries = parts.batchEntries;
    this.#parallelSyncs = parts.parallelSyncs;
  }

  /**
   * Makes one written chunk or prefix durable. The queue is bounded by the runs in flight times their length.
   * @throws HawserError `storage_fenced`, or what the facts thread throws
   */
  commit(id: string, entry: CommitEntry): Promise<CommitOutcome> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ id, entry, resolve, reject });
      this.#running ??= this.#run();
    });
  }

  /** Resolves when nothing waits any more. */
  async idle(): Promise<void> {
    while (this.#running !== null || this.#commits.size > 0) {
      await this.#running;
      await Promise.all(this.#commits);
    }
  }

  async #run(): Promise<void> {
    // One turn of the loop lets the writes that end together come together.
    await new Promise<void>((resolve) => setImmediate(resolve));
    while (this.#queue.length > 0) {
      const batch = this.#queue.splice(0, this.#batchEntries);
      if (await this.#sync(batch)) {
        while (this.#commits.size >= commitsInFlight) await Promise.race(this.#commits);
        const commit = this.#record(batch).finally(() => this.#commits.delete(commit));
        this.#commits.add(commit);
      }
    }
    this.#running = null;
  }

  async #sync(batch: readonly Waiting[]): Promise<boolean> {
    try {
      this.#volume.assertOpen();
      const ids = [...new Set(batch.map((waiting) => waiting.id))];
      for (let i = 0; i < ids.length; i += this.#parallelSyncs) {
        const syncs = await Promise.allSettled(ids.slice(i, i + this.#parallelSyncs).map((id) => this.#store.sync(id)));
        const failures = syncs.flatMap((sync) => (sync.status === "rejected" ? [sync.reason as unknown] : []));
        if (failures.length > 0) throw failures.find((failure) => !isUntried(failure)) ?? failures[0];
      }
      return true;
    } catch (error) {
      if (isUntried(error)) this.#reject(batch, error);
      else this.#refuse(batch, "a data sync failed", error);
      return false;
    }
  }

  async #record(batch: readonly Waiting[]): Promise<void> {
    try {
      // Another batch's failure may have come meanwhile; what it fenced is not acknowledged either.
      this.#volume.assertOpen();
      const outcomes = await this.#facts.commit(batch.map((waiting) => waiting.entry));
      batch.forEach((waiting, i) => {
        waiting.resolve(outcomes[i] as CommitOutcome);
      });
    } catch (error) {
      if (error instanceof HawserError && error.code !== "storage_fenced") {
        this.#reject(batch, error);
      } else {
        this.#refuse(batch, "a ledger commit failed", error);
      }
    }
  }

  #refuse(batch: readonly Waiting[], reason: string, error: unknown): void {
    this.#volume.fence(reason, error);
    this.#reject(batch, new HawserError("storage_fenced", { retryAfterSeconds: 30 }, { cause: error }));
  }

  #reject(batch: readonly Waiting[], error: HawserError): void {
    for (const waiting of batch) waiting.reject(error);
  }
}

/** Whether a sync could not even begin, so that nothing is known to be lost. */
function isUntried(error: unknown): error is HawserError {
  return error instanceof HawserError && error.code === "unavailable";
}
