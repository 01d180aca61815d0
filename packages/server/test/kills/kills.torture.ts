import { afterAll, beforeAll, expect, test } from "vitest";
import { Workshop } from "./driver.ts";
import { compoundKills, countPasses, plainKills, runPlans } from "./failpoint-kills.ts";
import { describeOutcomes, mostSentAgain, runRandomKills } from "./random-kills.ts";

const seed = Number(process.env.HAWSER_KILLS_SEED ?? Date.now() % 1_000_000);
const minutes = Number(process.env.HAWSER_TORTURE_MINUTES ?? "10");
const lanes = 2;
/** Passes of a failpoint at which it kills, where there are so many. */
const passesEach = 12;
const killsPerRound = 20;

let workshop: Workshop;

beforeAll(async () => {
  workshop = await Workshop.open();
});

afterAll(() => workshop?.close());

/** Half of the time is each test's. */
function timer(): () => boolean {
  const end = performance.now() + minutes * 30_000;
  return () => performance.now() > end;
}

test("[R8] [S5] [X1] [S18] killed at every pass of every durable step, it loses nothing", async () => {
  const isOver = timer();
  const failpoints = await countPasses(workshop);
  const plans = [...compoundKills(failpoints), ...plainKills(failpoints, passesEach)];
  const deaths = await runPlans(workshop, plans, { lanes, name: "failpoints", isOver });
  console.log(`${deaths} kills`);
  expect(deaths).toBeGreaterThan(0);
});

test("[R8] [S5] [S18] [X1] killed again and again with runs in flight, it loses nothing", async () => {
  console.log(`Replay of the first round: HAWSER_KILLS_SEED=${seed}`);
  const isOver = timer();
  for (let round = 0; round === 0 || !isOver(); round++) {
    const runs = Array.from({ length: lanes }, (_, lane) => {
      const name = `round ${round} ${lane}`;
      return runRandomKills(workshop, name, { seed: seed + round * lanes + lane, kills: killsPerRound });
    });
    const outcomes = await Promise.all(runs);
    console.log(describeOutcomes(outcomes));
    for (const { inFlight, sentAgain } of outcomes) {
      expect(Math.min(...inFlight)).toBeGreaterThanOrEqual(1);
      expect(Math.max(...sentAgain)).toBeLessThanOrEqual(mostSentAgain);
    }
  }
});
