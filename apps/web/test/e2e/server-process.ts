import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../../../cli/src/main.ts", import.meta.url));
const listening = /^Hawser listening on (http:\/\/\S+)$/;

/** The real server with the built app, as `hawser serve` runs it; it can be killed and started again. */
export class ServerProcess {
  readonly #dataDir: string;
  #child: ChildProcess | undefined;
  #url = "";

  constructor(dataDir: string) {
    this.#dataDir = dataDir;
  }

  get url(): string {
    return this.#url;
  }

  /** Starts it; the second time under the address of the first. */
  async start(): Promise<void> {
    const port = this.#url === "" ? "0" : new URL(this.#url).port;
    const args = ["--conditions=@hawser/source", main, "serve", "--port", port, "--data", this.#dataDir];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    this.#child = child;
    for await (const line of createInterface({ input: child.stdout })) {
      const url = listening.exec(line)?.[1];
      if (url === undefined) continue;
      this.#url = url;
      child.stdout.resume();
      return;
    }
    throw new Error("The server ended before it listened.");
  }

  /** As a crash would end it. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  }
}
