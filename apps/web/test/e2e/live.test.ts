import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { expect, type TestContext, test } from "vitest";
import { openWay, type Way } from "../remember/way.ts";
import { bytesOf, expectStored, limitUpload, makeFiles, openStage, pick, type Stage, untilTitle } from "./stage.ts";

const MiB = 1_048_576;
const section = "On the way from elsewhere";
const main = fileURLToPath(new URL("../../../cli/src/main.ts", import.meta.url));

/** What the page has shown of other devices since it was asked to look: a row that is gone in between is seen too. */
interface Seen {
  /** Percent of the one row, each value once; null for a moment without any row. */
  readonly percents: (number | null)[];
  /** Whether anything that came or went did so bit by bit. */
  readonly slides: string[];
}

/** Looks from now on, in this life of the page: a reload would forget it. */
function look(page: Page): Promise<void> {
  return page.evaluate((name) => {
    const seen: Seen = { percents: [], slides: [] };
    Object.assign(window, { seen });
    document.addEventListener("transitionrun", ({ propertyName, target }) => {
      if (propertyName === "height") seen.slides.push((target as Element).className);
    });
    new MutationObserver(() => {
      const bar = document.querySelector(`[role="list"][aria-label="${name}"] [role="progressbar"]`);
      const percent = bar === null ? null : Number(bar.getAttribute("aria-valuenow"));
      if (seen.percents.at(-1) !== percent) seen.percents.push(percent);
    }).observe(document.body, { childList: true, subtree: true, attributes: true });
  }, section);
}

function seenBy(page: Page): Promise<Seen> {
  return page.evaluate(() => (window as unknown as { seen: Seen }).seen);
}

function untilSeen(page: Page, percent: number): Promise<unknown> {
  return page.waitForFunction(
    (wanted) => ((window as unknown as { seen: Seen }).seen.percents.at(-1) ?? 0) >= wanted,
    percent,
  );
}

/** How many live lines the page has open, at most at once. */
function countLines(page: Page): { readonly most: () => number } {
  let open = 0;
  let most = 0;
  page.on("websocket", (socket) => {
    most = Math.max(most, ++open);
    socket.on("close", () => open--);
  });
  return { most: () => most };
}

async function percentNow(page: Page): Promise<number> {
  return (await seenBy(page)).percents.at(-1) ?? 0;
}

/** The row turned to safe, its file stands in the list, and the row is gone after that. */
async function untilSafe(page: Page, name: string): Promise<void> {
  const row = page.getByRole("list", { name: section }).getByRole("listitem").filter({ hasText: name });
  await row.getByText("Safe", { exact: true }).waitFor();
  await page.getByRole("list", { name: "Safe on the server" }).getByText(name).waitFor();
  await row.waitFor({ state: "detached" });
}

/** `hawser push` in a process of its own, over a line that can be slowed down. */
async function push(context: TestContext, stage: Stage, path: string): Promise<{ way: Way; code: Promise<number> }> {
  const way = await openWay(
    () => stage.server.url,
    () => false,
  );
  context.onTestFinished(() => way.close());
  way.limit(3 * MiB);
  const options = ["--server", way.url, "--journal", join(stage.folder, "journal"), "--quiet"];
  const args = ["--conditions=@hawser/source", main, "push", path, ...options];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "inherit", "inherit"] });
  context.onTestFinished(() => void child.kill("SIGKILL"));
  return { way, code: once(child, "exit").then(([code]) => code as number) };
}

test("[S7] what a terminal sends moves on the open page, over a killed server, until it is safe there", async (context) => {
  const stage = await openStage(context);
  const { page, server } = stage;
  const files = { "survey.las": bytesOf(24 * MiB + 5, "survey") };
  const root = await makeFiles(stage, files);
  const lines = countLines(page);
  await page.goto(server.url);
  await untilTitle(stage, "Files");
  await look(page);
  const { way, code } = await push(context, stage, join(root, "survey.las"));

  await untilSeen(page, 10);
  // The title is about this device.
  expect(await page.title()).toBe("Files · Hawser");
  await server.kill();
  const before = await percentNow(page);
  await server.start();
  await untilSeen(page, Math.min(95, before + 5));
  way.limit(null);
  await untilSafe(page, "survey.las");

  expect(await code).toBe(0);
  const { percents, slides } = await seenBy(page);
  const shown = percents.slice(percents.findIndex((percent) => percent !== null));
  // From its first moment to its last one the row was there, and went forward only.
  expect(shown.pop()).toBeNull();
  expect(shown).not.toContain(null);
  expect(shown).toEqual(shown.toSorted((one, other) => Number(one) - Number(other)));
  expect(shown.at(-1)).toBe(100);
  expect(slides.filter((name) => name.includes("remote")).toSorted()).toEqual([
    "remote",
    "remote is-leaving",
    "up up-remote is-new",
    "up up-remote is-new is-leaving",
  ]);
  expect(lines.most()).toBe(1);
  await untilTitle(stage, "Everything is safe");
  await expectStored(stage, files);
  expect(stage.faults).toEqual([]);
});

