import { limits } from "@hawser/protocol";
import fc from "fast-check";
import type { Variant } from "../support/contents.ts";
import type { Reference } from "./reference.ts";
import type { Moment } from "./reference-upload.ts";
import type { Witness } from "./witness.ts";
import type { World } from "./world.ts";

const { chunkSizeBytes } = limits;

export interface Real {
  readonly world: World;
  readonly witness: Witness;
}

/** One step of a run; after each, all invariants are looked at. */
export class Step implements fc.AsyncCommand<Reference, Real> {
  readonly #text: string;
  readonly #act: (reference: Reference, world: World) => Promise<void>;

  constructor(what: string, params: unknown, act: (reference: Reference, world: World) => Promise<void>) {
    this.#text = `${what} ${JSON.stringify(params)}`;
    this.#act = act;
  }

  check(): boolean {
    return true;
  }

  async run(reference: Reference, { world, witness }: Real): Promise<void> {
    await this.#act(reference, world);
    await witness.check(reference);
  }

  toString(): string {
    return this.#text;
  }
}

export const now = ({ clock }: World): Moment => ({ wall: clock.now(), monotonic: clock.monotonic() });

/** Two clients; each asks for the other's uploads too. */
export const owner = fc.constantFrom("ann", "bob");
export const size = fc.constantFrom(
  0,
  700,
  chunkSizeBytes - 1,
  chunkSizeBytes,
  ...Array<number>(5).fill(chunkSizeBytes + 300),
  2 * chunkSizeBytes,
  2 * chunkSizeBytes + 1,
  null,
  null,
  null,
);
export const key = fc.constantFrom(null, null, null, "k1", "k2");
export const variant = fc.constantFrom<Variant>("a", "a", "a", "a", "b", "c");
/** Which upload: mostly one of the newest; who asks is mostly its owner. */
export const target = {
  back: fc.constantFrom(0, 0, 0, 0, 0, 0, 1, 1, 1, 2, 2, 3, 5, 99),
  stranger: fc.integer({ min: 0, max: 19 }).map((n) => n === 0),
};
export const share = fc.integer({ min: 0, max: 999 }).map((n) => n / 1_000);
export const rarely = <T>(arbitrary: fc.Arbitrary<T>, freq = 5) => fc.option(arbitrary, { freq });

/** The upload that a step is about, and who asks. */
export function aim(reference: Reference, { back, stranger }: { back: number; stranger: boolean }) {
  const all = [...reference.uploads.values()];
  const [gone] = reference.forgotten;
  const upload = back === 99 ? undefined : all.at(-1 - (back % Math.max(1, all.length)));
  const found = upload ?? { id: gone?.[0] ?? "0".repeat(32), owner: gone?.[1] ?? "ann" };
  return { upload, id: found.id, owner: stranger ? (found.owner === "ann" ? "bob" : "ann") : found.owner };
}
