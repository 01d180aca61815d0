import { expect, test } from "vitest";
import * as values from "./values.ts";

test("[S2] sizes are read as people write them", () => {
  const sizes = { "0": 0, "10": 10, "10B": 10, "1.5 KB": 1500, "10GB": 1e10, "2GiB": 2 ** 31, "8tib": 2 ** 43 };
  for (const [text, bytes] of Object.entries(sizes)) expect(values.parseSize(text)).toBe(bytes);
  for (const text of ["", "-1", "GB", "10 apples", "1e9", "99999TiB", "NaN"]) {
    expect(() => values.parseSize(text)).toThrow(values.UsageError);
  }
});

test("[R6] times are read as people write them", () => {
  const times = { "0": 0, "500ms": 500, "30s": 30_000, "10m": 600_000, "12h": 43_200_000, "7d": 604_800_000 };
  for (const [text, ms] of Object.entries(times)) expect(values.parseDuration(text)).toBe(ms);
  for (const text of ["", "7", "7w", "-1d", "d"]) expect(() => values.parseDuration(text)).toThrow(values.UsageError);
});

test("[S15] a server's address is an HTTP address, and keeps its path", () => {
  expect(values.parseServer("http://127.0.0.1:8080").href).toBe("http://127.0.0.1:8080/");
  expect(values.parseServer("https://example.org/hawser").href).toBe("https://example.org/hawser/");
  for (const text of ["127.0.0.1:8080", "ftp://x", "http://x/?a=1", ""]) {
    expect(() => values.parseServer(text)).toThrow(values.UsageError);
  }
});

test("[S16] figures are short, and 100% is said only of the whole", () => {
  expect([0, 999, 1000, 7_540_000, 612_000_000, 999_950_000].map(values.formatSize)).toEqual([
    "0 B",
    "999 B",
    "1.0 KB",
    "7.5 MB",
    "612 MB",
    "1.0 GB",
  ]);
  expect([10, 23_000, 240_000, 73 * 60_000, 51 * 3_600_000].map(values.formatDuration)).toEqual([
    "1 s",
    "23 s",
    "4 min",
    "73 min",
    "2 d 3 h",
  ]);
  expect(values.formatDuration(2 * 3_600_000 + 780_000)).toBe("2 h 13 min");
  expect(values.formatPercent(999_999, 1_000_000)).toBe("99%");
  expect(values.formatPercent(0, 0)).toBe("100%");
  expect(values.formatCountdown(6_200)).toBe("0:07");
});
