import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { limits } from "@hawser/protocol";
import { describe, expect, test } from "vitest";
import { createFaultFileSystem } from "../../../test/simulation/fault-file-system.ts";
import { seededRandom } from "../../../test/simulation/random.ts";
import { createSimFileSystem } from "../../../test/simulation/sim-file-system.ts";
import { countHandles, id, idOf, read, temporaryFolder } from "../../../test/support/disk.ts";
import { openDiskStore } from "./disk-store.ts";
import { nodeFileSystem } from "./node-file-system.ts";

// Node has it; the type libraries that this project uses do not.
declare const WebAssembly: { Memory: new (size: { initial: number }) => { readonly buffer: ArrayBuffer } };

const { chunkSizeBytes } = limits;

describe("direct writes", () => {
  async function isDirectPossible(folder: string): Promise<boolean> {
    const flags = constants.O_CREAT | constants.O_RDWR | (constants.O_DIRECT ?? 0);
    return await open(join(folder, "try"), flags).then(
      (handle) => handle.close().then(() => constants.O_DIRECT !== undefined),
      () => false,
    );
  }

  test("[S2] aligned chunks go past the page cache, others do not, and all come back", async () => {
    const folder = await temporaryFolder();
    const { fileSystem, counts } = countHandles(nodeFileSystem);
    const store = await openDiskStore({ path: join(folder, "blobs"), fileSystem, directIo: true });
    const memory = new Uint8Array(new WebAssembly.Memory({ initial: 64 }).buffer);
    for (let i = 0; i < memory.length; i++) memory[i] = (i * 7) % 255;
    const chunks = [0, 1, 2].map((index) => memory.subarray(index * chunkSizeBytes, (index + 1) * chunkSizeBytes));
    const shorter = memory.subarray(3 * chunkSizeBytes, 3 * chunkSizeBytes + 4_097);
    await store.writeChunks(id, 1, [...chunks, shorter]);
    expect(counts.directWrites).toBe((await isDirectPossible(folder)) ? 3 : 0);
    await store.writePrefix(id, 5, 0, memory.subarray(1, 5_000));
    await store.sync(id);
    const target = new Uint8Array(3 * chunkSizeBytes + 4_097);
    expect(await store.read(id, 0, target)).toBe(target.length);
    expect(Buffer.compare(target, memory.subarray(0, target.length))).toBe(0);
    await store.close();
    expect(counts.open).toBe(0);
  });

  test("[S15] where the system refuses them, they end for good and the chunk goes the usual way", async () => {
    for (const kind of ["open", "write"] as const) {
      // The first open finds no folder, the second creates the file, the third is the direct handle's.
      const operation = kind === "open" ? 3 : 1;
      const plan = { kind, operation, lasts: "once", outcome: "EINVAL" } as const;
      const sim = createSimFileSystem({ random: seededRandom(1) });
      const { fileSystem, counts } = countHandles(createFaultFileSystem(sim, plan));
      const store = await openDiskStore({ path: "/blobs", fileSystem, directIo: true });
      const chunk = new Uint8Array(chunkSizeBytes).fill(3);
      await store.writeChunks(id, 1, [chunk]);
      await store.writeChunks(id, 1, [chunk]);
      await store.writeChunks(idOf(1), 1, [chunk]);
      expect(counts.directWrites).toBe(0);
      expect(Buffer.compare((await read(store)).subarray(0, chunkSizeBytes), chunk)).toBe(0);
      await store.close();
      expect(counts.open).toBe(0);
    }
  });

  test("[S15] another failure of a direct write is a failure", async () => {
    const plan = { kind: "write", operation: 1, lasts: "once", outcome: "ENOSPC" } as const;
    const fileSystem = createFaultFileSystem(createSimFileSystem({ random: seededRandom(1) }), plan);
    const store = await openDiskStore({ path: "/blobs", fileSystem, directIo: true });
    const chunk = new Uint8Array(chunkSizeBytes);
    await expect(store.writeChunks(id, 1, [chunk])).rejects.toMatchObject({ code: "ENOSPC" });
    await store.writeChunks(id, 1, [chunk]);
  });
});
