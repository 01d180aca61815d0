import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { listeningPattern } from "../kills/orders.ts";

/** A server in a process of its own that may not have many descriptors. Its folder goes with the test. */
export class LimitedServer {
  readonly dataDir: string;
  readonly port: number;
  readonly #child: ChildProcess;
  #complaints: string;

  private constructor(child: ChildProcess, dataDir: string, port: number, complaints: string) {
    this.#child = child;
    this.dataDir = dataDir;
    this.port = port;
    this.#complaints = complaints;
    child.stderr?.on("data", (text) => {
      this.#complaints += text;
    });
  }

  /** @param descriptors that the process may have open, of any kind; it needs about 40 to start */
  static async start({ descriptors }: { readonly descriptors: number }): Promise<LimitedServer> {
    const folder = await mkdtemp(join(tmpdir(), "hawser-limited-"));
    const dataDir = join(folder, "data");
    const entry = join(import.meta.dirname, "server-child.ts");
    const node = [process.execPath, "--conditions=@hawser/source", entry, dataDir];
    const child = spawn("bash", ["-c", 'ulimit -n "$0" && exec "$@"', String(descriptors), ...node], {
      stdio: ["pipe", "pipe", "pipe"],
    });
    onTestFinished(async () => {
      child.kill("SIGKILL");
      await rm(folder, { recursive: true });
    });
    let said = "";
    let complaints = "";
    child.stderr.on("data", (text) => {
      complaints += text;
    });
    for await (const text of child.stdout) {
      said += text;
      const url = listeningPattern.exec(said)?.[1];
      if (url !== undefined) return new LimitedServer(child, dataDir, Number(new URL(url).port), complaints);
    }
    throw new Error(`The server did not start: ${complaints}`);
  }

  /** What it told its operator. */
  get complaints(): string {
    return this.#complaints;
  }

  /** Lets it end in good order. */
  async close(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    this.#child.stdin?.end();
    await once(this.#child, "exit");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
