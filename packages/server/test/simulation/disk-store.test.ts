import { describe, expect, test } from "vitest";
import { openDiskStore } from "../../src/adapters/disk/disk-store.ts";
import type { FileSystem } from "../../src/adapters/disk/file-system.ts";
import type { BlobStore } from "../../src/ports/blob-store.ts";
import { createFaultFileSystem, type FaultPlan } from "./fault-file-system.ts";
import { type Random, randomIndex, seededRandom } from "./random.ts";
import { createSimFileSystem, type SimFileSystem } from "./sim-file-system.ts";

const chunksPerUpload = 3;
const chunkBytes = 6_000;
const statesPerMoment = 2;
/** Two ids in one folder, one beside it, one elsewhere. */
const ids = ["00010", "00011", "00020", "ff000"].map((start) => start.padEnd(32, "a"));

/** What a sync or a removal has promised, per upload: chunks that are whole, or that nothing is there. */
type Promised = Map<string, Set<number> | "removed">;

const contentOf = (id: string, chunk: number) => new Uint8Array(chunkBytes).fill(ids.indexOf(id) * 16 + chunk);

/** Writes, syncs and removes at random; each promise is noted at the moment when it is made. */
async function workOn(store: BlobStore, random: Random, promised: Promised): Promise<void> {
  await Promise.all(
    ids.map(async (id) => {
      for (let round = 0; round < 2; round++) {
        const written = new Set<number>();
        await Promise.all(
          Array.from({ length: chunksPerUpload }, async (_, index) => {
            await store.writeChunks(id, index + 1, [contentOf(id, index + 1)]);
            written.add(index + 1);
            const covered = [...written];
            await store.sync(id);
            const kept = promised.get(id);
            promised.set(id, new Set([...(kept instanceof Set ? kept : []), ...covered]));
          }),
        );
        if (randomIndex(random, 4) === 0) return;
        promised.delete(id);
        await store.remove(id);
        promised.set(id, "removed");
        if (randomIndex(random, 4) === 0) return;
        promised.delete(id);
      }
    }),
  );
}

/** The promises that `found` breaks. */
async function brokenPromises(found: FileSystem, promised: Promised): Promise<string[]> {
  const store = await openDiskStore({ path: "/blobs", fileSystem: found });
  const broken: string[] = [];
  const listed = new Set<string>();
  for await (const id of store.list()) listed.add(id);
  for (const [id, promise] of promised) {
    if (promise === "removed") {
      if (listed.has(id)) broken.push(`${id} came back`);
      continue;
    }
    for (const chunk of promise) {
      const target = new Uint8Array(chunkBytes);
      const count = await store.readPrefix(id, chunk, target);
      if (count < chunkBytes || Buffer.compare(target, contentOf(id, chunk)) !== 0) broken.push(`${id} lost ${chunk}`);
    }
  }
  return broken;
}

/** Runs the work twice over one disk, a process killed between, and looks at states after each of its operations. */
async function findBroken(seed: number, plan?: FaultPlan): Promise<{ broken: string[]; states: number }> {
  const random = seededRandom(seed);
  const promised: Promised = new Map();
  const moments: { found: SimFileSystem; promised: Promised }[] = [];
  const look = () => {
    for (let state = 0; state < statesPerMoment; state++) {
      moments.push({ found: sim.crash({ random }), promised: new Map(promised) });
    }
  };
  const sim = createSimFileSystem({ random, onOperation: look });
  const fileSystem = plan === undefined ? sim : createFaultFileSystem(sim, plan);
  // The first process creates folders and files, syncs nothing and is killed: its handles are simply left.
  const killed = await openDiskStore({ path: "/blobs", fileSystem });
  await Promise.all(ids.slice(0, 2).map((id) => killed.writeChunks(id, 1, [contentOf(id, 1)])));
  const store = await openDiskStore({ path: "/blobs", fileSystem, maxOpenFiles: 2 });
  await workOn(store, random, promised);
  await store.close();
  look();
  const broken: string[] = [];
  for (const moment of moments) broken.push(...(await brokenPromises(moment.found, moment.promised)));
  return { broken, states: moments.length };
}

describe("the disk store when power fails", () => {
  test("[X1] what a sync promised is there, and what a removal promised is gone, in every state", async () => {
    let states = 0;
    for (let seed = 1; seed <= 12; seed++) {
      const result = await findBroken(seed);
      expect(result.broken, `seed ${seed}`).toEqual([]);
      states += result.states;
    }
    expect(states).toBeGreaterThan(1_000);
  });

  const syncs: Record<string, Pick<FaultPlan, "kind" | "path">> = {
    "a file's bytes": { kind: "syncData" },
    "a file's entry": { kind: "syncDirectory", path: /^\/blobs\/..\/..$/ },
    "the inner folder's entry": { kind: "syncDirectory", path: /^\/blobs\/..$/ },
    "the outer folder's entry": { kind: "syncDirectory", path: /^\/blobs$/ },
    "the store's own entry": { kind: "syncDirectory", path: /^\/$/ },
  };
  for (const [name, where] of Object.entries(syncs)) {
    test(`[X1] without the sync of ${name}, promises are broken`, async () => {
      const plan: FaultPlan = { ...where, operation: 1, lasts: "forever", outcome: "ignored" };
      const broken: string[] = [];
      for (let seed = 1; seed <= 12 && broken.length === 0; seed++)
        broken.push(...(await findBroken(seed, plan)).broken);
      expect(broken).not.toEqual([]);
    });
  }
});
