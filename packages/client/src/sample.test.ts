import fc from "fast-check";
import { expect, test } from "vitest";
import { planSample, sampleHeader } from "./sample.ts";

const mib = 1_048_576;

test("[R2] the sampled hash reads the first, the last and evenly spread blocks, which never overlap", () => {
  fc.assert(
    fc.property(fc.integer({ min: mib + 1, max: Number.MAX_SAFE_INTEGER }), (sizeBytes) => {
      const blocks = planSample(sizeBytes);
      expect(blocks).toHaveLength(16);
      expect(blocks[0]?.offset).toBe(0);
      expect((blocks[15]?.offset ?? 0) + 65_536).toBe(sizeBytes);
      for (const [i, { offset }] of blocks.entries()) {
        const before = blocks[i - 1];
        if (before !== undefined) expect(offset).toBeGreaterThanOrEqual(before.offset + before.sizeBytes);
      }
    }),
  );
});

test("[R2] a file of up to 1 MiB is read whole", () => {
  for (const sizeBytes of [0, 1, 65_536, mib]) expect(planSample(sizeBytes)).toEqual([{ offset: 0, sizeBytes }]);
});

test("[R2] blocks and header are what the documentation says", () => {
  expect(planSample(10 * mib).map(({ offset }) => offset)).toEqual([
    ...Array.from({ length: 15 }, (_, i) => i * 694_681),
    10 * mib - 65_536,
  ]);
  expect([...sampleHeader(0x01_02_03_04_05)]).toEqual([0, 0, 0, 1, 2, 3, 4, 5]);
});
