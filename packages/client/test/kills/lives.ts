import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type FaultProxy, startFaultProxy } from "../proxy/fault-proxy.ts";
import type { KillMoment } from "./killing.ts";
import type { PushEnd, PushSettings } from "./push.ts";

/** One file, its journal, and the line to the server: what outlives the process that sends it. */
export interface PushStage extends AsyncDisposable {
  readonly path: string;
  readonly name: string;
  readonly journalFolder: string;
  readonly proxy: FaultProxy;
  /** One life of the program: how it ended, or null when it was killed. */
  live(kill?: KillMoment): Promise<PushEnd | null>;
}

/** A time that no file gets by itself. */
export const fileTimeSeconds = 1_600_000_000;

export async function openPushStage(serverUrl: string, name: string, content: Uint8Array): Promise<PushStage> {
  const folder = await mkdtemp(join(tmpdir(), "hawser-kills-"));
  const proxy = await startFaultProxy({ target: serverUrl, seed: 1, plan: [] });
  const path = join(folder, name);
  const journalFolder = join(folder, "journal");
  await writeFile(path, content);
  await utimes(path, fileTimeSeconds, fileTimeSeconds);
  return {
    path,
    name,
    journalFolder,
    proxy,
    live: (kill = {}) => run({ endpoint: `${proxy.url}/`, journalFolder, path, kill }),
    [Symbol.asyncDispose]: async () => {
      await proxy.close();
      await rm(folder, { recursive: true });
    },
  };
}

async function run(settings: PushSettings): Promise<PushEnd | null> {
  const program = join(import.meta.dirname, "push.ts");
  const options = ["--conditions=@hawser/source", program, JSON.stringify(settings)];
  const child = spawn(process.execPath, options, { stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  const [code, signal] = await once(child, "close");
  if (signal === "SIGKILL") return null;
  if (code !== 0) throw new Error(`push ended with ${code ?? signal}`);
  return JSON.parse(output.trim().split("\n").at(-1) ?? "");
}
