import { rangesOf } from "@hawser/protocol";
import fc from "fast-check";
import { expect } from "vitest";
import { chunkOf, type Variant } from "../support/contents.ts";
import { outcomeOf } from "./outcome.ts";
import type { Reference } from "./reference.ts";
import { hasEnded, type Moment, refuseEnded } from "./reference-upload.ts";
import { aim, now, Step, target } from "./step.ts";
import { times, type World } from "./world.ts";

/** Flips bytes in the store, then asks for a check. */
export const verify = fc.record({ ...target, rotten: fc.subarray([1, 2, 3]) }).map(
  (params) =>
    new Step("verify", params, async (reference, world) => {
      const { upload, owner, id } = aim(reference, params);
      const isMine = upload?.owner === owner && !hasEnded(upload) && !upload.small;
      const rotten = isMine ? params.rotten.filter((chunk) => upload.whole.has(chunk)) : [];
      for (const chunk of rotten) {
        const bytes = chunkOf(upload?.whole.get(chunk) as Variant, chunk, upload?.size ?? null).slice();
        bytes[bytes.length - 1] = (bytes.at(-1) as number) ^ 1;
        await world.store.writeChunks(id, chunk, [bytes]);
      }
      const real = await outcomeOf(() => world.domain.verify(owner, id));
      const told = await outcomeOf(async () => {
        const found = reference.find(owner, id);
        refuseEnded(found);
        const rising = (chunks: Iterable<number>) => rangesOf([...chunks].sort((a, b) => a - b));
        const checked = rising(found.whole.keys());
        for (const chunk of rotten) {
          found.damaged.set(chunk, found.whole.get(chunk) as Variant);
          found.whole.delete(chunk);
        }
        if (rotten.length > 0 && found.state === "active") found.refuted = null;
        return { checked, damaged: rising(found.damaged.keys()) };
      });
      expect(real).toEqual(told);
    }),
);

export const restart = fc.constant(null).map((none) => new Step("restart", none, (_, world) => world.restart()));

export const pass = fc
  .constantFrom(60_000, times.hourMs, times.hourMs, 3 * times.dayMs, 8 * times.dayMs, 31 * times.dayMs)
  .map((ms) => new Step("time passes", ms, async (_, world) => world.clock.advance(ms)));

/** The clock is set, for good or until somebody has begun an upload. */
export const jump = fc
  .record({ ms: fc.constantFrom(-30 * times.dayMs, 30 * times.dayMs), comesBack: fc.boolean() })
  .map(
    ({ ms, comesBack }) =>
      new Step("the clock jumps", { ms, comesBack }, async (reference, world) => {
        world.clock.jump(ms);
        if (!comesBack) return;
        const { response } = await world.domain.initialize("ann", { filename: "f", size: 700 }, null);
        reference.add(response.id, "ann", 700, now(world));
        world.clock.jump(-ms);
      }),
  );

/** Bytes that no upload owns, as a process that died may leave them. */
export const leftover = fc.constant(null).map(
  (none) =>
    new Step("leave bytes", none, async (reference, world) => {
      const id = world.createId();
      await world.store.writeChunks(id, 1, [chunkOf("a", 1, 700)]);
      reference.orphans.add(id);
    }),
);

/**
 * A round of the sweep may remove what has stood still for its time by the wall clock, and for an hour by the clock
 * that never jumps; nothing else.
 */
export async function sweepAll(reference: Reference, world: World): Promise<void> {
  for (let more = true; more; ) ({ more } = await world.domain.sweep());
  await world.settle();
  const at = now(world);
  const isOver = (since: Moment, wallMs: number) =>
    at.wall - since.wall >= wallMs && at.monotonic - since.monotonic >= times.markMs;
  for (const upload of [...reference.uploads.values()]) {
    const record = await world.ledger.read((reader) => reader.anyUpload(upload.id));
    if (upload.state === "active" && record?.state === "expired") {
      expect(isOver(upload.activeAt, times.expiryMs), `R6: ${upload.id} may expire`).toBe(true);
      reference.end(upload, "expired", at);
    }
    if (record === undefined) {
      expect(hasEnded(upload) && isOver(upload.endedAt as Moment, times.tombstoneMs), "R6: tombstone").toBe(true);
      reference.forget(upload);
    }
  }
}

export const sweep = fc.constant(null).map((none) => new Step("sweep", none, sweepAll));

/** Nobody comes for a long time, and the sweep goes on. */
export const idle = fc.constantFrom(times.dayMs, times.expiryMs, times.tombstoneMs).map(
  (ms) =>
    new Step("nobody comes", ms, async (reference, world) => {
      for (const passing of [ms, times.hourMs, times.hourMs]) {
        world.clock.advance(passing);
        await sweepAll(reference, world);
      }
    }),
);
