import { HawserError } from "@hawser/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import { backoffDelayMs, GaveUpError, isPassing, Patience, type Timing } from "./backoff.ts";

test("[S15] delays lie between what the server asked for and ten seconds more", () => {
  fc.assert(
    fc.property(
      fc.nat(2000),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      fc.nat(60_000),
      (attempt, random, retryAfterMs) => {
        const delayMs = backoffDelayMs(attempt, random, retryAfterMs);
        expect(delayMs).toBeGreaterThanOrEqual(retryAfterMs);
        expect(delayMs).toBeLessThanOrEqual(retryAfterMs + 10_000);
      },
    ),
  );
  expect([0, 1, 2, 3].map((attempt) => backoffDelayMs(attempt, 0.5))).toEqual([125, 250, 500, 1000]);
});

test("[S15] only time without progress is limited; progress gives all of it back", () => {
  let now = 0;
  const timing: Timing = { now: () => now, monotonic: () => now, random: () => 0.5, sleep: async () => {} };
  const patience = new Patience(timing, 60_000);
  const trouble = new HawserError("unavailable");
  const delays = Array.from({ length: 8 }, () => patience.nextDelayMs(trouble));
  expect(delays).toEqual([125, 250, 500, 1000, 2000, 4000, 5000, 5000]);
  now = 59_000;
  expect(patience.nextDelayMs(trouble)).toBe(1000);
  patience.progressed();
  now = 60_001;
  expect(patience.nextDelayMs(trouble)).toBe(125);
  expect(() => patience.nextDelayMs(new HawserError("unavailable", { retryAfterSeconds: 90 }))).toThrow(GaveUpError);
  now = 119_001;
  expect(() => patience.nextDelayMs(trouble)).toThrow(GaveUpError);
});

test("[S15] what cannot change by waiting is not waited for", () => {
  expect(isPassing(new HawserError("storage_full"))).toBe(true);
  expect(isPassing(new HawserError("chunks_missing"))).toBe(true);
  expect(isPassing(new HawserError("size_too_large"))).toBe(false);
  expect(isPassing(new Error("bug"))).toBe(false);
});
