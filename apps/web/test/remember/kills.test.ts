import { seededRandom } from "@hawser/client/testing";
import { expect, test } from "vitest";
import { bytesOf } from "../e2e/stage.ts";
import { expectExact, expectFewTwice, openStage } from "./in-test.ts";
import { killAtRandom, killAtWrite, sureWrites, writePoints } from "./killing.ts";
import { chunk } from "./stage.ts";

test("[R8] [V4] [R3] a page that is loaded again in the middle goes on by itself", async (context) => {
  const stage = await openStage(context);
  const content = bytesOf(6 * chunk + 5, "reload");
  const path = await stage.file("reload.bin", content);
  const tab = await stage.tab();
  stage.way.limit(2 * chunk);
  await tab.pick(path);
  await tab.until("reload.bin", ({ confirmedBytes }) => confirmedBytes >= 2 * chunk);
  await tab.page.reload();
  const again = await tab.until("reload.bin", () => true);
  expect([again.isFromEarlier, again.confirmedBytes > 0]).toEqual([true, true]);
  stage.way.limit(null);
  await stage.untilStored("reload.bin");
  expectFewTwice(stage, await expectExact(stage, "reload.bin", content), content.length, 1);
});

test("[R8] [V4] [R3] [S18] the whole browser is killed at random moments: the file arrives once, exact, and little travels twice", async (context) => {
  // The same each time here, so that a red run means a change; HAWSER_SEED draws another.
  const seed = Number(process.env.HAWSER_SEED ?? 570_201);
  console.log(`HAWSER_SEED=${seed}`);
  await killAtRandom(await openStage(context), seededRandom(seed), 6);
});

test("[R8] [P7] the whole browser is killed at writes of the journal, before, in the middle and after: the file arrives once, exact", async (context) => {
  // The same each time here, so that a red run means a change; HAWSER_SEED draws another.
  const seed = Number(process.env.HAWSER_SEED ?? 513_165);
  console.log(`HAWSER_SEED=${seed}`);
  const random = seededRandom(seed);
  const stage = await openStage(context);
  // One of each kind of moment; all of them together are in the long version.
  for (const point of writePoints) {
    await killAtWrite(stage, { write: 1 + Math.floor(random() * sureWrites), point });
  }
  expect(stage.kills).toBe(writePoints.length);
});

test("[R8] [S5] [R3] browser and server are killed together and come back: it goes on, and only what was in flight travels twice", async (context) => {
  const stage = await openStage(context);
  const content = bytesOf(10 * chunk + 9, "both");
  const path = await stage.file("both.bin", content);
  stage.way.limit(6 * chunk);
  const first = await stage.tab();
  await first.pick(path);
  await first.until("both.bin", ({ confirmedBytes }) => confirmedBytes >= 0.4 * content.length);
  await Promise.all([stage.kill(), stage.server.kill()]);

  // What is owed is shown while nobody answers.
  const second = await stage.tab();
  const owed = await second.until("both.bin", () => true);
  expect([owed.isFromEarlier, owed.confirmedBytes > 0]).toEqual([true, true]);
  await stage.server.start();
  stage.way.limit(null);
  await stage.untilStored("both.bin");
  expectFewTwice(stage, await expectExact(stage, "both.bin", content), content.length, 2);
});
