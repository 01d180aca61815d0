import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { limits } from "@hawser/protocol";
import { onTestFinished } from "vitest";
import { openDiskStore } from "../../src/adapters/disk/disk-store.ts";
import type { FileSystem } from "../../src/adapters/disk/file-system.ts";
import type { BlobStore } from "../../src/ports/blob-store.ts";
import { createFaultFileSystem, type FaultPlan } from "../simulation/fault-file-system.ts";
import { seededRandom } from "../simulation/random.ts";
import { createSimFileSystem, type OperationKind } from "../simulation/sim-file-system.ts";

/** An upload's id that begins with the four hex digits of `number`. */
export const idOf = (number: number) => number.toString(16).padStart(4, "0").padEnd(32, "5");
export const id = idOf(0xab01);
/** A short chunk. */
export const bytes = Uint8Array.from({ length: 5_000 }, (_, index) => index % 253);
/** A fault that never comes. */
export const noFault: FaultPlan = { operation: Number.POSITIVE_INFINITY, lasts: "once", outcome: "EIO" };

/** Goes with the test that asked for it. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "hawser-disk-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

/** A store over the simulated file system with a fault, and the operations that reached the simulation. */
export async function openFaulty(plan: FaultPlan, options: { maxOpenFiles?: number } = {}) {
  const calls: string[] = [];
  const onOperation = (_: number, kind: OperationKind, path: string) => calls.push(`${kind} ${path}`);
  const sim = createSimFileSystem({ random: seededRandom(1), onOperation });
  const fileSystem = createFaultFileSystem(sim, plan);
  return { store: await openDiskStore({ path: "/blobs", fileSystem, ...options }), fileSystem, sim, calls };
}

/** The same file system, with the number of handles that are open, and every open that was asked for. */
export function countHandles(inner: FileSystem) {
  const counts = { open: 0, most: 0, directWrites: 0 };
  const fileSystem: FileSystem = {
    ...inner,
    async open(path, options) {
      const handle = await inner.open(path, options);
      counts.open++;
      counts.most = Math.max(counts.most, counts.open);
      return {
        ...handle,
        write: async (written, position) => {
          const taken = await handle.write(written, position);
          if (options.direct === true) counts.directWrites++;
          return taken;
        },
        close: () => {
          counts.open--;
          return handle.close();
        },
      };
    },
  };
  return { fileSystem, counts };
}

/** The first two chunks. */
export async function read(store: BlobStore, of = id): Promise<Uint8Array> {
  const target = new Uint8Array(2 * limits.chunkSizeBytes);
  return target.subarray(0, await store.read(of, 0, target));
}
