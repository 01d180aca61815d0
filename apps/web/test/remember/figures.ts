/**
 * Measures the page in a real browser, for the bench: how soon it goes on after a kill, what travels again, what memory
 * a large file takes, and how long the page stands still while many small files are added. Prints JSON. Arguments:
 * rounds, bytes of the sparse file, number of small files.
 */
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { findChromium } from "../e2e/chromium.ts";
import { chunk, Stage, Tab, until } from "./stage.ts";

export interface BrowserFigures {
  /** From asking for the page, in a browser that runs, to the first byte of a chunk on the line. One each round. */
  readonly reopenedMs: readonly number[];
  /** What travelled more often than once, of all that the file has, after one kill. One each round. */
  readonly again: readonly { readonly bytes: number; readonly inFlightBytes: number; readonly fileBytes: number }[];
  /** Memory over that of the same page without a file, at its highest while the sparse file travels. */
  readonly memory: {
    readonly fileBytes: number;
    readonly sentBytes: number;
    readonly pageBytes: number;
    readonly browserBytes: number;
  };
  /** The files page of the web app while a folder of small files is dropped, until all of them are safe. */
  readonly frames: {
    readonly files: number;
    readonly tookMs: number;
    /** The ten longest times between two frames, longest first. */
    readonly longestMs: readonly number[];
  };
}

const resumedFileBytes = 48 * chunk + 11;
const resumedBytesPerSecond = 8_000_000;
const memoryBytesPerSecond = 40_000_000;
const memorySamples = 60;
const sampleMs = 250;
const buildWebApp = fileURLToPath(new URL("../../build.ts", import.meta.url));
const framesTimeoutMs = 300_000;

async function measureReopening(
  stage: Stage,
  round: number,
): Promise<readonly [number, BrowserFigures["again"][number]]> {
  const name = `reopened-${round}.bin`;
  const path = await stage.file(name, randomBytes(resumedFileBytes));
  const first = await stage.tab();
  stage.way.limit(resumedBytesPerSecond);
  await first.pick(path);
  const { uploadId } = await first.until(name, ({ confirmedBytes }) => confirmedBytes >= 0.4 * resumedFileBytes);
  await stage.kill();
  const [upload] = await stage.unfinished(name, resumedFileBytes);
  const { receivedBytes: travelledBytes } = stage.way.travelled(uploadId ?? "");
  await stage.browser();
  const moved = Promise.withResolvers<number>();
  stage.way.whenUp(stage.way.upBytes + 1, () => moved.resolve(performance.now()));
  const startedAt = performance.now();
  const second = await stage.tab();
  if ((await second.upload(name))?.status === "needs-source") throw new Error("The browser kept no copy of the file.");
  const reopenedMs = (await moved.promise) - startedAt;
  stage.way.limit(null);
  await stage.untilStored(name);
  const { receivedBytes } = stage.way.travelled(uploadId ?? "");
  await second.page.close();
  const inFlightBytes = travelledBytes - (upload?.receivedBytes ?? 0);
  return [reopenedMs, { bytes: receivedBytes - resumedFileBytes, inFlightBytes, fileBytes: resumedFileBytes }];
}

async function measureMemory(stage: Stage, fileBytes: number): Promise<BrowserFigures["memory"]> {
  const path = await stage.file("sparse.bin", { sparseBytes: fileBytes });
  const tab = await stage.tab();
  stage.way.limit(memoryBytesPerSecond);
  await delay(sampleMs);
  const idle = await memoryOf(tab);
  const before = stage.way.upBytes;
  await tab.pick(path);
  await until("the sparse file travels", async () => stage.way.upBytes > before);
  const peak = { pageBytes: 0, browserBytes: 0 };
  for (let sample = 0; sample < memorySamples; sample++) {
    const now = await memoryOf(tab);
    peak.pageBytes = Math.max(peak.pageBytes, now.pageBytes - idle.pageBytes);
    peak.browserBytes = Math.max(peak.browserBytes, now.browserBytes - idle.browserBytes);
    await delay(sampleMs);
  }
  return { ...peak, fileBytes, sentBytes: stage.way.upBytes - before };
}

/** Memory that belongs to the page's process and to all processes of the browser; what they share is divided. */
async function memoryOf({ page }: Tab): Promise<{ pageBytes: number; browserBytes: number }> {
  const browser = page.context().browser();
  if (browser === null) throw new Error("The browser cannot be asked.");
  const cdp = await browser.newBrowserCDPSession();
  const { processInfo } = await cdp.send("SystemInfo.getProcessInfo");
  await cdp.detach();
  const sizes = processInfo.map(({ type, id }) => ({ type, bytes: proportionalBytes(id) }));
  const sum = (list: typeof sizes) => list.reduce((total, { bytes }) => total + bytes, 0);
  return { pageBytes: sum(sizes.filter(({ type }) => type === "renderer")), browserBytes: sum(sizes) };
}

function proportionalBytes(pid: number): number {
  try {
    return Number(/^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1] ?? 0) * 1_024;
  } catch {
    // It has ended meanwhile.
    return 0;
  }
}

async function measureFrames(stage: Stage, files: number): Promise<BrowserFigures["frames"]> {
  // The server was started before there was a page to serve.
  execFileSync(process.execPath, ["--conditions=@hawser/source", buildWebApp], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  await stage.server.kill();
  await stage.server.start();
  const folder = join(stage.folder, "small");
  await mkdir(folder);
  for (let index = 0; index < files; index++) {
    await writeFile(join(folder, `${index}.txt`), `${index}`.padEnd(1 + (index % 900), "."));
  }
  const page = await (await stage.browser()).newPage();
  await page.goto(stage.server.url);
  await page.getByRole("heading", { level: 1 }).waitFor();
  await page.evaluate(() => {
    const longestMs: number[] = [];
    Object.assign(window, { longestMs });
    let last = performance.now();
    const frame = (now: number) => {
      longestMs.push(now - last);
      longestMs.sort((a, b) => b - a);
      longestMs.length = Math.min(longestMs.length, 10);
      last = now;
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  });
  const startedAt = performance.now();
  await new Tab(page).drop(folder);
  await until("they are on their way", async () => /on the way/.test(await page.title()));
  await until("all small files are safe", async () => /^Everything is safe/.test(await page.title()), framesTimeoutMs);
  const tookMs = performance.now() - startedAt;
  const longestMs = await page.evaluate(() => (window as unknown as { longestMs: number[] }).longestMs);
  return { files, tookMs, longestMs };
}

async function measure(rounds: number, sparseBytes: number, files: number): Promise<BrowserFigures> {
  const found = findChromium();
  if ("missing" in found) throw new Error(found.missing);
  const stage = await Stage.open(found.path, {});
  try {
    const reopened: Awaited<ReturnType<typeof measureReopening>>[] = [];
    for (let round = 1; round <= rounds; round++) reopened.push(await measureReopening(stage, round));
    // In a browser that has done nothing yet.
    await stage.kill();
    const memory = await measureMemory(stage, sparseBytes);
    await stage.kill();
    const frames = await measureFrames(stage, files);
    return { reopenedMs: reopened.map(([ms]) => ms), again: reopened.map(([, again]) => again), memory, frames };
  } finally {
    await stage.close();
  }
}

const [rounds = "1", sparseBytes = "10000000000", files = "10000"] = process.argv.slice(2);
console.log(JSON.stringify(await measure(Number(rounds), Number(sparseBytes), Number(files))));
