import fc from "fast-check";
import { expect, test } from "vitest";
import { RunPace } from "./adapt.ts";

const mib = 1_048_576;

/** Requests one after the other on a line that carries so much, with a round trip for each. */
function settle(pace: RunPace, bytesPerSecond: number, roundTripMs: number, requests = 30): number {
  const took = (bytes: number) => roundTripMs + (1_000 * bytes) / bytesPerSecond;
  for (let i = 0; i < requests; i++) pace.took(pace.bytes, took(pace.bytes));
  return took(pace.bytes);
}

test("[S17] [I2] whatever the line carries, requests come to take four to eight seconds, or are as long as may be", () => {
  const lines = [fc.integer({ min: 8_000, max: 50_000_000 }), fc.integer({ min: 1, max: 1_500 })] as const;
  fc.assert(
    fc.property(...lines, (bytesPerSecond, roundTripMs) => {
      const pace = new RunPace(16 * mib);
      const tookMs = settle(pace, bytesPerSecond, roundTripMs);
      expect(tookMs).toBeLessThanOrEqual(8_001);
      if (pace.bytes < 16 * mib) expect(tookMs).toBeGreaterThanOrEqual(4_000);
    }),
  );
});

test("[S17] a quick line is believed after a few requests, a slow one at once", () => {
  const pace = new RunPace(16 * mib);
  const lengths = [0, 1, 2, 3].map(() => {
    const { bytes } = pace;
    pace.took(bytes, 10);
    return bytes;
  });
  expect(lengths).toEqual([mib / 4, mib, 4 * mib, 16 * mib]);
  pace.took(16 * mib, 160_000);
  expect(pace.bytes).toBe(mib / 2);
});

test("[R8] on a line that carries nearly nothing a request is never a crumb; with little allowed never more", () => {
  const pace = new RunPace(16 * mib);
  settle(pace, 300, 100);
  expect(pace.bytes).toBe(32_768);
  const small = new RunPace(mib);
  settle(small, 1e9, 1);
  expect(small.bytes).toBe(mib);
});

test("[S17] a request that was short because little was left changes nothing, but a slow one does", () => {
  const pace = new RunPace(16 * mib);
  settle(pace, 1_000_000, 10);
  const { bytes } = pace;
  expect(pace.took(bytes / 10, 400)).toBe(false);
  expect(pace.bytes).toBe(bytes);
  pace.took(bytes / 10, 20_000);
  expect(pace.bytes).toBeLessThan(bytes / 20);
});

test("[S17] only requests as long as they should be are compared", () => {
  const pace = new RunPace(16 * mib);
  expect(pace.took(mib / 4, 10)).toBe(false);
  expect(pace.took(mib, 4_500)).toBe(true);
  expect(pace.took(mib, 9_000)).toBe(true);
  settle(pace, 1e9, 1);
  expect(pace.took(16 * mib, 20)).toBe(true);
});

test("[S15] how long bytes may take is not known before the first answer, and in proportion after it", () => {
  const pace = new RunPace(16 * mib);
  expect(pace.expectedMs(1_000)).toBeNull();
  settle(pace, 1_000_000, 0);
  expect(pace.expectedMs(500_000)).toBeGreaterThan(300);
  expect(pace.expectedMs(500_000)).toBeLessThan(800);
  pace.scale(0.5);
  expect(pace.expectedMs(500_000)).toBeGreaterThan(700);
});
