import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openDiskStore } from "../../src/adapters/disk/disk-store.ts";
import { openSqliteLedger } from "../../src/adapters/sqlite/ledger.ts";
import type { Storage } from "./world.ts";

/** Runs `work` with storage as a server has it, disk and SQLite, in a folder that is new each time and goes with it. */
export async function withEmbeddedStorage<T>(work: (storage: Storage) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "hawser-model-"));
  try {
    return await work({
      openLedger: () => openSqliteLedger({ path: join(folder, "ledger.sqlite") }),
      openStore: () => openDiskStore({ path: join(folder, "blobs") }),
    });
  } finally {
    await rm(folder, { recursive: true });
  }
}
