import { describe, expect, test } from "vitest";
import { createFaultFileSystem } from "../../../test/simulation/fault-file-system.ts";
import { seededRandom } from "../../../test/simulation/random.ts";
import { createSimFileSystem } from "../../../test/simulation/sim-file-system.ts";
import { bytes, id, idOf, openFaulty, read } from "../../../test/support/disk.ts";
import { openDiskStore } from "./disk-store.ts";
import type { FileSystem } from "./file-system.ts";

describe("faults", () => {
  test("[S15] short writes and reads are carried through", async () => {
    for (const kind of ["write", "read"] as const) {
      const { store, fileSystem } = await openFaulty({ kind, operation: 1, lasts: "forever", outcome: "short" });
      await store.writeChunks(id, 1, [bytes]);
      await store.writePrefix(id, 2, 0, bytes);
      expect(Buffer.compare((await read(store)).subarray(0, bytes.length), bytes)).toBe(0);
      expect(fileSystem.faults).toBeGreaterThan(2);
    }
  });

  test("[S15] a storage that takes nothing and says nothing is an error", async () => {
    const stuck = createSimFileSystem({ random: seededRandom(1) });
    const inner: FileSystem = {
      makeDirectory: (path) => stuck.makeDirectory(path),
      syncDirectory: (path) => stuck.syncDirectory(path),
      unlink: (path) => stuck.unlink(path),
      listDirectory: (path) => stuck.listDirectory(path),
      capacity: (path) => stuck.capacity(path),
      open: async (path, options) => ({ ...(await stuck.open(path, options)), write: async () => 0 }),
    };
    const store = await openDiskStore({ path: "/blobs", fileSystem: inner });
    await expect(store.writeChunks(id, 1, [bytes])).rejects.toMatchObject({ code: "internal" });
  });

  test("[S15] an interrupted call is made again, within a bound", async () => {
    for (const kind of ["open", "write", "read", "makeDirectory"] as const) {
      const { store } = await openFaulty({ kind, path: /ab/, operation: 1, lasts: "once", outcome: "EINTR" });
      await store.writeChunks(id, 1, [bytes]);
      expect((await read(store)).length).toBe(bytes.length);
    }
    const { store, fileSystem } = await openFaulty({ kind: "write", operation: 1, lasts: "forever", outcome: "EINTR" });
    await expect(store.writeChunks(id, 1, [bytes])).rejects.toMatchObject({ code: "EINTR" });
    expect(fileSystem.faults).toBeLessThan(50);
  });

  test("[S15] a full disk keeps its code, and the upload goes on when there is room", async () => {
    for (const outcome of ["ENOSPC", "EDQUOT"] as const) {
      const { store } = await openFaulty({ kind: "write", operation: 1, lasts: "once", outcome });
      await expect(store.writeChunks(id, 1, [bytes])).rejects.toMatchObject({ code: outcome });
      await store.writeChunks(id, 1, [bytes]);
      await store.sync(id);
      expect(Buffer.compare(await read(store), bytes)).toBe(0);
    }
  });

  test("[S15] without descriptors, idle files are closed and the call is made once more", async () => {
    for (const kind of ["open", "syncDirectory"] as const) {
      const { store, calls } = await openFaulty({ kind, path: /ab/, operation: 1, lasts: "once", outcome: "EMFILE" });
      await store.writeChunks(idOf(1), 1, [bytes]);
      await store.sync(idOf(1));
      await store.writeChunks(id, 1, [bytes]);
      await store.sync(id);
      expect(calls).toContain(`close /blobs/00/01/${idOf(1)}`);
      expect(Buffer.compare(await read(store), bytes)).toBe(0);
    }
    const { store } = await openFaulty({ kind: "open", operation: 1, lasts: "forever", outcome: "ENFILE" });
    await expect(store.writeChunks(id, 1, [bytes])).rejects.toMatchObject({ code: "ENFILE" });
  });

  test("[S15] whatever operation fails, once or for ever: what a sync promised is there", async () => {
    const ids = [id, idOf(1), idOf(0xab02)];
    for (const outcome of ["EIO", "ENOSPC", "EMFILE", "short"] as const) {
      for (const lasts of ["once", "forever"] as const) {
        for (let operation = 1; ; operation++) {
          const sim = createSimFileSystem({ random: seededRandom(operation) });
          const fileSystem = createFaultFileSystem(sim, { operation, lasts, outcome });
          const promised: string[] = [];
          const work = async () => {
            const store = await openDiskStore({ path: "/blobs", fileSystem, maxOpenFiles: 2 });
            await Promise.allSettled(
              ids.map(async (each) => {
                await store.writeChunks(each, 1, [bytes]);
                await store.sync(each);
                promised.push(each);
              }),
            );
            await store.close();
          };
          await work().catch(() => undefined);
          for (let seed = 1; seed <= 3; seed++) {
            const found = await openDiskStore({
              path: "/blobs",
              fileSystem: sim.crash({ random: seededRandom(seed) }),
            });
            for (const each of promised) {
              const isThere = Buffer.compare(await read(found, each), bytes) === 0;
              expect(isThere, `${outcome} ${lasts} from operation ${operation}, seed ${seed}`).toBe(true);
            }
          }
          if (fileSystem.faults === 0) break;
        }
      }
    }
  });
});
