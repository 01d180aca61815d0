import { expect, test } from "vitest";
import { formatLimit, readLimit } from "./limits.ts";

test("[S16] a limit is read as a person writes it, and what is no speed is none", () => {
  expect(["5", " 0,25 ", "0.0000001", "", "0", "-1", "fast", "1e400"].map(readLimit)).toEqual([
    5_000_000,
    250_000,
    1_000,
    null,
    null,
    null,
    null,
    null,
  ]);
  expect([250_000, 1_000_000, 1_500_000].map(formatLimit)).toEqual(["250 kB/s", "1 MB/s", "1.5 MB/s"]);
});
