import { countChunks, finalStates, HawserError, limits, type UploadState } from "@hawser/protocol";
import fc from "fast-check";
import { expect } from "vitest";
import { chunkOf, digestOf, type Variant } from "../support/contents.ts";
import { wholeBody } from "../support/scripted-body.ts";
import { ScheduledWorld } from "./scheduled-world.ts";
import { times, type World } from "./world.ts";

const { chunkSizeBytes } = limits;
const owner = "ann";
const sizeBytes = chunkSizeBytes + 300;
const chunks = [1, 2] as const;

/** What may happen at the same time as the others. */
type Act =
  | { readonly what: "finalize"; readonly sha256: "none" | "wrong" }
  | { readonly what: "cancel" | "expire" | "delete" | "verify" | "complete" | "resume" }
  | {
      readonly what: "send";
      readonly first: number;
      readonly last: number;
      readonly variant: Variant;
      readonly damaged: boolean;
    };

const simple = fc.constantFrom<Act>(
  { what: "finalize", sha256: "none" },
  { what: "finalize", sha256: "none" },
  { what: "finalize", sha256: "wrong" },
  { what: "cancel" },
  { what: "cancel" },
  { what: "expire" },
  { what: "expire" },
  { what: "delete" },
  { what: "verify" },
  { what: "complete" },
  { what: "resume" },
);
const sending = fc.record({
  what: fc.constant("send" as const),
  first: fc.constantFrom(1, 2),
  last: fc.constant(2),
  variant: fc.constantFrom<Variant>("a", "a", "a", "b"),
  damaged: fc.integer({ min: 0, max: 4 }).map((n) => n === 0),
});
const act: fc.Arbitrary<Act> = fc.oneof({ arbitrary: simple, weight: 2 }, { arbitrary: sending, weight: 1 });

/** An upload that an hour's idleness has marked, with these chunks acknowledged: the next sweep may expire it. */
async function begin(world: World, held: readonly number[]): Promise<string> {
  const { domain } = world;
  const { response } = await domain.initialize(owner, { filename: "f", size: sizeBytes }, null);
  for (const chunk of held) await send(world, response.id, chunk, chunk, "a", false);
  world.clock.advance(times.expiryMs);
  await domain.sweep();
  world.clock.advance(times.markMs);
  return response.id;
}

async function send(world: World, id: string, first: number, last: number, variant: Variant, damaged: boolean) {
  const run = chunks.filter((chunk) => chunk >= first && chunk <= last);
  const digests = run.map((chunk) => digestOf(variant, chunk, sizeBytes));
  const body = Buffer.concat(run.map((chunk) => chunkOf(damaged && chunk === last ? "c" : variant, chunk, sizeBytes)));
  const simple = { owner, id, first, last, digests, offsetBytes: 0, partial: false, sizeBytes: null };
  await world.room.receiveRun({ ...simple, contentLength: body.length }, wholeBody(body));
}

/** Does one thing; `won` when the caller was told that it made the upload end so. */
async function perform(act: Act, world: World, id: string): Promise<UploadState | undefined> {
  const { domain } = world;
  switch (act.what) {
    case "finalize": {
      const claim = act.sha256 === "wrong" ? { sha256: "0".repeat(64) } : {};
      const result = await domain.finalize(owner, id, claim);
      return result.status === 200 ? "completed" : undefined;
    }
    case "complete":
      return (await domain.completeIfWhole(owner, id)) === undefined ? undefined : "completed";
    case "cancel":
      await domain.cancel(owner, id);
      return "cancelled";
    case "expire":
      return (await domain.sweep()).expired > 0 ? "expired" : undefined;
    case "delete":
      await domain.deleteFile(owner, id);
      return "completed";
    case "verify":
      expect((await domain.verify(owner, id)).damaged).toEqual([]);
      return undefined;
    case "resume":
      await domain.resume(owner, id, 1);
      return undefined;
    case "send":
      await send(world, id, act.first, act.last, act.variant, act.damaged);
      return undefined;
  }
}

/** What losers may be told. Nothing else is an answer to a race, an unknown error least of all. */
const tolerable: Readonly<Record<Act["what"], readonly string[]>> = {
  finalize: ["gone", "chunks_missing", "file_mismatch"],
  complete: ["gone"],
  cancel: ["gone", "state_conflict"],
  expire: [],
  delete: ["not_found", "gone"],
  verify: ["gone", "state_conflict"],
  resume: ["gone"],
  send: ["gone", "state_conflict", "chunk_conflict", "digest_mismatch"],
};

/** Finalize, cancel, expiry, deletion, checks and chunks of two clients at once, in any interleaving of their steps. */
export function racesHaveOneWinner() {
  return fc.asyncProperty(
    fc.constantFrom<number[]>([1, 2], [1, 2], [1], []),
    fc.array(act, { minLength: 2, maxLength: 7, size: "max" }),
    fc.scheduler(),
    async (held, acts, scheduler) => {
      const stage = await ScheduledWorld.open(scheduler);
      try {
        const id = await begin(stage.world, held);
        const works = acts.map((one) => ({ name: one.what, perform: () => perform(one, stage.world, id) }));
        const outcomes = await stage.run(works);
        const winners = outcomes.map((outcome, i) => {
          if (!(outcome instanceof HawserError)) return outcome;
          const { what } = acts[i] as Act;
          expect(tolerable[what], `${what} was told ${outcome.code}: ${outcome.message}`).toContain(outcome.code);
          return undefined;
        });
        await expectOneWinner(stage, id, winners);
      } finally {
        await stage.close();
      }
    },
  );
}

async function expectOneWinner(stage: ScheduledWorld, id: string, winners: readonly (UploadState | undefined)[]) {
  const { world, witness } = stage;
  const [record] = await witness.checkLedger();
  const state = record?.state as UploadState;
  const ends = new Set(winners.filter((winner) => winner !== undefined));
  expect([...ends], "those who were told of an end were told of the same").toEqual(ends.size === 0 ? [] : [state]);
  const events = await world.ledger.read((reader) => reader.eventsAfter(0, 1_000));
  const finals = events.map(({ kind }) => kind as string).filter((kind) => finalStates.includes(kind as UploadState));
  expect(finals, "at most one end").toEqual(finalStates.includes(state) ? [state] : []);
  expect(state).not.toBe("assembling");
  await witness.checkBytes();
  // What lives can be finished and is exact; what ended is removed in the end.
  if (state === "active") await finish(world, id);
  const lives = state === "active" || (state === "completed" && record?.deletedAt === null);
  await stage.sweep();
  await witness.checkBytes();
  expect(await stage.storedIds(), "I9: bytes of what lives, and no others").toEqual(lives ? [id] : []);
}

async function finish(world: World, id: string): Promise<void> {
  const { domain } = world;
  const held = new Set((await domain.manifest(owner, id, 1)).chunks.map(([chunk]) => chunk));
  for (const chunk of chunks) if (!held.has(chunk)) await send(world, id, chunk, chunk, "a", false);
  await domain.finalize(owner, id, {});
  expect((await domain.manifest(owner, id, 1)).chunks).toHaveLength(countChunks(sizeBytes));
}
