import { dirname } from "node:path";
import { HawserError } from "@hawser/protocol";
import type { Ledger } from "../../ports/ledger.ts";
import { type Connection, openReader, openWriter } from "./connection.ts";
import { GroupCommit } from "./group-commit.ts";
import { emptyLog, syncLeftoverLog, syncPath } from "./log.ts";
import { migrate } from "./migrate.ts";
import { SnapshotReads } from "./snapshot-reads.ts";
import { createReader, createTransaction } from "./transaction.ts";

export interface SqliteLedgerOptions {
  /** The database's file; its folder exists and is locked by this process (`lockFolder`). */
  readonly path: string;
  /** Told once when the storage failed and nothing more is taken. */
  readonly onFence?: (error: HawserError) => void;
  /** Milliseconds that never go back. Default: `performance.now`. */
  readonly monotonic?: () => number;
}

/**
 * The ledger in one SQLite database. Every call may block its thread for a synced write: it belongs in a worker.
 * When the promise resolves, all that earlier processes have committed is durable.
 * @throws HawserError `unavailable` when the database cannot be opened, or is of a newer release
 */
export async function openSqliteLedger(options: SqliteLedgerOptions): Promise<Ledger> {
  const opened: Connection[] = [];
  let fence: (error: HawserError) => void = () => {};
  const onFatal = (error: HawserError) => fence(error);
  try {
    await syncLeftoverLog(`${options.path}-wal`);
    const writer = openWriter(options.path, onFatal);
    opened.push(writer);
    migrate(writer);
    emptyLog(writer);
    await syncPath(dirname(options.path));
    const reader = openReader(options.path, onFatal);
    opened.unshift(reader);
    const commits = new GroupCommit({
      writer,
      transaction: createTransaction(writer),
      monotonic: options.monotonic ?? (() => performance.now()),
      onFence: options.onFence ?? (() => {}),
    });
    fence = (error) => commits.fence(error);
    return assemble(writer, reader, commits);
  } catch (error) {
    for (const connection of opened) connection.close();
    if (error instanceof HawserError) throw error;
    const detail = `The ledger ${options.path} cannot be opened: ${error instanceof Error ? error.message : error}.`;
    throw new HawserError("unavailable", { detail }, { cause: error });
  }
}

function assemble(writer: Connection, reader: Connection, commits: GroupCommit): Ledger {
  const reads = new SnapshotReads(reader, createReader(reader));
  let closing: Promise<void> | undefined;
  const close = async () => {
    await Promise.all([commits.close(), reads.close()]);
    // The last connection to leave checkpoints. After a failed sync that would be trying again, so it is then the
    // one that cannot write; the log stays for the next start.
    const inOrder = commits.fenced ? [writer, reader] : [reader, writer];
    for (const connection of inOrder) connection.close();
  };
  return {
    transact: (_name, work) => commits.transact(work),
    read: (work) => reads.read(work),
    close: () => (closing ??= close()),
  };
}
