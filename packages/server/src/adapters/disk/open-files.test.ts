import { join } from "node:path";
import { limits } from "@hawser/protocol";
import { describe, expect, test } from "vitest";
import { createFaultFileSystem } from "../../../test/simulation/fault-file-system.ts";
import { seededRandom } from "../../../test/simulation/random.ts";
import { createSimFileSystem } from "../../../test/simulation/sim-file-system.ts";
import { bytes, countHandles, id, idOf, noFault, read, temporaryFolder } from "../../../test/support/disk.ts";
import { openDiskStore } from "./disk-store.ts";
import { nodeFileSystem } from "./node-file-system.ts";

const { chunkSizeBytes } = limits;

describe("open files", () => {
  test("[S3] idle files are closed beyond the bound, and opened again when needed", async () => {
    const folder = await temporaryFolder();
    const { fileSystem, counts } = countHandles(nodeFileSystem);
    const store = await openDiskStore({ path: join(folder, "blobs"), fileSystem, maxOpenFiles: 3 });
    for (let number = 0; number < 10; number++) await store.writeChunks(idOf(number), 1, [bytes]);
    expect(counts.most).toBe(3);
    for (let number = 0; number < 10; number++) {
      expect(Buffer.compare(await read(store, idOf(number)), bytes)).toBe(0);
    }
    expect(counts.most).toBe(3);
    await store.close();
    expect(counts.open).toBe(0);
  });

  test("[S6] calls at once on one upload share a handle, more uploads than the bound still go on", async () => {
    const folder = await temporaryFolder();
    const { fileSystem, counts } = countHandles(nodeFileSystem);
    const store = await openDiskStore({ path: join(folder, "blobs"), fileSystem, maxOpenFiles: 2 });
    await Promise.all([1, 2, 3, 4].map((chunk) => store.writeChunks(id, chunk, [bytes])));
    expect(counts.most).toBe(1);
    const many = Array.from({ length: 20 }, (_, number) => idOf(number));
    await Promise.all(many.map((each) => store.writeChunks(each, 1, [bytes]).then(() => store.sync(each))));
    for (const each of many) expect(Buffer.compare(await read(store, each), bytes)).toBe(0);
    await store.close();
    expect(counts.open).toBe(0);
  });

  test("[S6] a write that meets a read of the missing file creates it", async () => {
    const folder = await temporaryFolder();
    const store = await openDiskStore({ path: join(folder, "blobs") });
    const [count] = await Promise.all([
      store.read(id, 0, new Uint8Array(10)),
      store.writeChunks(id, 1, [bytes]),
      store.writePrefix(id, 2, 0, bytes),
    ]);
    expect(count).toBe(0);
    expect((await read(store)).length).toBe(chunkSizeBytes + bytes.length);
    await store.close();
  });

  test("[S6] making room lets a write that is under way end, and there is never a second handle", async () => {
    const sim = createSimFileSystem({ random: seededRandom(1) });
    const { fileSystem, counts } = countHandles(createFaultFileSystem(sim, noFault));
    const store = await openDiskStore({ path: "/blobs", fileSystem, maxOpenFiles: 1 });
    await Promise.all([
      store.writeChunks(id, 1, [bytes]),
      store.writeChunks(idOf(2), 1, [bytes]),
      store.writeChunks(id, 2, [bytes]),
      store.writeChunks(idOf(3), 1, [bytes]),
      store.writeChunks(id, 3, [bytes]).then(() => store.sync(id)),
    ]);
    expect(counts.most).toBeLessThanOrEqual(3);
    expect(await store.read(id, 0, new Uint8Array(3 * chunkSizeBytes))).toBe(2 * chunkSizeBytes + bytes.length);
  });
});
