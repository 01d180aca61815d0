import { open } from "node:fs/promises";
import { type Connection, pageBytes } from "./connection.ts";

/**
 * Pages in the log from which on it is copied into the database: 4 MiB. Measured with small files: 16 MiB
 * gave no more of them per second, and three times the p99 of an acknowledgement.
 */
const longLogPages = (4 * 1_048_576) / pageBytes;

/**
 * Makes durable what a killed process has written to the log at `path` but not synced: the next opener takes it for
 * committed. To be called before the database is opened, since closing any handle of a file drops the process's
 * POSIX locks on it.
 */
export async function syncLeftoverLog(path: string): Promise<void> {
  try {
    await syncPath(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}

/** Makes a file's bytes durable, or a folder's entries. */
export async function syncPath(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Copies the whole log into the database and empties it. Where a foreign reader stops it, the synced log stays. */
export function emptyLog(writer: Connection): void {
  writer.get("PRAGMA wal_checkpoint(TRUNCATE)");
}

/**
 * Copies the log into the database when it has become long; the next transaction then starts it anew. Never waits:
 * what a reader still needs is left for the next call. A failed sync throws `storage_fenced`, which SQLite's
 * automatic checkpoint would have kept to itself and tried again.
 */
export function shortenLog(writer: Connection): void {
  const log = writer.get<{ log: number; checkpointed: number }>("PRAGMA wal_checkpoint(NOOP)");
  if (log === undefined || log.log < longLogPages || log.checkpointed === log.log) return;
  writer.get("PRAGMA wal_checkpoint(PASSIVE)");
}
