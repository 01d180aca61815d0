import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { HawserError } from "@hawser/protocol";

/** The name of the file that carries the lock. Nothing is ever written into it. */
const lockFilename = "hawser.lock";

export interface FolderLock {
  release(): void;
}

/**
 * Claims the data folder for this process: SQLite's exclusive lock on an empty database of its own. The kernel
 * drops it when the process dies, however it dies. Blocks the thread while it waits for a dying predecessor.
 * @throws HawserError `unavailable` when another process (or another caller in this one) still holds it after `waitMs`
 */
export function lockFolder(folder: string, waitMs = 5_000): FolderLock {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(join(folder, lockFilename), { timeout: waitMs });
    database.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    database?.close();
    const busy = error instanceof Error && "errcode" in error && error.errcode === 5;
    const detail = busy
      ? `Another process serves the data folder ${folder}: stop it, or choose another folder.`
      : `The data folder ${folder} cannot be locked: ${error instanceof Error ? error.message : String(error)}.`;
    throw new HawserError("unavailable", { detail }, { cause: error });
  }
  const held = database;
  return { release: () => held.close() };
}
