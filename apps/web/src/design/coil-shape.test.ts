import fc from "fast-check";
import { expect, test } from "vitest";
import { coilRowChunks, coilRows } from "./coil-shape.ts";
import type { ChunkRange } from "./rope-shape.ts";

test("[R4] a coil shows each chunk once, in its row and in the state that it has", () => {
  const runs = fc.array(fc.record({ gap: fc.integer({ min: 1, max: 90 }), length: fc.integer({ min: 1, max: 200 }) }));
  fc.assert(
    fc.property(runs, fc.integer({ min: 1, max: 9_000 }), (lengths, more) => {
      let next = 1;
      const safe = lengths.map(({ gap, length }): ChunkRange => {
        const first = next + gap;
        next = first + length;
        return [first, next - 1];
      });
      const total = next + more;
      const rows = coilRows({ total, safe, moving: [], again: [] });
      const shown = rows.flatMap(({ first, chunks }) =>
        chunks.safe.flatMap(([from, to]) => {
          expect([from >= 1, to <= chunks.total]).toEqual([true, true]);
          return Array.from({ length: to - from + 1 }, (_, index) => first + from - 1 + index);
        }),
      );
      expect(shown).toEqual(safe.flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, i) => from + i)));
      expect(rows.reduce((sum, { chunks }) => sum + chunks.total, 0)).toBe(total);
    }),
  );
});

test("[S16] a coil of a huge file has few rows, and costs as much as it has ranges", () => {
  expect(coilRowChunks(584)).toBe(64);
  const rows = coilRows({ total: 10_000_000, safe: [[1, 9_000_000]], moving: [[9_000_001, 9_000_064]], again: [] });
  expect(rows.length).toBeLessThanOrEqual(24);
  expect(rows.at(-1)?.share).toBeLessThanOrEqual(1);
});
