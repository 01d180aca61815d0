import { expect, test } from "vitest";
import { bytesOf } from "../e2e/stage.ts";
import { expectExact, expectFewTwice, openStage } from "./in-test.ts";
import { type KillMoment, live } from "./lives.ts";
import { chunk, seededRandom } from "./stage.ts";

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
  const wantedKills = 6;
  const seed = Number(process.env.HAWSER_SEED ?? Date.now() % 1_000_000);
  console.log(`HAWSER_SEED=${seed}`);
  const random = seededRandom(seed);
  const stage = await openStage(context);
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
}, 300_000);

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
