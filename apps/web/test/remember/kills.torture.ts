import { seededRandom } from "@hawser/client/testing";
import { expect, test } from "vitest";
import { openStage } from "./in-test.ts";
import { killAtRandom, killAtWrite, sureWrites, writePoints } from "./killing.ts";

test("[R8] [V4] [R3] [S18] the whole browser is killed at 30 random moments: each file arrives once, exact, and little travels twice", async (context) => {
  const seed = Number(process.env.HAWSER_SEED ?? Date.now() % 1_000_000);
  console.log(`HAWSER_SEED=${seed}`);
  await killAtRandom(await openStage(context), seededRandom(seed), 30);
});

test("[R8] [P7] the whole browser is killed at every write of the journal, before, in the middle and after: the file arrives once, exact", async (context) => {
  const stage = await openStage(context);
  for (const point of writePoints) {
    let write = 1;
    while (await killAtWrite(stage, { write, point })) write++;
    expect([point, write > sureWrites]).toEqual([point, true]);
  }
});
