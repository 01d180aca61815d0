import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Usage, UsageQuestion } from "./probe.ts";

const here = import.meta.dirname;
const startTimeoutMs = 120_000;
const stopTimeoutMs = 10_000;
const keptOutputChars = 4_000;
const listeningLine = / listening on http:\/\/[^\s:]+:(\d+)/;

export type ServerKind = "floor" | "hawser" | "peer";

/** Node's arguments for each server; all take a free port and keep what they receive in `folder`. */
const commands: Record<ServerKind, (folder: string) => string[]> = {
  floor: (folder) => [join(here, "floor-server.ts"), folder],
  peer: (folder) => [join(here, "peer-server.ts"), folder],
  hawser: (folder) => [join(here, "..", "apps", "cli", "src", "main.ts"), "serve", "--port", "0", "--data", folder],
};

/** A program under test in a process of its own. */
export interface MeasuredProcess {
  usage(): Promise<Usage>;
  /** Resident memory now and at its highest since `resetPeak`, in bytes. */
  memory(): { readonly residentBytes: number; readonly peakBytes: number };
  resetPeak(): void;
  /** Asks it to end, and ends it by its process id when it does not. */
  stop(): Promise<void>;
  /** `kill -9`. */
  kill(): Promise<void>;
}

export interface RunningServer extends MeasuredProcess {
  readonly port: number;
  /** From spawn to the line that says where it listens, in milliseconds. */
  readonly startMs: number;
}

/** Starts a server and waits until it listens. @throws Error with the end of its output when it does not */
export async function startServer(kind: ServerKind, folder: string): Promise<RunningServer> {
  const startedAt = performance.now();
  const child = spawnProbed(commands[kind](folder));
  const port = await awaitPort(child, kind);
  const startMs = performance.now() - startedAt;
  return { port, startMs, ...measureProcess(child, `${kind} server`) };
}

/** Starts one of the bench's or the product's programs from source, with the probe in it. */
export function spawnProbed(command: readonly string[]): ChildProcess {
  const args = ["--conditions=@hawser/source", "--import", join(here, "probe.ts"), ...command];
  return spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe", "ipc"] });
}

/** @param what what it is called in errors */
export function measureProcess(child: ChildProcess, what: string): MeasuredProcess {
  const status = `/proc/${child.pid}/status`;
  return {
    usage: () => askUsage(child, what),
    memory: () => readMemory(status),
    resetPeak: () => writeFileSync(`/proc/${child.pid}/clear_refs`, "5"),
    stop: () => end(child, "SIGTERM"),
    kill: () => end(child, "SIGKILL"),
  };
}

function awaitPort(child: ChildProcess, kind: ServerKind): Promise<number> {
  return new Promise((resolve, reject) => {
    let output = "";
    const fail = (why: string) => {
      child.kill("SIGKILL");
      reject(new Error(`The ${kind} server ${why}.\n${output}`));
    };
    const timer = setTimeout(() => fail("did not listen in time"), startTimeoutMs);
    const onExit = () => fail("ended before it listened");
    child.once("exit", onExit);
    child.once("error", onExit);
    const read = (text: string) => {
      output = (output + text).slice(-keptOutputChars);
      const port = listeningLine.exec(output)?.[1];
      if (port === undefined) return;
      clearTimeout(timer);
      child.off("exit", onExit);
      child.off("error", onExit);
      resolve(Number(port));
    };
    child.stdout?.setEncoding("utf8").on("data", read);
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      read(text);
      process.stderr.write(`[${kind}] ${text}`);
    });
  });
}

async function askUsage(child: ChildProcess, what: string): Promise<Usage> {
  if (!child.connected) throw new Error(`The ${what} has ended.`);
  const answer = once(child, "message", { signal: AbortSignal.timeout(stopTimeoutMs) });
  child.send("usage" satisfies UsageQuestion);
  return (await answer)[0] as Usage;
}

function readMemory(status: string): { residentBytes: number; peakBytes: number } {
  const text = readFileSync(status, "utf8");
  const read = (field: string) => Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(text)?.[1]) * 1_024;
  return { residentBytes: read("VmRSS"), peakBytes: read("VmHWM") };
}

async function end(child: ChildProcess, signal: "SIGTERM" | "SIGKILL"): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  // What a program says while it ends is of no interest, but its pipe must not fill up.
  child.stderr?.removeAllListeners("data").resume();
  child.kill(signal);
  const timer = setTimeout(() => child.kill("SIGKILL"), stopTimeoutMs);
  await exited;
  clearTimeout(timer);
}
