import { HawserError } from "@hawser/protocol";
import type { LedgerReader } from "../../ports/ledger.ts";
import type { Connection } from "./connection.ts";

/** Reads that wait; more are refused. */
const maxWaiting = 100_000;

/**
 * Runs reads one after the other, each in a transaction of the reading connection and so on one snapshot. In
 * turn, because a read awaits only the reader, which answers at once: side by side they would not be faster.
 */
export class SnapshotReads {
  readonly #connection: Connection;
  readonly #reader: LedgerReader;
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #closed = false;

  constructor(connection: Connection, reader: LedgerReader) {
    this.#connection = connection;
    this.#reader = reader;
  }

  async read<T>(work: (reader: LedgerReader) => Promise<T>): Promise<T> {
    if (this.#closed) throw new HawserError("unavailable", { detail: "The ledger is closed." });
    if (this.#waiting >= maxWaiting) {
      throw new HawserError("unavailable", { detail: "Too many reads wait for the ledger.", retryAfterSeconds: 1 });
    }
    this.#waiting += 1;
    const before = this.#last;
    const result = before.then(() => this.#run(work));
    this.#last = result.then(ignore, ignore);
    return result;
  }

  /** Takes nothing more and waits for the reads that were taken. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#last;
  }

  async #run<T>(work: (reader: LedgerReader) => Promise<T>): Promise<T> {
    this.#waiting -= 1;
    this.#connection.run("BEGIN");
    try {
      return await work(this.#reader);
    } finally {
      this.#connection.run("COMMIT");
    }
  }
}

function ignore(): void {}
