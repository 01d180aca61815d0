import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openDiskStore } from "../../src/adapters/disk/disk-store.ts";
import { createMemoryStore } from "../../src/adapters/memory/blob-store.ts";
import { createPartStore } from "../../src/adapters/memory/part-store.ts";
import { seededRandom } from "../simulation/random.ts";
import { createSimFileSystem } from "../simulation/sim-file-system.ts";
import { blobStoreContract, type OpenedStore } from "./blob-store.contract.ts";

async function openInTemporaryFolder(options: { directIo?: boolean; maxOpenFiles?: number }): Promise<OpenedStore> {
  const folder = await mkdtemp(join(tmpdir(), "hawser-blobs-"));
  const open = () => openDiskStore({ path: join(folder, "blobs"), ...options });
  return { store: await open(), reopen: open, cleanUp: () => rm(folder, { recursive: true }) };
}

blobStoreContract("disk", () => openInTemporaryFolder({}));
blobStoreContract("disk, one open file", () => openInTemporaryFolder({ maxOpenFiles: 1 }));
blobStoreContract("disk, direct", () => openInTemporaryFolder({ directIo: true }));
blobStoreContract("disk over the simulated file system", async () => {
  const fileSystem = createSimFileSystem({ random: seededRandom(1) });
  const open = () => openDiskStore({ path: "/blobs", fileSystem });
  return { store: await open(), reopen: open };
});
blobStoreContract("memory", async () => ({ store: createMemoryStore() }));
blobStoreContract("one chunk a part", async () => ({ store: createPartStore() }));
blobStoreContract("four chunks a part", async () => ({ store: createPartStore({ partChunks: 4 }) }));