test("[S7] two browsers of one person: one shows what the other sends, whose tabs show it as their own only", async (context) => {
  const stage = await openStage(context);
  const { page, server } = stage;
  const files = { "walk.mov": bytesOf(12 * MiB, "walk") };
  const root = await makeFiles(stage, files);
  const browser = page.context().browser();
  const otherContext = await browser?.newContext();
  if (otherContext === undefined) throw new Error("There is no browser.");
  context.onTestFinished(() => otherContext.close());
  const other = await otherContext.newPage();
  const tab = await page.context().newPage();
  for (const each of [page, tab, other]) {
    await each.goto(server.url);
    await each.getByRole("heading", { level: 1 }).waitFor();
    await look(each);
  }
  await limitUpload(stage, 2 * MiB);
  await pick(stage, join(root, "walk.mov"));

  await untilSeen(other, 10);
  await untilSeen(other, (await percentNow(other)) + 5);
  await limitUpload(stage, null);
  await untilSafe(other, "walk.mov");

  await untilTitle(stage, "Everything is safe");
  await tab.getByRole("list", { name: "Safe on the server" }).getByText("walk.mov").waitFor();
  for (const each of [page, tab]) {
    expect((await seenBy(each)).percents.filter((percent) => percent !== null)).toEqual([]);
  }
  expect(stage.faults).toEqual([]);
});

test("[S7] a small file that came at once is no row: it stands in the list without a reload", async (context) => {
  const stage = await openStage(context);
  const { page, server } = stage;
  const root = await makeFiles(stage, { "first.txt": bytesOf(300, "first"), "note.txt": bytesOf(500, "note") });
  await page.goto(server.url);
  await untilTitle(stage, "Files");
  await look(page);
  const list = page.getByRole("list", { name: "Safe on the server" });
  for (const name of ["first.txt", "note.txt"]) {
    const { code } = await push(context, stage, join(root, name));
    await list.getByText(name).waitFor();
    expect(await code).toBe(0);
  }
  // Newest first.
  expect(await list.getByRole("listitem").first().textContent()).toContain("note.txt");
  expect((await seenBy(page)).percents.filter((percent) => percent !== null)).toEqual([]);
});

test("[S7] where no WebSocket gets through, the page asks instead, and says nothing of it", async (context) => {
  const stage = await openStage(context);
  const { page, server } = stage;
  const root = await makeFiles(stage, { "survey.las": bytesOf(24 * MiB, "survey") });
  // It knows requests and answers only.
  const between = await openWay(
    () => server.url,
    () => false,
  );
  context.onTestFinished(() => between.close());
  let frames = 0;
  page.on("websocket", (socket) => socket.on("framereceived", () => frames++));
  await page.goto(between.url);
  await untilTitle(stage, "Files");
  await look(page);
  const { way } = await push(context, stage, join(root, "survey.las"));

  await untilSeen(page, 10);
  await untilSeen(page, (await percentNow(page)) + 5);
  expect(await page.locator(".banner").count()).toBe(0);
  way.limit(null);
  await untilSafe(page, "survey.las");
  expect(frames).toBe(0);
  expect(stage.faults).toEqual([]);
});

test("[S7] of 1,000 uploads of other devices the page holds few rows", async (context) => {
  const { page, server } = await openStage(context);
  await page.goto(`${server.url}/gallery?scene=remote-many`);
  await page.getByRole("list", { name: section }).waitFor();
  const rows = page.getByRole("listitem");
  expect(await rows.count()).toBeLessThan(150);
  await page.getByText("Drop files or folders anywhere").scrollIntoViewIfNeeded();
  await page.getByText("remote/999.dng").waitFor();
  expect(await rows.count()).toBeLessThan(150);
});
