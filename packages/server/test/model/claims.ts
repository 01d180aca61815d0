import { HawserError, limits } from "@hawser/protocol";
import fc from "fast-check";
import { expect } from "vitest";
import { chunkOf, digestOf, sha256, type Variant } from "../support/contents.ts";
import { wholeBody } from "../support/scripted-body.ts";
import { ScheduledWorld } from "./scheduled-world.ts";
import type { World } from "./world.ts";

const { chunkSizeBytes } = limits;
const owner = "ann";

/** What two clients may claim of an upload whose size is unknown. */
type Claim =
  | { readonly what: "finalize"; readonly size: number }
  | { readonly what: "last chunk"; readonly size: number; readonly variant: Variant }
  | { readonly what: "prefix"; readonly bytes: number; readonly variant: Variant }
  | { readonly what: "full chunk"; readonly variant: Variant };

const size = fc.constantFrom(chunkSizeBytes, chunkSizeBytes + 300, chunkSizeBytes + 500, 2 * chunkSizeBytes);
const variant = fc.constantFrom<Variant>("a", "a", "b");
const claim: fc.Arbitrary<Claim> = fc.oneof(
  fc.record({ what: fc.constant("finalize" as const), size }),
  fc.record({ what: fc.constant("last chunk" as const), size, variant }),
  fc.record({ what: fc.constant("prefix" as const), bytes: fc.constantFrom(100, 300, 400, chunkSizeBytes), variant }),
  fc.record({ what: fc.constant("full chunk" as const), variant }),
);

const tolerable: Readonly<Record<Claim["what"], readonly string[]>> = {
  finalize: ["size_conflict", "file_mismatch", "chunks_missing"],
  // The order of checks has the form of the run before its size.
  "last chunk": ["size_conflict", "invalid_chunk", "body_too_short", "chunk_conflict", "state_conflict"],
  prefix: ["offset_conflict", "invalid_chunk", "body_too_long", "state_conflict", "size_conflict"],
  "full chunk": [
    "chunk_conflict",
    "invalid_chunk",
    "body_too_long",
    "body_too_short",
    "state_conflict",
    "size_conflict",
  ],
};

async function perform(one: Claim, { domain, room }: World, id: string): Promise<number | undefined> {
  if (one.what === "finalize") {
    const result = await domain.finalize(owner, id, { size: one.size });
    return result.status === 200 ? result.file.size : undefined;
  }
  const isLast = one.what === "last chunk";
  const chunk = isLast ? Math.ceil(one.size / chunkSizeBytes) : 2;
  const bytes = chunkOf(one.variant, chunk, isLast ? one.size : null);
  const body = one.what === "prefix" ? bytes.subarray(0, one.bytes) : bytes;
  const simple = { owner, id, first: chunk, last: chunk, offsetBytes: 0, partial: one.what === "prefix" };
  const digests = [one.what === "prefix" ? sha256(body) : digestOf(one.variant, chunk, isLast ? one.size : null)];
  const sizeBytes = isLast ? one.size : null;
  await room.receiveRun({ ...simple, digests, sizeBytes, contentLength: body.length }, wholeBody(body));
  return isLast ? one.size : undefined;
}

/** Claims about one unknown size, and bytes that fit one of them only: one size wins, and nothing contradicts it. */
export function oneSizeWins() {
  return fc.asyncProperty(
    fc.array(claim, { minLength: 2, maxLength: 6 }),
    fc.scheduler(),
    async (claims, scheduler) => {
      const stage = await ScheduledWorld.open(scheduler);
      const { world, witness } = stage;
      try {
        const { response } = await world.domain.initialize(owner, { filename: "f", size: null }, null);
        const { id } = response;
        const first = {
          owner,
          id,
          first: 1,
          last: 1,
          digests: [digestOf("a", 1, null)],
          offsetBytes: 0,
          partial: false,
        };
        const body = chunkOf("a", 1, null);
        await world.room.receiveRun({ ...first, sizeBytes: null, contentLength: body.length }, wholeBody(body));
        const works = claims.map((one) => ({ name: one.what, perform: () => perform(one, world, id) }));
        const outcomes = await stage.run(works);
        const record = await world.ledger.read((reader) => reader.anyUpload(id));
        outcomes.forEach((outcome, i) => {
          const { what } = claims[i] as Claim;
          if (!(outcome instanceof HawserError)) expect(outcome ?? record?.sizeBytes, what).toBe(record?.sizeBytes);
          else expect(tolerable[what], `${what} was told ${outcome.code}: ${outcome.message}`).toContain(outcome.code);
        });
        const events = await world.ledger.read((reader) => reader.eventsAfter(0, 100));
        const fixed = events.filter(({ kind }) => kind === "size_fixed").map(({ data }) => data.size);
        expect(fixed).toEqual(record?.sizeBytes === null ? [] : [record?.sizeBytes]);
        await witness.checkBytes();
      } finally {
        await stage.close();
      }
    },
  );
}

/** Requests with one `Idempotency-Key` at the same time make one upload, whatever interleaves. */
export function oneUploadForAKey() {
  const request = fc.record({
    route: fc.constantFrom("initialize", "small", "large"),
    other: fc.nat(3).map((n) => n === 0),
  });
  return fc.asyncProperty(
    fc.array(request, { minLength: 2, maxLength: 5 }),
    fc.scheduler(),
    async (requests, scheduler) => {
      const stage = await ScheduledWorld.open(scheduler);
      const { domain, room, ledger } = stage.world;
      const begin = async (filename: string) => {
        const { created, response } = await domain.initialize(owner, { filename, size: 1 }, "k");
        return { created, id: response.id };
      };
      const shoot = async (filename: string, sizeBytes: number) => {
        const digests = [1, 2].slice(0, Math.ceil(sizeBytes / chunkSizeBytes)).map((n) => digestOf("a", n, sizeBytes));
        const body = Buffer.concat(digests.map((_, i) => chunkOf("a", i + 1, sizeBytes)));
        const fields = { filename };
        const oneShot = { owner, fields, sizeBytes, digests, idempotencyKey: `k ${sizeBytes}` };
        const { created, file } = await room.receiveOneShot(oneShot, wholeBody(body));
        return { created, id: file.id };
      };
      try {
        const works = requests.map(({ route, other }) => ({
          name: `${route} ${other}`,
          perform: () =>
            route === "initialize"
              ? begin(other ? "other" : "f")
              : shoot(other ? "other" : "f", route === "small" ? 700 : chunkSizeBytes + 300),
        }));
        const outcomes = await stage.run(works);
        for (const route of ["initialize", "small", "large"]) {
          const mine = outcomes.filter((_, i) => requests[i]?.route === route);
          const made = mine.flatMap((outcome) => (outcome instanceof HawserError ? [] : [outcome]));
          expect(new Set(made.map(({ id }) => id)).size, route).toBe(mine.length === 0 ? 0 : 1);
          expect(made.filter(({ created }) => created).length, route).toBe(made.length === 0 ? 0 : 1);
          for (const refusal of mine) {
            if (refusal instanceof HawserError) expect(refusal.code).toMatch(/^idempotency_(busy|mismatch)$/);
          }
        }
        const ids = outcomes.flatMap((outcome) => (outcome instanceof HawserError ? [] : [outcome.id]));
        const events = await ledger.read((reader) => reader.eventsAfter(0, 1_000));
        const told = new Set(events.map(({ uploadId }) => uploadId));
        expect([...told].sort(), "no upload besides those that were answered").toEqual([...new Set(ids)].sort());
        await stage.witness.checkBytes();
      } finally {
        await stage.close();
      }
    },
  );
}
