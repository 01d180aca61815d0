import { utimes, writeFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { bytesOf } from "../e2e/stage.ts";
import { expectExact, expectFewTwice, openStage } from "./in-test.ts";
import { chunk, hasty, type Stage, type Tab, until } from "./stage.ts";

const content = bytesOf(6 * chunk + 5, "trouble");
const name = "trouble.bin";
/** Nothing of a file is kept here: only a person can give it again. */
const forgetful = { ...hasty, maxSpoolBytes: 0 };

/** An upload of which some is safe and most is not, and which will not be whole while nobody lifts the limit. */
async function halfSent(stage: Stage): Promise<{ readonly tab: Tab; readonly path: string }> {
  const path = await stage.file(name, content);
  const tab = await stage.tab();
  stage.way.limit(3 * chunk);
  await tab.pick(path);
  await tab.until(name, ({ confirmedBytes }) => confirmedBytes >= 2 * chunk);
  stage.way.limit(chunk / 4);
  return { tab, path };
}

test("[R8] [R3] [S15] after a kill the server stays away longer than all waits: what is owed is shown, and its return is enough", async (context) => {
  const patience = 3;
  const stage = await openStage(context, { ...hasty, maxAttempts: patience });
  await halfSent(stage);
  await stage.kill();
  stage.way.set("down");
  const tab = await stage.tab();
  const owed = await tab.until(name, ({ status }) => status === "waiting");
  expect([owed.isFromEarlier, owed.confirmedBytes > 0]).toEqual([true, true]);
  const before = stage.way.attempts;
  await until("it was tried far more often than it may fail", async () => stage.way.attempts > before + 3 * patience);
  expect((await tab.upload(name))?.status).toBe("waiting");

  stage.way.set("open");
  stage.way.limit(null);
  await stage.untilStored(name);
  expectFewTwice(stage, await expectExact(stage, name, content), content.length, 1);
});

test("[R8] [X4] a machine that is offline when it comes back waits, and goes on once it is online", async (context) => {
  const stage = await openStage(context);
  await halfSent(stage);
  await stage.kill();
  const tab = await stage.tab();
  await tab.page.context().setOffline(true);
  await tab.until(name, ({ status }) => status === "paused");
  const { attempts } = stage.way;
  await tab.page.context().setOffline(false);
  stage.way.limit(null);
  await stage.untilStored(name);
  expect(stage.way.attempts).toBeGreaterThan(attempts);
  expectFewTwice(stage, await expectExact(stage, name, content), content.length, 2);
});

test("[R9] [R8] a token that has expired is renewed, in this life and the next, and costs no progress", async (context) => {
  const stage = await openStage(context);
  await halfSent(stage);
  stage.way.set({ status: 401 });
  stage.way.limit(4 * chunk);
  await until("a new token was fetched", async () => stage.tokens === 1);
  await stage.kill();
  stage.way.set({ status: 401 });
  stage.way.limit(null);
  await stage.tab();
  await stage.untilStored(name);
  expect(stage.tokens).toBe(2);
  expectFewTwice(stage, await expectExact(stage, name, content), content.length, 2);
});

test("[R9] [R1] a file that was edited between kill and resume is told, and never mixed", async (context) => {
  const stage = await openStage(context, forgetful);
  const { path } = await halfSent(stage);
  await stage.kill();
  stage.way.limit(null);
  const edited = Buffer.from(content);
  edited[chunk / 2] = (edited[chunk / 2] ?? 0) ^ 1;
  await writeFile(path, edited);
  await utimes(path, 1_700_000_000, 1_700_000_000);

  const tab = await stage.tab();
  await tab.until(name, ({ status }) => status === "needs-source");
  await tab.pick(path);
  await until("it is told", async () => {
    const upload = await tab.upload(name);
    return upload?.code === "source_changed" || (await tab.told()).includes("source_changed");
  });
  expect(await stage.stored(name)).toEqual([]);
});

test("[R3] [R1] without a copy the page asks for the file, and only what is missing travels", async (context) => {
  const stage = await openStage(context, forgetful);
  const { path } = await halfSent(stage);
  await stage.kill();
  stage.way.limit(null);
  const tab = await stage.tab();
  const owed = await tab.until(name, ({ status }) => status === "needs-source");
  expect(owed.confirmedBytes).toBeGreaterThan(0);
  await tab.pick(path);
  await stage.untilStored(name);
  expectFewTwice(stage, await expectExact(stage, name, content), content.length, 1);
});

test("[R3] [R1] site data was cleared: the file is picked again, found on the server, and only what is missing travels", async (context) => {
  const stage = await openStage(context);
  const { path } = await halfSent(stage);
  await stage.kill();
  stage.way.limit(null);
  const blank = await (await stage.browser()).newPage();
  const cdp = await blank.context().newCDPSession(blank);
  await cdp.send("Storage.clearDataForOrigin", { origin: stage.way.url, storageTypes: "all" });
  const tab = await stage.tab({ settings: { adds: "matched" } });
  expect(await tab.uploads()).toEqual([]);
  await tab.pick(path);
  await stage.untilStored(name);
  expectFewTwice(stage, await expectExact(stage, name, content), content.length, 1);
});

test("[R8] [R3] storage that is nearly full stops nothing: without a copy the file is asked for after a kill", async (context) => {
  const stage = await openStage(context);
  const path = await stage.file(name, content);
  const quotaSize = 2 * chunk;
  const open = async () => {
    const tab = await stage.tab();
    await (await tab.cdp()).send("Storage.overrideQuotaForOrigin", { origin: stage.way.url, quotaSize });
    return tab;
  };
  stage.way.limit(3 * chunk);
  const first = await open();
  await first.pick(path);
  await first.until(name, ({ confirmedBytes }) => confirmedBytes >= 2 * chunk);
  expect((await first.storage()).spoolBytes).toBe(0);
  await stage.kill();
  stage.way.limit(null);
  const second = await open();
  await second.until(name, ({ status }) => status === "needs-source");
  await second.pick(path);
  await stage.untilStored(name);
  expectFewTwice(stage, await expectExact(stage, name, content), content.length, 1);
});
