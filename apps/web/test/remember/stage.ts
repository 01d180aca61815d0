import { mkdir, mkdtemp, open, rm, truncate, utimes, writeFile } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type File, type FilesResponse, limits, type Upload } from "@hawser/protocol";
import type { BrowserContext, CDPSession, Page } from "playwright-core";
import { ServerProcess } from "../e2e/server-process.ts";
import { type FatalWrite, watchJournal } from "./journal-kill.ts";
import { buildEnginePage } from "./page-build.ts";
import type { PageSettings, Seen, StagePage } from "./page-words.ts";
import { BrowserProfile } from "./profile.ts";
import { type OwnPages, openWay, type Way } from "./way.ts";

declare const stage: StagePage;

export const chunk = limits.chunkSizeBytes;
/** A time that no file gets by itself. */
const fileTimeSeconds = 1_600_000_000;

/** Small runs and short waits: much can happen to a small file. */
export const hasty = {
  maxLanes: 2,
  runChunks: 2,
  oneShotBytes: 0,
  maxAttempts: 1_000,
  baseDelayMs: 50,
  maxDelayMs: 400,
} satisfies PageSettings;

let enginePage: ReturnType<typeof buildEnginePage> | undefined;
const pollMs = 20;

/** Waits until `check` gives something; asks again while it gives nothing. @throws Error after `timeoutMs` */
export async function until<T>(
  what: string,
  check: () => Promise<T | null | undefined | false>,
  timeoutMs = 60_000,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const found = await check();
    if (found !== null && found !== undefined && found !== false) return found;
    if (performance.now() > deadline) throw new Error(`It never came to this: ${what}.`);
    await delay(pollMs);
  }
}

/** A server, the way to it, and a browser that remembers what its profile holds. All three can fail and come back. */
export class Stage {
  readonly server: ServerProcess;
  readonly way: Way;
  readonly profile: BrowserProfile;
  readonly folder: string;
  /** Times the browser was killed. */
  kills = 0;
  /** Times a page asked for a new token. */
  tokens = 0;
  readonly settings: PageSettings;
  #context: BrowserContext | undefined;
  #closed: Promise<void> | undefined;
  #died: Promise<void> | undefined;
  #dying = Promise.withResolvers<void>();

  private constructor(parts: Pick<Stage, "server" | "way" | "profile" | "folder">, settings: PageSettings) {
    this.server = parts.server;
    this.way = parts.way;
    this.profile = parts.profile;
    this.folder = parts.folder;
    this.settings = settings;
  }

  static async open(chromiumPath: string, settings: PageSettings): Promise<Stage> {
    const folder = await mkdtemp(join(tmpdir(), "hawser-remember-"));
    await mkdir(join(folder, "given"));
    const server = new ServerProcess(join(folder, "data"));
    await server.start();
    enginePage ??= buildEnginePage();
    const pages = await enginePage;
    const opened: { stage?: Stage } = {};
    const ownPages: OwnPages = (path, response) =>
      pages(path, response) || opened.stage?.answer(path, response) === true;
    const way = await openWay(() => server.url, ownPages);
    const profile = new BrowserProfile(chromiumPath, join(folder, "profile"));
    opened.stage = new Stage({ server, way, profile, folder }, settings);
    return opened.stage;
  }

  /** What pages of the stage itself ask for: a new token, or the end, which nobody answers. */
  answer(path: string, response: ServerResponse): boolean {
    if (path === "/stage/token") {
      this.tokens++;
      this.way.set("open");
      response.writeHead(204).end();
      return true;
    }
    if (path === "/stage/die") void this.kill();
    return path === "/stage/die";
  }

