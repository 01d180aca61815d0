import { describe, expect, test } from "vitest";
import { type Findings, formatPlace, type SimulationOptions, simulate } from "./simulation.ts";

/** The states of the workloads from `firstSeed` on, until there are `count` or something is wrong. */
async function findIn(firstSeed: number, count: number, options: SimulationOptions): Promise<Findings> {
  let states = 0;
  for (let seed = firstSeed; states < count; seed++) {
    const findings = await simulate(seed, { ...options, stop: ({ violations }) => violations.length > 0 });
    states += findings.states;
    if (findings.violations.length > 0) return { states, violations: findings.violations };
  }
  return { states, violations: [] };
}

/** What is wrong, each with the command that shows it again. */
function report({ violations }: Findings): string[] {
  const command = "node --conditions=@hawser/source packages/server/test/power-loss/run.ts";
  return violations.map(({ place, what }) => `${what.join("; ")} (replay: ${command} ${formatPlace(place)})`);
}

describe("when power fails, everything that was acknowledged is there and all can be finished", () => {
  test("[X1] [R8] before each operation of whole workloads", async () => {
    const findings = await findIn(1, 3_000, {});
    expect(report(findings)).toEqual([]);
    expect(findings.states).toBeGreaterThanOrEqual(3_000);
  });

  test("[X1] [R8] [S10] before one in eight operations of many workloads", async () => {
    const findings = await findIn(1_001, 3_000, { share: 1 / 8 });
    expect(report(findings)).toEqual([]);
    expect(findings.states).toBeGreaterThanOrEqual(3_000);
  });
});
