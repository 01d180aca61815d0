import { afterAll, beforeAll, expect, test } from "vitest";
import { Workshop } from "./driver.ts";
import { describeOutcomes, mostSentAgain, runRandomKills } from "./random-kills.ts";

/** Another one each time; `HAWSER_KILLS_SEED` replays. */
const seed = Number(process.env.HAWSER_KILLS_SEED ?? Date.now() % 1_000_000);
const kills = 200;
/** Data folders in use at the same time. */
const lanes = 2;

/** On two busy cores; alone it takes less than a fifth. */
const patienceMs = 600_000;

let workshop: Workshop;

beforeAll(async () => {
  workshop = await Workshop.open();
});

afterAll(() => workshop?.close());

test(
  "[R8] [S5] [S18] [X1] killed 200 times with runs in flight, it loses nothing and every file is exact",
  async () => {
    console.log(`Replay: HAWSER_KILLS_SEED=${seed}`);
    const runs = Array.from({ length: lanes }, (_, lane) =>
      runRandomKills(workshop, `random ${lane}`, { seed: seed + lane, kills: kills / lanes }),
    );
    const outcomes = await Promise.all(runs);
    console.log(describeOutcomes(outcomes));
    expect(outcomes.reduce((sum, outcome) => sum + outcome.kills, 0)).toBe(kills);
    for (const { inFlight, sentAgain } of outcomes) {
      expect(Math.min(...inFlight)).toBeGreaterThanOrEqual(1);
      expect(Math.max(...sentAgain)).toBeLessThanOrEqual(mostSentAgain);
    }
  },
  patienceMs,
);
