import { limits } from "@hawser/protocol";
import fc from "fast-check";
import { expect } from "vitest";
import { commands } from "./commands.ts";
import { sweepAll } from "./fault-commands.ts";
import { Reference } from "./reference.ts";
import { hasEnded } from "./reference-upload.ts";
import { now, type Real } from "./step.ts";
import { Witness } from "./witness.ts";
import { type Storage, times, World } from "./world.ts";

/** The server does what the reference does, whatever comes in whatever order, and in the end nothing is left over. */
export function serverAgainstReference(withStorage: WithStorage, maxCommands: number) {
  return fc.asyncProperty(commands(maxCommands), (steps) =>
    withStorage(async (storage) => {
      const world = await World.open(storage);
      const real: Real = { world, witness: new Witness(world) };
      const reference = new Reference();
      try {
        await startWith(reference, real);
        await fc.asyncModelRun(() => ({ model: reference, real }), steps);
        await expectEnd(reference, real);
      } finally {
        await world.close();
      }
    }),
  );
}

/** Lends storage for one run. */
type WithStorage = (work: (storage: Storage) => Promise<void>) => Promise<void>;

/** Two uploads to begin with, so that few steps go to waste. */
async function startWith(reference: Reference, { world }: Real): Promise<void> {
  for (const [owner, size] of [
    ["bob", null],
    ["ann", limits.chunkSizeBytes + 300],
  ] as const) {
    const { response } = await world.domain.initialize(owner, { filename: "f", size }, null);
    reference.add(response.id, owner, size, now(world));
  }
}

/** What is left alone expires, what has ended is forgotten, and its bytes are gone; files stay (I9). */
async function expectEnd(reference: Reference, { world, witness }: Real): Promise<void> {
  const idle = async (idleMs: number) => {
    for (const ms of [idleMs, 2 * times.hourMs, 2 * times.hourMs]) {
      world.clock.advance(ms);
      await sweepAll(reference, world);
    }
  };
  // A clock that was set back makes uploads live longer, by as much as it was set back.
  await idle(times.expiryMs + 300 * times.dayMs);
  expect([...reference.uploads.values()].filter(({ state }) => state === "active")).toEqual([]);
  await idle(times.tombstoneMs + 300 * times.dayMs);
  const uploads = [...reference.uploads.values()];
  expect(uploads.filter(hasEnded)).toEqual([]);
  await witness.check(reference);
  const stored: string[] = [];
  for await (const id of world.store.list()) stored.push(id);
  const inBlobs = uploads.filter(({ small, whole, damaged }) => !small && whole.size + damaged.size > 0);
  expect(stored.sort()).toEqual(inBlobs.map(({ id }) => id).sort());
}
