import { expect, test } from "vitest";
import {
  formatCountdown,
  formatMoment,
  formatShare,
  formatSize,
  formatTime,
  percentOf,
  shortDigest,
} from "./figures.ts";

test("[S16] sizes have one decimal below 10 and none above", () => {
  const written = [0, 999, 1_000, 9_940, 9_960, 999_499, 999_500, 389_000_000, 1_100_000_000, 48e9].map(formatSize);
  expect(written).toEqual([
    "0 B",
    "999 B",
    "1.0 kB",
    "9.9 kB",
    "10 kB",
    "999 kB",
    "1.0 MB",
    "389 MB",
    "1.1 GB",
    "48 GB",
  ]);
});

test("[S16] a share names the unit once where both have it", () => {
  expect(formatShare(389e6, 612e6)).toBe("389 of 612 MB");
  expect(formatShare(940e6, 1.2e9)).toBe("940 MB of 1.2 GB");
  expect(formatShare(0, 61e6)).toBe("0 B of 61 MB");
});

test("[S16] times are rounded, and never say that nothing is left", () => {
  const written = [0, 400, 23_000, 59_600, 240_000, 3_600_000, 4_380_000, 3 * 86_400_000].map(formatTime);
  expect(written).toEqual(["1 s", "1 s", "23 s", "1 min", "4 min", "1 h", "1 h 13 min", "3 days"]);
});

test("[S16] a countdown ends at zero", () => {
  expect([12_000, 11_001, 61_000, 0, -5_000].map(formatCountdown)).toEqual(["0:12", "0:12", "1:01", "0:00", "0:00"]);
});

test("[R4] 100 percent is all of it, never nearly all", () => {
  expect(percentOf(999_999, 1_000_000)).toBe(99);
  expect(percentOf(1_000_000, 1_000_000)).toBe(100);
  expect(percentOf(5, null)).toBeNull();
});

test("[S16] a moment is a time today, a day before", () => {
  const now = new Date(2026, 5, 20, 14, 41).getTime();
  expect(formatMoment(new Date(2026, 5, 20, 9, 5).getTime(), now)).toBe("at 09:05");
  expect(formatMoment(new Date(2026, 5, 19, 23, 59).getTime(), now)).toBe("on 19 June");
  expect(formatMoment(new Date(2025, 11, 31).getTime(), now)).toBe("on 31 December 2025");
});

test("[X5] a short digest shows both ends", () => {
  expect(shortDigest(`tree:${"0123456789abcdef".repeat(4)}`)).toBe("01234567…abcdef");
});
