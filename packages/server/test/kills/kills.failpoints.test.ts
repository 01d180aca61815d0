import { afterAll, beforeAll, expect, test } from "vitest";
import { Workshop } from "./driver.ts";
import {
  compoundKills,
  countPasses,
  type Failpoints,
  type KillPlan,
  killsIn,
  plainKills,
  runPlans,
} from "./failpoint-kills.ts";

/** Replays one plan of kills, as a failure prints it. */
const replay = process.env.HAWSER_KILLS?.split(",");
const lanes = 2;

/** On two busy cores; alone it takes less than a fifth. */
const patienceMs = 600_000;

let workshop: Workshop;
let failpoints: Failpoints;

beforeAll(async () => {
  workshop = await Workshop.open();
  failpoints = await countPasses(workshop);
});

afterAll(() => workshop?.close());

function replayOr(plans: KillPlan[]): KillPlan[] {
  return replay === undefined ? plans : [replay];
}

test(
  "[R8] [S5] [X1] [S18] killed at every durable step, it loses nothing and everything ends exact",
  async () => {
    const { scenario, start } = failpoints;
    console.log(`${new Set([...scenario.keys(), ...start.keys()]).size} failpoints, ${scenario.size} in the scenario`);
    expect(scenario.size).toBeGreaterThanOrEqual(30);
    const plans = replayOr(plainKills(failpoints, 2));
    const deaths = await runPlans(workshop, plans, { lanes, name: "plain" });
    console.log(`${deaths} kills in ${plans.length} scenarios`);
    expect(deaths).toBe(killsIn(plans));
  },
  patienceMs,
);

test(
  "[R8] [S5] [X1] killed again in its start and in recovery, it loses nothing and everything ends exact",
  async () => {
    const plans = replayOr(compoundKills(failpoints));
    const deaths = await runPlans(workshop, plans, { lanes, name: "compound" });
    console.log(`${deaths} kills in ${plans.length} scenarios`);
    expect(deaths).toBe(killsIn(plans));
  },
  patienceMs,
);
