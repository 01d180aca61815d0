import fc from "fast-check";
import { test } from "vitest";
import { oneSizeWins, oneUploadForAKey } from "./claims.ts";
import { lastLaneCompletes } from "./lanes.ts";
import { racesHaveOneWinner } from "./races.ts";

test("[S8] [R5] finalize, cancel, expiry and chunks at once: one winner, and the losers learn the state", async () => {
  await fc.assert(racesHaveOneWinner(), { numRuns: 600 });
});

test("[S8] [R5] two clients that fix an unknown size: one size wins, and no acknowledged byte contradicts it", async () => {
  await fc.assert(oneSizeWins(), { numRuns: 250 });
});

test("[R5] requests with one Idempotency-Key at the same time make one upload", async () => {
  await fc.assert(oneUploadForAKey(), { numRuns: 150 });
});

test("[S6] [R5] the last of overlapping lanes completes the file, and all are told of the same one", async () => {
  await fc.assert(lastLaneCompletes(), { numRuns: 100 });
});
