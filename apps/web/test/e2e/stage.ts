import { createHash } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { File, FilesResponse, Upload } from "@hawser/protocol";
import { type Browser, type BrowserContextOptions, type CDPSession, chromium, type Page } from "playwright-core";
import { afterAll, expect, inject, type TestContext } from "vitest";
import { browserArguments } from "./chromium.ts";
import { ServerProcess } from "./server-process.ts";

/** A page, and the real server behind it. */
export interface Stage {
  readonly page: Page;
  readonly cdp: CDPSession;
  readonly server: ServerProcess;
  /** Folder of this test alone. */
  readonly folder: string;
  /** What went wrong in the page: exceptions, and what its policy refused. */
  readonly faults: readonly string[];
}

/** One browser for all tests of a file; each has its own context, which shares nothing with the others. */
let launched: Promise<Browser> | undefined;
afterAll(async () => {
  await (await launched)?.close();
  launched = undefined;
});

/** Opens everything for one test and closes it after it. Without a browser the test is skipped, with the reason. */
export async function openStage(context: TestContext, options: BrowserContextOptions = {}): Promise<Stage> {
  const found = inject("chromium");
  if ("missing" in found) return context.skip(found.missing);
  const undo = new AsyncDisposableStack();
  context.onTestFinished(() => undo.disposeAsync());

  const folder = await mkdtemp(join(tmpdir(), "hawser-e2e-"));
  undo.defer(() => rm(folder, { recursive: true, maxRetries: 5 }));
  const server = new ServerProcess(join(folder, "data"));
  undo.defer(() => server.kill());
  await server.start();
  launched ??= chromium.launch({ executablePath: found.path, args: [...browserArguments] });
  const browserContext = await (await launched).newContext({ viewport: { width: 1280, height: 900 }, ...options });
  undo.defer(() => browserContext.close());
  const page = await browserContext.newPage();
  page.setDefaultTimeout(60_000);
  const faults: string[] = [];
  page.on("pageerror", (error) => faults.push(error.message));
  page.on("console", (message) => {
    if (/Content Security Policy|Unhandled|React/.test(message.text())) faults.push(message.text());
  });
  const cdp = await browserContext.newCDPSession(page);
  return { page, cdp, server, folder, faults };
}

/** Bytes that look random and are the same each time. */
export function bytesOf(sizeBytes: number, seed: string): Buffer {
  const block = createHash("sha512").update(seed).digest();
  const bytes = Buffer.alloc(sizeBytes);
  for (let at = 0; at < sizeBytes; at += block.length) {
    block.writeUInt32LE(at >>> 0, 0);
    block.copy(bytes, at);
  }
  return bytes;
}

/** Writes files below the stage's folder; `photos/a.jpg` makes the folder too. */
export async function makeFiles(stage: Stage, files: Readonly<Record<string, Buffer>>): Promise<string> {
  const root = join(stage.folder, "given");
  for (const [name, bytes] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), bytes);
  }
  return root;
}

/** Gives files to the page as its button would. */
export function pick(stage: Stage, ...paths: string[]): Promise<void> {
  return stage.page.locator('input[data-picker="files"]').setInputFiles(paths);
}

/** Drops files and folders from the system on the middle of the page. */
export async function drop({ cdp }: Stage, ...paths: string[]): Promise<void> {
  const data = { items: [], files: paths, dragOperationsMask: 1 };
  for (const type of ["dragEnter", "dragOver", "drop"] as const) {
    await cdp.send("Input.dispatchDragEvent", { type, x: 600, y: 500, data });
  }
}

/** Makes the line upwards as slow as this; null takes the limit away. */
export async function limitUpload({ cdp }: Stage, bytesPerSecond: number | null): Promise<void> {
  await cdp.send("Network.enable");
  const conditions = { offline: false, latency: 0, downloadThroughput: -1 };
  await cdp.send("Network.emulateNetworkConditions", { ...conditions, uploadThroughput: bytesPerSecond ?? -1 });
}

/** Waits until the page's title is this; the title is the state. */
export async function untilTitle({ page }: Stage, title: string): Promise<void> {
  await page.waitForFunction((wanted) => document.title === wanted, `${title} · Hawser`);
}

/** Every file on the server, newest first. */
export async function storedFiles({ server }: Stage): Promise<File[]> {
  const files: File[] = [];
  for (let query = ""; ; ) {
    const page = (await (await fetch(`${server.url}/files${query}`)).json()) as FilesResponse;
    files.push(...page.files);
    if (page.next === undefined) return files;
    query = `?cursor=${encodeURIComponent(page.next)}`;
  }
}

/** The one unfinished upload on the server with this name. */
export async function unfinished({ server }: Stage, filename: string, sizeBytes: number): Promise<Upload> {
  const query = new URLSearchParams({ filename, size: String(sizeBytes) });
  const { candidates } = (await (await fetch(`${server.url}/uploads/check?${query}`)).json()) as {
    candidates: { id: string }[];
  };
  expect(candidates).toHaveLength(1);
  return (await (await fetch(`${server.url}/uploads/${candidates[0]?.id}`)).json()) as Upload;
}

/** Whether the server has exactly these files, byte for byte. */
export async function expectStored(stage: Stage, files: Readonly<Record<string, Buffer>>): Promise<void> {
  const stored = await storedFiles(stage);
  expect(stored.map(({ filename }) => filename).sort()).toEqual(Object.keys(files).sort());
  for (const { filename, url } of stored) {
    const bytes = Buffer.from(await (await fetch(`${stage.server.url}${url}`)).arrayBuffer());
    expect([filename, bytes.equals(files[filename] ?? Buffer.alloc(0))]).toEqual([filename, true]);
  }
}
