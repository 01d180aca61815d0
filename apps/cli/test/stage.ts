import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { JournalRecord } from "@hawser/client";
import { FakeServer } from "./fake-server.ts";
import { CliProcess } from "./run-cli.ts";

/** A server, a folder for files, a journal, and programs that end with the test. */
export class Stage {
  readonly folder: string;
  readonly server: FakeServer;
  readonly #running: CliProcess[] = [];

  private constructor(folder: string, server: FakeServer) {
    this.folder = folder;
    this.server = server;
  }

  static async open(): Promise<Stage> {
    return new Stage(await mkdtemp(join(tmpdir(), "hawser-stage-")), await new FakeServer().start());
  }

  async close(): Promise<void> {
    for (const process of this.#running) process.kill("SIGKILL");
    await Promise.all(this.#running.map(({ ended }) => ended));
    await this.server.stop();
    await rm(this.folder, { recursive: true });
  }

  get journal(): string {
    return join(this.folder, "journal");
  }

  /** Options that lead to this server and this journal. */
  get options(): string[] {
    return ["--server", this.server.url, "--journal", this.journal];
  }

  hawser(name: string, args: readonly string[], given: { readonly hasInput?: boolean } = {}): CliProcess {
    const process = new CliProcess([name, ...args, ...this.options, "--json"], given);
    this.#running.push(process);
    return process;
  }

  async makeFile(name: string, sizeBytes: number): Promise<{ path: string; bytes: Buffer }> {
    const path = join(this.folder, name);
    const bytes = randomBytes(sizeBytes);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, bytes);
    return { path, bytes };
  }

  /** What is owed. */
  async records(): Promise<JournalRecord[]> {
    const names = (await readdir(this.journal)).filter((name) => name.endsWith(".json"));
    return Promise.all(
      names.map(async (name) => JSON.parse(await readFile(join(this.journal, name), "utf8")) as JournalRecord),
    );
  }

  /** Lets the first `count` runs through and holds every later one; resolves when the first one is held. */
  holdRunsAfter(count: number): Promise<void> {
    const held = Promise.withResolvers<void>();
    let runs = 0;
    this.server.trouble = async ({ chunks }) => {
      if (chunks.length === 0 || ++runs <= count) return;
      held.resolve();
      await new Promise(() => {});
    };
    return held.promise;
  }

  /** Ends what is still on the lines; from then on the server behaves, and only what comes now is seen. */
  async calmDown(): Promise<void> {
    await this.server.stop();
    this.server.trouble = () => {};
    this.server.seen.length = 0;
    await this.server.start();
  }

  /** Whether the server's one upload of that name has these bytes, all of them. */
  has(filename: string, bytes: Buffer): boolean {
    const uploads = [...this.server.uploads.values()].filter((upload) => upload.filename === filename);
    return uploads.some(({ id, state }) => state === "completed" && this.server.bytesOf(id).equals(bytes));
  }
}
