import fc from "fast-check";
import { test } from "vitest";
import { interleavings } from "../../test/support/interleavings.ts";

test("[R5] [R8] [S6] whatever interleaves, what is acknowledged is durable, right and never written again", async () => {
  await fc.assert(interleavings(), { numRuns: 60 });
}, 60_000);