  /** Safe to call again. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    await this.profile.kill();
    await this.way.close();
    await this.server.kill();
    await rm(this.folder, { recursive: true, maxRetries: 5 });
  }

  /** Starts the browser where it does not run. */
  async browser(): Promise<BrowserContext> {
    await this.#died;
    if (!this.profile.isRunning) {
      this.#dying = Promise.withResolvers();
      this.#context = await this.profile.start();
    }
    if (this.#context === undefined) throw new Error("There is no browser.");
    return this.#context;
  }

  /** A new tab with the engine's page in it, once the engine has read its journal. */
  async tab(options: { readonly fatalWrite?: FatalWrite; readonly settings?: PageSettings } = {}): Promise<Tab> {
    const page = await (await this.browser()).newPage();
    if (options.fatalWrite !== undefined) await page.addInitScript(watchJournal, options.fatalWrite);
    const settings = encodeURIComponent(JSON.stringify({ ...this.settings, ...options.settings }));
    await page.goto(`${this.way.url}/stage/#${settings}`);
    await page.waitForFunction(() => typeof stage === "object" && stage.isReady);
    return new Tab(page);
  }

  /** `kill -9` for the browser, at this moment. What had not been read from its connections is lost. */
  async kill(): Promise<void> {
    if (!this.profile.isRunning) return this.#died;
    this.kills++;
    this.#died = this.profile.kill();
    this.way.cut();
    this.#dying.resolve();
    await this.#died;
  }

  /** Resolves when the browser that runs now is killed: questions that were put to it may then never be answered. */
  get death(): Promise<void> {
    return this.#dying.promise;
  }

  /** Writes a file that a person may give; its time is always the same. */
  async file(name: string, content: Uint8Array | { readonly sparseBytes: number }): Promise<string> {
    const path = join(this.folder, "given", name);
    if (content instanceof Uint8Array) await writeFile(path, content);
    else {
      await (await open(path, "w")).close();
      await truncate(path, content.sparseBytes);
    }
    await utimes(path, fileTimeSeconds, fileTimeSeconds);
    return path;
  }

  /** Finished files on the server by that name. */
  async stored(name: string): Promise<File[]> {
    const { files } = (await this.#ask("/files")) as FilesResponse;
    return files.filter(({ filename }) => filename === name);
  }

  /** The server's own word on unfinished uploads by that name. */
  async unfinished(filename: string, sizeBytes: number): Promise<Upload[]> {
    const query = new URLSearchParams({ filename, size: `${sizeBytes}` });
    const { candidates } = (await this.#ask(`/uploads/check?${query}`)) as { candidates: { id: string }[] };
    return Promise.all(candidates.map(async ({ id }) => (await this.#ask(`/uploads/${id}`)) as Upload));
  }

  async untilStored(name: string): Promise<File> {
    return until(`${name} is stored`, async () => (await this.stored(name))[0], 90_000);
  }

  async #ask(path: string): Promise<unknown> {
    return (await fetch(`${this.server.url}${path}`)).json();
  }
}

/** One tab of the browser, with the engine's page. */
export class Tab {
  readonly page: Page;
  #cdp: CDPSession | undefined;

  constructor(page: Page) {
    this.page = page;
  }

  async cdp(): Promise<CDPSession> {
    this.#cdp ??= await this.page.context().newCDPSession(this.page);
    return this.#cdp;
  }

  /** Gives files as a person does who picks them. Nothing of them passes through this process, whatever their size. */
  async pick(...files: string[]): Promise<void> {
    const cdp = await this.cdp();
    const { result } = await cdp.send("Runtime.evaluate", { expression: 'document.querySelector("#files")' });
    if (result.objectId === undefined) throw new Error("The page has no input.");
    await cdp.send("DOM.setFileInputFiles", { files, objectId: result.objectId });
  }

  /** Drops files from the system on the page. */
  async drop(...files: string[]): Promise<void> {
    const cdp = await this.cdp();
    const data = { items: [], files, dragOperationsMask: 1 };
    for (const type of ["dragEnter", "dragOver", "drop"] as const) {
      await cdp.send("Input.dispatchDragEvent", { type, x: 300, y: 200, data });
    }
  }

  uploads(): Promise<readonly Seen[]> {
    return this.page.evaluate(() => stage.uploads());
  }

  told(): Promise<readonly string[]> {
    return this.page.evaluate(() => stage.told);
  }

  /** How well this browser keeps what is owed. */
  storage(): Promise<{ readonly spoolBytes: number; readonly isDurable: boolean; readonly trouble: string | null }> {
    return this.page.evaluate(() => {
      const { spoolBytes, isDurable, trouble } = stage.uploader.storage;
      return { spoolBytes, isDurable, trouble: trouble?.code ?? null };
    });
  }

  async upload(name: string): Promise<Seen | undefined> {
    return (await this.uploads()).find((upload) => upload.name === name);
  }

  /** Waits until the page shows an upload of that name as wanted. */
  async until(name: string, wanted: (upload: Seen) => boolean): Promise<Seen> {
    const seen: (Seen | undefined)[] = [];
    const check = async () => {
      seen[0] = await this.upload(name);
      return seen[0] !== undefined && wanted(seen[0]) && seen[0];
    };
    return until(name, check).catch((error: Error) => {
      throw new Error(`${error.message} ${JSON.stringify(seen[0])}`);
    });
  }

  does(name: string, act: Parameters<StagePage["does"]>[1]): Promise<boolean> {
    return this.page.evaluate((parts) => stage.does(...parts), [name, act] as const);
  }

  /**
   * Its scripts stand still; what it has sent still travels, and messages to it are lost. A browser that is driven
   * takes all its pages for visible and freezes none, so they are stopped as at a breakpoint.
   */
  async freeze(): Promise<void> {
    const cdp = await this.cdp();
    const paused = new Promise((resolve) => cdp.once("Debugger.paused", resolve));
    await cdp.send("Debugger.enable");
    await cdp.send("Debugger.pause");
    // It stops at the next statement that runs; this one ends when it wakes up, or with the tab.
    cdp.send("Runtime.evaluate", { expression: "0" }).catch(() => undefined);
    await paused;
  }

  async wake(): Promise<void> {
    const cdp = await this.cdp();
    await cdp.send("Debugger.resume");
    await cdp.send("Debugger.disable");
  }
}
