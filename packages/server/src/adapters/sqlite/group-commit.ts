import { setImmediate as nextTurn } from "node:timers/promises";
import { HawserError } from "@hawser/protocol";
import type { LedgerTransaction } from "../../ports/ledger.ts";
import type { Connection } from "./connection.ts";
import { shortenLog } from "./log.ts";

const limits = {
  /** Works that wait; more are refused. */
  maxWaiting: 100_000,
  /** Works that share one commit. */
  maxBatchWorks: 1_024,
  /** No further work joins a commit after this time. */
  maxBatchMs: 20,
} as const;

type Work<T> = (tx: LedgerTransaction) => Promise<T>;

interface Waiting {
  readonly work: Work<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

export interface GroupCommitOptions {
  readonly writer: Connection;
  readonly transaction: LedgerTransaction;
  /** Milliseconds that never go back. */
  readonly monotonic: () => number;
  readonly onFence: (error: HawserError) => void;
}

/**
 * Runs works one after the other, each in a savepoint, many in one transaction with one synced commit. No outcome
 * is told before that commit, failures included, since they may rest on changes of works before them.
 */
export class GroupCommit {
  readonly #options: GroupCommitOptions;
  readonly #waiting = new Set<Waiting>();
  #draining: Promise<void> | undefined;
  #refusal: HawserError | undefined;
  #fenced = false;

  constructor(options: GroupCommitOptions) {
    this.#options = options;
  }

  get fenced(): boolean {
    return this.#fenced;
  }

  async transact<T>(work: Work<T>): Promise<T> {
    if (this.#refusal !== undefined) throw this.#refusal;
    if (this.#waiting.size >= limits.maxWaiting) {
      throw new HawserError("unavailable", { detail: "Too many changes wait for the ledger.", retryAfterSeconds: 1 });
    }
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#waiting.add({ work, resolve, reject });
    this.#draining ??= this.#drain();
    return promise as Promise<T>;
  }

  /** Takes nothing more from now on; what waits is refused. What is being committed goes on. */
  fence(error: HawserError): void {
    if (this.#fenced) return;
    this.#fenced = true;
    this.#refusal = error;
    this.#options.writer.abandon(error);
    for (const waiting of this.#waiting) waiting.reject(error);
    this.#waiting.clear();
    this.#options.onFence(error);
  }

  /** Takes nothing more and waits until all that was taken is settled. */
  async close(): Promise<void> {
    this.#refusal ??= new HawserError("unavailable", { detail: "The ledger is closed." });
    await this.#draining;
  }

  async #drain(): Promise<void> {
    // The works of one turn of the event loop, messages from another thread for example, share a commit.
    await nextTurn();
    while (this.#waiting.size > 0) {
      await this.#commitBatch();
      // The outcomes leave and new works arrive before the log is looked after.
      await nextTurn();
      if (!this.#fenced) this.#lookAfterLog();
    }
    this.#draining = undefined;
  }

  async #commitBatch(): Promise<void> {
    const { writer, monotonic } = this.#options;
    if (!this.#begin()) return;
    const batch: Waiting[] = [];
    const outcomes: (() => void)[] = [];
    const endsAt = monotonic() + limits.maxBatchMs;
    const isFull = () => batch.length >= limits.maxBatchWorks || monotonic() >= endsAt;
    try {
      while (this.#waiting.size > 0 && !isFull()) {
        for (const waiting of this.#waiting) {
          this.#waiting.delete(waiting);
          batch.push(waiting);
          outcomes.push(await this.#runInSavepoint(waiting));
          if (isFull()) break;
        }
        // What has arrived during these works shares their commit: with small files half as many syncs.
        await nextTurn();
      }
      writer.run("COMMIT");
    } catch (thrown) {
      const error = asFence(thrown);
      this.fence(error);
      for (const waiting of batch) waiting.reject(error);
      return;
    }
    for (const tell of outcomes) tell();
  }

  /** False when there is no transaction: everything that waited was refused. */
  #begin(): boolean {
    try {
      this.#options.writer.run("BEGIN IMMEDIATE");
      return true;
    } catch (error) {
      for (const waiting of this.#waiting) waiting.reject(error);
      this.#waiting.clear();
      return false;
    }
  }

  /**
   * Returns how to tell the outcome once the commit is durable. Throws only when the transaction itself is lost:
   * then the savepoint is gone, or the writer was abandoned.
   */
  async #runInSavepoint(waiting: Waiting): Promise<() => void> {
    const { writer, transaction } = this.#options;
    writer.run("SAVEPOINT work");
    try {
      const value = await waiting.work(transaction);
      writer.run("RELEASE work");
      return () => waiting.resolve(value);
    } catch (error) {
      writer.run("ROLLBACK TO work");
      writer.run("RELEASE work");
      return () => waiting.reject(error);
    }
  }

  #lookAfterLog(): void {
    try {
      shortenLog(this.#options.writer);
    } catch (error) {
      this.fence(asFence(error));
    }
  }
}

function asFence(thrown: unknown): HawserError {
  if (thrown instanceof HawserError && thrown.code === "storage_fenced") return thrown;
  const detail = `The ledger could not commit: ${thrown instanceof Error ? thrown.message : String(thrown)}`;
  return new HawserError("storage_fenced", { detail }, { cause: thrown });
}
