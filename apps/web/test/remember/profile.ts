import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { type Browser, type BrowserContext, chromium } from "playwright-core";

const browserArguments = [
  "--headless=new",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-crash-reporter",
  "--disable-sync",
  "--hide-crash-restore-bubble",
  "--remote-debugging-port=0",
];
const listening = /^DevTools listening on (ws:\/\/\S+)$/;
const startTimeoutMs = 60_000;

/**
 * A browser with a profile on disk. It is a process group of its own, so that all of it can be killed at one moment,
 * as a crash or an empty battery would, and started again on what it had made durable.
 */
export class BrowserProfile {
  readonly #executablePath: string;
  readonly #folder: string;
  #running: { readonly child: ChildProcess; readonly browser: Browser } | undefined;

  constructor(executablePath: string, folder: string) {
    this.#executablePath = executablePath;
    this.#folder = folder;
  }

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /** The process id of the browser, which is that of its group too. */
  get pid(): number {
    const pid = this.#running?.child.pid;
    if (pid === undefined) throw new Error("The browser does not run.");
    return pid;
  }

  async start(): Promise<BrowserContext> {
    const child = spawn(this.#executablePath, [...browserArguments, `--user-data-dir=${this.#folder}`, "about:blank"], {
      detached: true,
      stdio: ["ignore", "ignore", "pipe"],
    });
    try {
      const browser = await chromium.connectOverCDP(await debuggerOf(child));
      this.#running = { child, browser };
      const [context] = browser.contexts();
      if (context === undefined) throw new Error("The browser has no context.");
      return context;
    } catch (error) {
      await killGroup(child);
      throw error;
    }
  }

  /** `kill -9` for the browser and all its processes. */
  async kill(): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    if (running === undefined) return;
    await killGroup(running.child);
    // Nobody is at the other end any more: whether that ends well is of no interest.
    running.browser.close().catch(() => undefined);
  }
}

async function debuggerOf(child: ChildProcess): Promise<string> {
  const { stderr } = child;
  if (stderr === null) throw new Error("The browser's output cannot be read.");
  const timer = setTimeout(() => child.kill("SIGKILL"), startTimeoutMs);
  try {
    for await (const line of createInterface({ input: stderr })) {
      const url = listening.exec(line)?.[1];
      if (url === undefined) continue;
      stderr.resume();
      return url;
    }
  } finally {
    clearTimeout(timer);
  }
  throw new Error("The browser ended before it could be driven.");
}

async function killGroup(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  process.kill(-child.pid, "SIGKILL");
  await exited;
}
