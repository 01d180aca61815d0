import { join } from "node:path";
import { expect, test } from "vitest";
import {
  bytesOf,
  expectStored,
  limitUpload,
  makeFiles,
  openStage,
  pick,
  type Stage,
  unfinished,
  untilTitle,
} from "./stage.ts";

const MiB = 1_048_576;
const sizeBytes = 24 * MiB + 5;
/** No attempt is further away than this. */
const longestWaitMs = 60_000;
const files = { "walk.mov": bytesOf(sizeBytes, "walk") };

/** An upload of which some is safe and most is not, and which will not be whole while nobody lifts the limit. */
async function halfSent(stage: Stage): Promise<void> {
  const root = await makeFiles(stage, files);
  await stage.page.goto(stage.server.url);
  await untilTitle(stage, "Files");
  await limitUpload(stage, 4 * MiB);
  await pick(stage, join(root, "walk.mov"));
  await untilPercent(stage, 10);
  await limitUpload(stage, MiB / 4);
}

function untilPercent({ page }: Stage, percent: number): Promise<unknown> {
  return page.waitForFunction(
    (wanted) => Number(document.querySelector('[role="progressbar"]')?.getAttribute("aria-valuenow")) >= wanted,
    percent,
  );
}

async function percentNow({ page }: Stage): Promise<number> {
  return Number(await page.getByRole("progressbar", { name: "Safe on the server" }).getAttribute("aria-valuenow"));
}

test("[S16] [R4] pause stops the bytes, resume goes on from what is there", async (context) => {
  const stage = await openStage(context);
  const { page } = stage;
  await halfSent(stage);

  await page.getByRole("button", { name: "Pause walk.mov" }).click();
  await page.getByText("Paused by you.").waitFor();
  await untilTitle(stage, "1 paused");
  const paused = await percentNow(stage);
  expect(paused).toBeGreaterThanOrEqual(10);
  const { receivedBytes } = await unfinished(stage, "walk.mov", sizeBytes);

  await limitUpload(stage, null);
  await page.getByRole("button", { name: "Resume walk.mov" }).click();
  await untilTitle(stage, "Everything is safe");
  await expectStored(stage, files);
  expect(receivedBytes).toBeLessThan(sizeBytes);
  expect(stage.faults).toEqual([]);
});

test("[S16] [R8] without a network everything waits, and goes on by itself", async (context) => {
  const stage = await openStage(context);
  const { page } = stage;
  await halfSent(stage);
  const before = await percentNow(stage);

  await page.context().setOffline(true);
  await untilTitle(stage, "1 waits for the network");
  await page.getByRole("heading", { name: /^You are offline since / }).waitFor();
  await page.getByText("Waiting for the network.").waitFor();
  expect(await percentNow(stage)).toBeGreaterThanOrEqual(before);

  await page.context().setOffline(false);
  await limitUpload(stage, null);
  await untilTitle(stage, "Everything is safe");
  await expectStored(stage, files);
  expect(await page.getByRole("heading", { name: /^You are offline/ }).count()).toBe(0);
});

test("[S16] [R8] [S5] a server that is killed and started again costs nothing but time", async (context) => {
  const stage = await openStage(context);
  const { page, server } = stage;
  await halfSent(stage);

  await server.kill();
  await page.getByText(/^Trying again in \d+:\d\d\.$/).waitFor();
  const before = await percentNow(stage);
  await server.start();
  await limitUpload(stage, null);

  await untilTitle(stage, "Everything is safe");
  await expectStored(stage, files);
  expect(before).toBeGreaterThanOrEqual(10);
});

test("[S16] [S15] a server that stays away for long stops nothing: its return is enough", async (context) => {
  const stage = await openStage(context);
  const { page, server } = stage;
  await page.clock.install();
  await halfSent(stage);

  await server.kill();
  const waits = page.getByText(/^Trying again in /);
  for (let wait = 0; wait < 12; wait++) {
    await waits.waitFor();
    await page.clock.fastForward(longestWaitMs);
  }
  await waits.waitFor();
  expect(await page.getByText("Stopped.", { exact: true }).count()).toBe(0);
  expect(await percentNow(stage)).toBeGreaterThanOrEqual(10);
  await server.start();
  await limitUpload(stage, null);
  await page.clock.fastForward(longestWaitMs);

  await untilTitle(stage, "Everything is safe");
  await expectStored(stage, files);
});

test("[S16] [S15] a server that refuses again and again stops the upload, and Retry goes on with what was safe", async (context) => {
  const stage = await openStage(context);
  const { page } = stage;
  await page.clock.install();
  await halfSent(stage);

  await page.route("**/uploads/**", (route) => route.fulfill({ status: 503, body: "" }));
  const waits = page.getByText(/^Trying again in /);
  const stopped = page.getByText("Stopped.", { exact: true });
  for (await waits.or(stopped).waitFor(); await waits.isVisible(); await waits.or(stopped).waitFor()) {
    await page.clock.fastForward(longestWaitMs);
  }
  await untilTitle(stage, "1 needs you");
  expect(await percentNow(stage)).toBeGreaterThanOrEqual(10);
  await page.unroute("**/uploads/**");
  await limitUpload(stage, null);
  await page.getByRole("button", { name: "Retry walk.mov" }).click();

  await untilTitle(stage, "Everything is safe");
  await expectStored(stage, files);
});

test("[S16] a cancelled upload is gone here and on the server, but only after the person has said yes", async (context) => {
  const stage = await openStage(context);
  const { page, server } = stage;
  await halfSent(stage);
  const { id } = await unfinished(stage, "walk.mov", sizeBytes);

  await page.getByRole("button", { name: "Cancel walk.mov" }).click();
  await page.getByRole("dialog", { name: "Cancel walk.mov?" }).getByRole("button", { name: "Keep sending" }).click();
  expect(await page.getByRole("list", { name: "On the way" }).getByRole("listitem").count()).toBe(1);
  await page.getByRole("button", { name: "Cancel walk.mov" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Cancel upload" }).click();

  await untilTitle(stage, "Files");
  const isGone = async () => (await fetch(`${server.url}/uploads/${id}/resume`)).status === 410;
  await expect.poll(isGone, { timeout: 20_000 }).toBe(true);
});

test("[S16] where the browser remembers nothing, it asks before a page with unfinished uploads closes", async (context) => {
  const stage = await openStage(context);
  await stage.page.addInitScript(() => Object.defineProperty(window, "indexedDB", { value: undefined }));
  await halfSent(stage);
  const asked = stage.page.waitForEvent("dialog");
  await stage.page.close({ runBeforeUnload: true });
  const dialog = await asked;
  expect(dialog.type()).toBe("beforeunload");
  await dialog.accept();
});
