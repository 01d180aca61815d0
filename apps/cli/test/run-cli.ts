import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));

/** A running `hawser`, whose lines can be waited for. */
export class CliProcess {
  readonly child: ChildProcess;
  readonly stdout: string[] = [];
  readonly stderr: string[] = [];
  readonly ended: Promise<number | NodeJS.Signals>;
  readonly #watchers = new Set<() => void>();

  /** @param hasInput whether something is written to its standard input; else it has none */
  constructor(args: readonly string[], { hasInput = false }: { readonly hasInput?: boolean } = {}) {
    this.child = spawn(process.execPath, ["--conditions=@hawser/source", main, ...args], {
      stdio: [hasInput ? "pipe" : "ignore", "pipe", "pipe"],
    });
    // The program may end before it has read everything.
    this.child.stdin?.on("error", () => {});
    const read = (stream: NodeJS.ReadableStream, lines: string[]) =>
      createInterface({ input: stream }).on("line", (line) => {
        lines.push(line);
        for (const watcher of this.#watchers) watcher();
      });
    read(this.child.stdout as NodeJS.ReadableStream, this.stdout);
    read(this.child.stderr as NodeJS.ReadableStream, this.stderr);
    this.ended = new Promise((resolve) => {
      this.child.once("close", (code, signal) => resolve(code ?? signal ?? 1));
    });
  }

  /** The events of `--json`. */
  get events(): Record<string, unknown>[] {
    return this.stdout.map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  event(name: string): Record<string, unknown> | undefined {
    return this.events.find(({ event }) => event === name);
  }

  /** Resolves when a line of stdout or stderr satisfies `matches`; rejects when the process ends without one. */
  async line(matches: (line: string) => boolean): Promise<string> {
    const find = () => [...this.stdout, ...this.stderr].find(matches);
    const found = Promise.withResolvers<string>();
    const watch = () => {
      const line = find();
      if (line !== undefined) found.resolve(line);
    };
    this.#watchers.add(watch);
    watch();
    const early = this.ended.then((code) => {
      throw new Error(`hawser ended with ${code} before that line:\n${[...this.stdout, ...this.stderr].join("\n")}`);
    });
    try {
      return await Promise.race([found.promise, early]);
    } finally {
      this.#watchers.delete(watch);
      early.catch(() => {});
    }
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }
}
