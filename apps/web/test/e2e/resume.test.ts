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
  storedFiles,
  unfinished,
  untilTitle,
} from "./stage.ts";

const MiB = 1_048_576;
const sizeBytes = 24 * MiB + 5;
const files = { "holiday.mp4": bytesOf(sizeBytes, "holiday") };

/** Sends part of the file from a browser that then goes away for good; returns where the file is. */
async function halfSentElsewhere(stage: Stage): Promise<string> {
  const root = await makeFiles(stage, files);
  await stage.page.goto(stage.server.url);
  await untilTitle(stage, "Files");
  await limitUpload(stage, 4 * MiB);
  await pick(stage, join(root, "holiday.mp4"));
  const receivedPercent = () =>
    stage.page.getByRole("progressbar", { name: "Safe on the server" }).getAttribute("aria-valuenow");
  await expect.poll(async () => Number(await receivedPercent()), { timeout: 60_000 }).toBeGreaterThanOrEqual(10);
  await stage.page.context().close();
  return join(root, "holiday.mp4");
}

/** The page in another browser, which knows nothing of the first. */
async function elsewhere(stage: Stage): Promise<Stage> {
  const context = await stage.page.context().browser()?.newContext();
  const page = await context?.newPage();
  if (context === undefined || page === undefined) throw new Error("There is no browser.");
  page.setDefaultTimeout(60_000);
  await page.goto(stage.server.url);
  return { ...stage, page, cdp: await context.newCDPSession(page) };
}

test("[R1] [R3] a file that another browser has half sent goes on where it is added", async (context) => {
  const stage = await openStage(context);
  const path = await halfSentElsewhere(stage);
  const before = await unfinished(stage, "holiday.mp4", sizeBytes);
  const other = await elsewhere(stage);

  await pick(other, path);

  await other.page
    .getByText(/^holiday\.mp4 goes on from [1-9]\d*%\.$/)
    .first()
    .waitFor();
  await untilTitle(other, "Everything is safe");
  expect(await storedFiles(stage)).toHaveLength(1);
  await expectStored(stage, files);
  expect(before.receivedBytes).toBeGreaterThan(sizeBytes / 10);
  await other.page.context().close();
});

/** An upload of the same name and size that was begun somewhere, of which nobody knows the content. */
async function begunSomewhere({ server }: Stage): Promise<string> {
  const response = await fetch(`${server.url}/uploads/initialize`, {
    method: "POST",
    headers: { "content-type": "application/json", "idempotency-key": "somewhere" },
    body: JSON.stringify({ filename: "holiday.mp4", size: sizeBytes }),
  });
  return ((await response.json()) as { id: string }).id;
}

test("[R1] where name and size agree the person is asked, and what is there is discarded only after a second yes", async (context) => {
  const stage = await openStage(context);
  const { page, server } = stage;
  const id = await begunSomewhere(stage);
  const isGone = async () => (await fetch(`${server.url}/uploads/${id}/resume`)).status === 410;
  const path = join(await makeFiles(stage, files), "holiday.mp4");
  const question = page.getByRole("dialog", { name: "Resume “holiday.mp4”?" });
  const sure = page.getByRole("dialog", { name: "Discard what arrived of holiday.mp4?" });
  await page.goto(server.url);
  await untilTitle(stage, "Files");

  await pick(stage, path);
  await question.waitFor();
  expect(await page.title()).toBe("Adding files · Hawser");
  await question.getByRole("button", { name: "Not now" }).click();
  await untilTitle(stage, "Files");

  await pick(stage, path);
  await question.getByRole("button", { name: "Discard…" }).click();
  await sure.getByRole("button", { name: "Keep it" }).click();
  expect(await isGone()).toBe(false);
  await question.getByRole("button", { name: "Discard…" }).click();
  await sure.getByRole("button", { name: "Discard and send anew" }).click();

  await untilTitle(stage, "Everything is safe");
  await expectStored(stage, files);
  await expect.poll(isGone, { timeout: 20_000 }).toBe(true);
  expect(stage.faults).toEqual([]);
});

test("[R1] a server that does not answer the question holds no file up", async (context) => {
  const stage = await openStage(context);
  const { page, server } = stage;
  const all = { "one.bin": bytesOf(2 * MiB, "1"), "two.bin": bytesOf(2 * MiB, "2"), "small.txt": bytesOf(9, "s") };
  const root = await makeFiles(stage, all);
  await page.goto(server.url);
  await untilTitle(stage, "Files");
  await page.route("**/uploads/check?**", () => undefined);

  await pick(stage, ...Object.keys(all).map((name) => join(root, name)));

  await untilTitle(stage, "Everything is safe");
  await expectStored(stage, all);
});
