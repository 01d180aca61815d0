import fc from "fast-check";
import { expect, test } from "vitest";
import { blocksOf } from "./blocks.ts";
import { barParts, type ChunkRange, ropePaths } from "./rope-shape.ts";

/** Chunks that a path covers, by its boxes. */
function covered(path: string): number[] {
  return [...path.matchAll(/M(\d+) [\d.]+h(\d+)/g)].flatMap(([, left, width]) =>
    Array.from({ length: Number(width) }, (_, index) => Number(left) + index + 1),
  );
}

test("[R4] the rope shows each chunk once, in the state that it has", () => {
  const states = fc.array(fc.constantFrom("safe", "moving", "again", "thread"), { minLength: 1, maxLength: 200 });
  fc.assert(
    fc.property(states, (chunks) => {
      const rangesOf = (state: string): ChunkRange[] =>
        chunks.flatMap((own, index): ChunkRange[] => (own === state ? [[index + 1, index + 1]] : []));
      const ranges = { safe: rangesOf("safe"), moving: rangesOf("moving"), again: rangesOf("again") };
      const paths = ropePaths({ total: chunks.length, ...ranges });
      const numbers = (state: string) => rangesOf(state).map(([first]) => first);
      expect(covered(paths.safe)).toEqual(numbers("safe"));
      expect(covered(paths.moving)).toEqual(numbers("moving"));
      expect(covered(paths.thread)).toEqual(numbers("thread"));
      expect([...new Set(covered(paths.again))]).toEqual(numbers("again"));
    }),
  );
});

test("[S16] ranges cost one box each, however long they are", () => {
  const paths = ropePaths({ total: 1_000_000, safe: [[1, 999_000]], moving: [[999_001, 999_064]], again: [] });
  expect([paths.safe, paths.thread]).toEqual(["M0 0h999000v8h-999000z", "M999064 3.1h936v1.8h-936z"]);
});

test("[R4] a plain bar never draws more than there is", () => {
  expect(barParts({ total: 10_000, safe: [[1, 5_000]], moving: [], again: [] })).toEqual({ safe: 500, moving: 0 });
  const nearlyAll = barParts({ total: 10_000, safe: [[1, 9_990]], moving: [[9_991, 9_992]], again: [] });
  expect(nearlyAll.safe + nearlyAll.moving).toBeLessThanOrEqual(1_000);
});

test("[S16] blocks of a long list hold every row once", () => {
  fc.assert(
    fc.property(fc.nat(5_000), (count) => {
      let next = 0;
      for (const { start, end } of blocksOf(count)) {
        expect(start).toBe(next);
        expect(end).toBeGreaterThan(start);
        next = end;
      }
      expect(next).toBe(count);
    }),
  );
});
