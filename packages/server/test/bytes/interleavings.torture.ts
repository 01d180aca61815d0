import fc from "fast-check";
import { test } from "vitest";
import { interleavings } from "../support/interleavings.ts";

const minutes = Number(process.env.HAWSER_TORTURE_MINUTES ?? "10");

test("[R5] [R8] [S6] whatever interleaves, what is acknowledged is durable, right and never written again", async () => {
  await fc.assert(interleavings(), { numRuns: 1_000_000, interruptAfterTimeLimit: minutes * 60_000 });
});
