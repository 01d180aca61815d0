import { randomInt } from "node:crypto";
import { expect, test } from "vitest";
import { formatPlace, simulate } from "./simulation.ts";

const minutes = Number(process.env.HAWSER_TORTURE_MINUTES ?? "10");

test("[X1] [R8] [S10] power fails in workloads that nobody tried before", async () => {
  const endsAt = performance.now() + minutes * 60_000;
  const firstSeed = randomInt(1_000_000, 100_000_000);
  let states = 0;
  let seed = firstSeed;
  for (; performance.now() < endsAt; seed++) {
    const findings = await simulate(seed, { stop: ({ violations }) => violations.length > 0 });
    states += findings.states;
    const places = findings.violations.map(({ place, what }) => `${formatPlace(place)} ${what.join("; ")}`);
    expect(places, "replay: node --conditions=@hawser/source packages/server/test/power-loss/run.ts PLACE").toEqual([]);
  }
  console.log(`${states} states of the workloads ${firstSeed} to ${seed - 1}`);
});
