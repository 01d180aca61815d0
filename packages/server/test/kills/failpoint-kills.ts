import assert from "node:assert/strict";
import { Driver, type Workshop } from "./driver.ts";
import { Scenario } from "./scenario.ts";

/** How often each failpoint is passed, in the order in which they are passed for the first time. */
export interface Failpoints {
  readonly start: ReadonlyMap<string, number>;
  readonly scenario: ReadonlyMap<string, number>;
}

/** Where the server dies during one scenario, in this order; written as {@link Driver.plan} reads it. */
export type KillPlan = readonly string[];

/** Kills of one scenario, far apart from each other. */
const killsPerPlan = 3;

/** Runs the scenario once without a kill, and counts what it passes. */
export async function countPasses(workshop: Workshop): Promise<Failpoints> {
  const driver = new Driver(workshop, "unharmed", true);
  const { passed: before } = await driver.order({});
  await new Scenario(driver, "unharmed").run();
  const { passed: after } = await driver.order({});
  await driver.end();
  assert.equal(driver.deaths, 0);
  const rising = Object.entries(after).sort(([, a], [, b]) => a.firstAt - b.firstAt);
  const counted = rising.map(([name, { count }]) => [name, count - (before[name]?.count ?? 0)] as const);
  return {
    start: new Map(Object.entries(before).map(([name, { count }]) => [name, count])),
    scenario: new Map(counted.filter(([, count]) => count > 0)),
  };
}

/** A kill at each of the first `counts` passes of every failpoint of the scenario. */
export function plainKills({ scenario }: Failpoints, counts: number): KillPlan[] {
  const kills = [...scenario].flatMap(([name, passed]) => {
    // Steps that end together share a sync or a removal, so the last passes are not the same in each run.
    const sure = passed <= 2 ? 1 : Math.ceil(passed / 2);
    return Array.from({ length: Math.min(counts, sure) }, (_, i) => `${name}:${i + 1}`);
  });
  const plans = Math.ceil(kills.length / killsPerPlan);
  return Array.from({ length: plans }, (_, plan) => kills.filter((_, i) => i % plans === plan));
}

/** Kills after a kill: at every failpoint of the start, within recovery, and in what a new life does first. */
export function compoundKills({ start }: Failpoints): KillPlan[] {
  const inStart = [...start.keys()].map((name) => ["after write bytes:3", `start ${name}:1`]);
  const inRecovery = (["reactivate", "complete"] as const).map((step, i) => [
    `after begin-assembly:${i + 1}`,
    ...["before", "inside", "after"].map((when) => `start ${when} ${step}:1`),
  ]);
  const inRemoval = ["before unlink bytes", "after unlink bytes", "before remove-children", "inside remove-children"];
  const afterwards = ["before bytes-removed", "inside bytes-removed"];
  return [
    ...inStart,
    ...inRecovery,
    ["after cancel:2", ...[...inRemoval, ...afterwards].map((name) => `start ${name}:1`)],
  ];
}

/** How often servers die in all of `plans`. */
export function killsIn(plans: readonly KillPlan[]): number {
  return plans.reduce((sum, plan) => sum + plan.length, 0);
}

export interface KillRun {
  readonly name: string;
  /** Data folders in use at the same time. */
  readonly lanes: number;
  /** Whether the time is up; what is left of the plans is left. */
  readonly isOver?: () => boolean;
}

/**
 * Runs the scenario for every plan; in each data folder one after the other, on whatever the kills before have left.
 * @returns how often servers died
 */
export async function runPlans(workshop: Workshop, plans: readonly KillPlan[], run: KillRun): Promise<number> {
  const waiting = [...plans];
  const drivers = Array.from({ length: run.lanes }, (_, lane) => new Driver(workshop, `${run.name} ${lane}`, true));
  await Promise.all(
    drivers.map(async (driver) => {
      for (let plan = waiting.shift(); plan !== undefined && !run.isOver?.(); plan = waiting.shift()) {
        await runPlan(driver, plan);
      }
      await driver.end();
    }),
  );
  return drivers.reduce((sum, { deaths }) => sum + deaths, 0);
}

async function runPlan(driver: Driver, plan: KillPlan): Promise<void> {
  const died = driver.deaths;
  try {
    await driver.plan(plan);
    // A kill may leave so little of the scenario that the next one's failpoint is not passed any more.
    for (let pass = 1; pass <= plan.length && driver.deaths < died + plan.length; pass++) {
      await new Scenario(driver, `${plan.join(", ")} (${pass})`).run();
      // The server may have died of what it did behind the last answer.
      await driver.order({});
    }
    assert.equal(driver.deaths - died, plan.length, "the server did not die where it should");
  } catch (cause) {
    throw new Error(`Killed ${driver.deaths - died} times. Replay: HAWSER_KILLS="${plan.join(",")}"`, { cause });
  }
}
