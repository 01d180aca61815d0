import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  chunksIn,
  countInRanges,
  missingRanges,
  normalizeRanges,
  type Range,
  rangesInclude,
  rangesOf,
} from "./ranges.ts";

const highest = 60;
const chunk = fc.integer({ min: 1, max: highest });
const range = fc.tuple(chunk, chunk).map(([a, b]): Range => [Math.min(a, b), Math.max(a, b)]);
const messy = fc.array(range, { maxLength: 20 });
/** The model: a plain set of chunk numbers. */
const setOf = (ranges: readonly Range[]) => {
  const chunks = new Set<number>();
  for (const [first, last] of ranges) for (let at = first; at <= last; at++) chunks.add(at);
  return chunks;
};
const sorted = (chunks: Iterable<number>) => [...chunks].sort((a, b) => a - b);

function expectCanonical(ranges: readonly Range[]): void {
  for (const [index, [first, last]] of ranges.entries()) {
    expect(first).toBeLessThanOrEqual(last);
    expect(first).toBeGreaterThan((ranges[index - 1]?.[1] ?? -1) + 1);
  }
}

describe("ranges mean the same as a set of chunk numbers", () => {
  test("[S6] whatever the order in which ranges come, the canonical form holds the same chunks", () => {
    fc.assert(
      fc.property(messy, fc.integer(), (ranges, seed) => {
        const canonical = normalizeRanges(ranges);
        expectCanonical(canonical);
        expect(sorted(setOf(canonical))).toEqual(sorted(setOf(ranges)));
        const shuffled = ranges.toSorted(
          (a, b) => ((a[0] * 31 + a[1] * 17 + seed) % 7) - ((b[0] * 31 + b[1] * 17 + seed) % 7),
        );
        expect(normalizeRanges(shuffled)).toEqual(canonical);
        expect(normalizeRanges(canonical)).toEqual(canonical);
      }),
    );
  });

  test("[S6] normalizing leaves its input alone", () => {
    const given: [number, number][] = [
      [5, 6],
      [1, 2],
      [3, 3],
    ];
    expect(normalizeRanges(given)).toEqual([
      [1, 3],
      [5, 6],
    ]);
    expect(given).toEqual([
      [5, 6],
      [1, 2],
      [3, 3],
    ]);
  });

  test("[S6] rising chunk numbers become canonical ranges, equal ones counted once", () => {
    fc.assert(
      fc.property(fc.array(chunk, { maxLength: 80 }), (chunks) => {
        const ranges = rangesOf(sorted(chunks));
        expectCanonical(ranges);
        expect([...chunksIn(ranges)]).toEqual(sorted(new Set(chunks)));
      }),
    );
  });

  test("[S5] what is missing and what is there make up the whole, without overlap", () => {
    fc.assert(
      fc.property(messy, range, (ranges, [first, last]) => {
        const held = normalizeRanges(ranges);
        const missing = missingRanges(held, first, last);
        expectCanonical(missing);
        const expected: number[] = [];
        for (let at = first; at <= last; at++) if (!setOf(held).has(at)) expected.push(at);
        expect([...chunksIn(missing)]).toEqual(expected);
      }),
    );
  });

  test("[S5] counting and looking up agree with the set", () => {
    fc.assert(
      fc.property(messy, (ranges) => {
        const canonical = normalizeRanges(ranges);
        const chunks = setOf(ranges);
        expect(countInRanges(canonical)).toBe(chunks.size);
        for (let at = 0; at <= highest + 1; at++) expect(rangesInclude(canonical, at)).toBe(chunks.has(at));
      }),
    );
  });
});

test("[S5] nothing is missing from an empty file, everything from an upload without chunks", () => {
  expect(missingRanges([], 1, 0)).toEqual([]);
  expect(missingRanges([], 1, 1_048_576)).toEqual([[1, 1_048_576]]);
  expect(missingRanges([[1, 1_048_576]], 1, 1_048_576)).toEqual([]);
});

test("[S2] a million ranges, as of a 1 TiB upload with every second chunk missing, are looked up and counted", () => {
  const held = Array.from({ length: 524_288 }, (_, index): Range => [index * 2 + 1, index * 2 + 1]);
  expect(rangesInclude(held, 524_287)).toBe(true);
  expect(rangesInclude(held, 524_288)).toBe(false);
  expect(countInRanges(missingRanges(held, 1, 1_048_576))).toBe(524_288);
});
