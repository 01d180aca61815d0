import { expect } from "vitest";
import { bytesOf } from "../e2e/stage.ts";
import { expectExact, expectFewTwice } from "./in-test.ts";
import type { FatalWrite, WritePoint } from "./journal-kill.ts";
import { type KillMoment, live } from "./lives.ts";
import { chunk, type Stage } from "./stage.ts";

export const writePoints = ["before", "during", "after"] as const satisfies WritePoint[];
/** Writes of the journal that one upload needs, whatever falls together in one of them. */
export const sureWrites = 5;

/** Kills the browser that often, at moments before a file has arrived; each file arrives in the end. */
export async function killAtRandom(stage: Stage, random: () => number, wantedKills: number): Promise<void> {
  for (let file = 1; stage.kills < wantedKills; file++) {
    const name = `killed-${file}.bin`;
    const content = bytesOf(5 * chunk + Math.floor(random() * chunk), name);
    const given = { name, path: await stage.file(name, content) };
    const before = stage.kills;
    stage.way.limit(8 * chunk);
    let wasKilled = true;
    for (let life = 0; wasKilled; life++) {
      const moment: KillMoment = random() < 0.6 ? { afterBytes: random() * 2 * chunk } : { afterMs: random() * 600 };
      wasKilled = await live(stage, given, life < 10 ? moment : undefined);
    }
    const id = await expectExact(stage, name, content);
    expectFewTwice(stage, id, content.length, stage.kills - before);
  }
}

/** @returns whether it came to that write, and the browser was killed in it */
export async function killAtWrite(stage: Stage, fatalWrite: FatalWrite): Promise<boolean> {
  const name = `write-${fatalWrite.write}-${fatalWrite.point}.bin`;
  const content = bytesOf(2 * chunk + 5, name);
  const given = { name, path: await stage.file(name, content) };
  const wasStruck = await live(stage, given, { fatalWrite });
  if (wasStruck) expect([name, await live(stage, given)]).toEqual([name, false]);
  const id = await expectExact(stage, name, content);
  expectFewTwice(stage, id, content.length, wasStruck ? 1 : 0);
  return wasStruck;
}
