import fc from "fast-check";
import { expect, test } from "vitest";
import { chunkLength, chunkOffset, countChunks, runLength } from "./chunks.ts";
import { limits } from "./limits.ts";

const { chunkSizeBytes, maxSizeBytes, maxRunChunks } = limits;
const size = fc.oneof(
  fc.maxSafeNat(),
  fc.tuple(fc.nat(1_000), fc.constantFrom(-1, 0, 1)).map(([k, d]) => Math.max(0, k * chunkSizeBytes + d)),
);

test.each([
  [0, 0, 0],
  [1, 1, 1],
  [chunkSizeBytes - 1, 1, chunkSizeBytes - 1],
  [chunkSizeBytes, 1, chunkSizeBytes],
  [chunkSizeBytes + 1, 2, 1],
  [7 * chunkSizeBytes, 7, chunkSizeBytes],
  [2 ** 40, 1_048_576, chunkSizeBytes],
  [maxSizeBytes, 8_589_934_592, chunkSizeBytes - 1],
])("[S2] a file of %i bytes has %i chunks, the last of %i bytes", (sizeBytes, chunks, lastBytes) => {
  expect(countChunks(sizeBytes)).toBe(chunks);
  expect(chunkLength(Math.max(1, chunks), sizeBytes)).toBe(lastBytes);
});

test("[S2] chunks lie side by side from 0 to the end, and only the last is shorter", () => {
  fc.assert(
    fc.property(size, fc.double({ min: 0, max: 1, noNaN: true }), (sizeBytes, where) => {
      const last = countChunks(sizeBytes);
      fc.pre(last > 0);
      const chunk = 1 + Math.floor(where * (last - 1));
      expect(chunkOffset(1)).toBe(0);
      expect(chunkLength(last, sizeBytes)).toBeGreaterThan(0);
      expect(chunkOffset(last) + chunkLength(last, sizeBytes)).toBe(sizeBytes);
      if (chunk < last) {
        expect(chunkLength(chunk, sizeBytes)).toBe(chunkSizeBytes);
        expect(chunkOffset(chunk) + chunkSizeBytes).toBe(chunkOffset(chunk + 1));
      }
      expect(chunkLength(last + 1, sizeBytes)).toBe(0);
    }),
  );
});

test("[S2] a run is as long as its chunks together", () => {
  fc.assert(
    fc.property(size, fc.nat(), fc.integer({ min: 1, max: maxRunChunks }), (sizeBytes, start, length) => {
      const chunks = countChunks(sizeBytes);
      fc.pre(chunks > 0);
      const first = 1 + (start % chunks);
      const last = Math.min(chunks, first + length - 1);
      let sumBytes = 0;
      for (let chunk = first; chunk <= last; chunk++) sumBytes += chunkLength(chunk, sizeBytes);
      expect(runLength(first, last, sizeBytes)).toBe(sumBytes);
    }),
  );
});

test("[S2] while the size is unknown every chunk counts as full", () => {
  expect(chunkLength(9_999, null)).toBe(chunkSizeBytes);
  expect(runLength(10, 73, null)).toBe(64 * chunkSizeBytes);
});
