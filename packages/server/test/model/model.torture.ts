import fc from "fast-check";
import { test } from "vitest";
import { oneSizeWins, oneUploadForAKey } from "./claims.ts";
import { withEmbeddedStorage } from "./embedded-storage.ts";
import { lastLaneCompletes } from "./lanes.ts";
import { serverAgainstReference } from "./model.ts";
import { racesHaveOneWinner } from "./races.ts";
import { memoryStorage } from "./world.ts";

const minutes = Number(process.env.HAWSER_TORTURE_MINUTES ?? "10");

/** As many runs as fit into a part of the time; each run's seed is printed when it fails. */
const during = (share: number) => ({ numRuns: 10_000_000, interruptAfterTimeLimit: minutes * share * 60_000 });

test("[S8] [S4] [R5] [R6] [R7] [R9] whatever comes in whatever order, the server does what the reference does", async () => {
  const property = serverAgainstReference((work) => work(memoryStorage()), 150);
  await fc.assert(property, during(0.35));
});

test("[S8] [S4] [R5] [R6] [R7] [R9] the same over disk and SQLite, which outlive each restart", async () => {
  await fc.assert(serverAgainstReference(withEmbeddedStorage, 100), during(0.2));
});

test("[S8] [R5] finalize, cancel, expiry and chunks at once: one winner, and the losers learn the state", async () => {
  await fc.assert(racesHaveOneWinner(), during(0.2));
});

test("[S8] [R5] two clients that fix an unknown size: one size wins, and no acknowledged byte contradicts it", async () => {
  await fc.assert(oneSizeWins(), during(0.1));
});

test("[R5] requests with one Idempotency-Key at the same time make one upload", async () => {
  await fc.assert(oneUploadForAKey(), during(0.05));
});

test("[S6] [R5] the last of overlapping lanes completes the file, and all are told of the same one", async () => {
  await fc.assert(lastLaneCompletes(), during(0.1));
});
