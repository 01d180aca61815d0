import { join } from "node:path";
import { expect, test } from "vitest";
import {
  bytesOf,
  drop,
  expectStored,
  limitUpload,
  makeFiles,
  openStage,
  type Stage,
  storedFiles,
  unfinished,
  untilTitle,
} from "./stage.ts";

const MiB = 1_048_576;
const takeBytes = 48 * MiB + 77;
const photos = Object.fromEntries(
  Array.from({ length: 40 }, (_, index) => [`holiday/${index}.jpg`, bytesOf(100_000 + index * 50_000, `${index}`)]),
);
const files = { "long take.mov": bytesOf(takeBytes, "take"), ...photos };

/** Bytes of the long take that the page calls safe. */
async function claimedPercent({ page }: Stage): Promise<number> {
  const row = page.getByRole("listitem").filter({ has: page.getByTitle("long take.mov", { exact: true }) });
  return Number(await row.getByRole("progressbar").getAttribute("aria-valuenow"));
}

/** What the page calls safe is on the server, and it calls nothing of what is there lost. */
async function expectTruth(stage: Stage): Promise<void> {
  const claimed = await claimedPercent(stage);
  const { receivedBytes } = await unfinished(stage, "long take.mov", takeBytes);
  expect(claimed).toBeGreaterThan(0);
  expect((claimed / 100) * takeBytes).toBeLessThanOrEqual(receivedBytes);
}

async function untilClaimed(stage: Stage, percent: number): Promise<void> {
  await expect.poll(() => claimedPercent(stage), { timeout: 60_000 }).toBeGreaterThanOrEqual(percent);
}

test("[S16] [R8] [S18] a long take and a folder of photos arrive exact through a lost network and a killed server", async (context) => {
  const stage = await openStage(context);
  const { page, server } = stage;
  const root = await makeFiles(stage, files);
  await page.goto(server.url);
  await untilTitle(stage, "Files");
  await limitUpload(stage, 8 * MiB);

  await drop(stage, join(root, "long take.mov"), join(root, "holiday"));
  await untilClaimed(stage, 5);
  expect(await page.title()).toMatch(/^\d+ on the way · Hawser$/);
  await limitUpload(stage, MiB / 2);

  await page.context().setOffline(true);
  await page.getByText("Waiting for the network.").first().waitFor();
  expect(await page.title()).toMatch(/^\d+ waits? for the network · Hawser$/);
  expect(await page.locator("h1 + p").textContent()).toContain("are safe on the server.");
  await expectTruth(stage);

  await page.context().setOffline(false);
  await limitUpload(stage, 8 * MiB);
  await untilClaimed(stage, 25);
  await limitUpload(stage, MiB / 2);
  await server.kill();
  await page.getByText("The rest is tried again by itself").waitFor();
  const flow = page.getByRole("region", { name: "All uploads together" });
  expect(await flow.textContent()).toMatch(/Speed now0B\/s.*not known yet/);
  const claimed = await claimedPercent(stage);

  await server.start();
  await expectTruth(stage);
  await limitUpload(stage, null);
  await untilTitle(stage, "Everything is safe");
  expect(claimed).toBeGreaterThanOrEqual(25);
  expect((await storedFiles(stage)).length).toBe(Object.keys(files).length);
  await expectStored(stage, files);
  expect(stage.faults).toEqual([]);
});
