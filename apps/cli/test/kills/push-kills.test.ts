import { createCipheriv, createHash } from "node:crypto";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type FilesResponse, limits } from "@hawser/protocol";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CliProcess } from "../run-cli.ts";

const listening = /^Hawser listening on (http:\/\/\S+)$/;
const wantedKills = 100;
const killsOfOneFile = 8;
const sizeBytes = 24 * limits.chunkSizeBytes + 7;
let folder: string;
let server: CliProcess;
let url: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hawser-push-kills-"));
  server = new CliProcess(["serve", "--port", "0", "--data", join(folder, "data")]);
  url = listening.exec(await server.line((line) => listening.test(line)))?.[1] ?? "";
});
afterAll(async () => {
  server.kill("SIGKILL");
  await server.ended;
  await rm(folder, { recursive: true });
});

/** Numbers from 0 up to 1 that are the same for the same seed. */
function randomOf(seed: number): () => number {
  let count = 0;
  return () => createHash("sha256").update(`${seed}/${count++}`).digest().readUInt32BE() / 2 ** 32;
}

/** One file with a journal of its own: what outlives the processes. */
class Stage {
  readonly name: string;
  readonly content: Buffer;
  readonly #journal: string;
  readonly #path: string;

  constructor(seed: number) {
    this.name = `killed-${seed}.bin`;
    // No two chunks alike, or a mix-up would not show.
    this.content = createCipheriv("aes-128-ctr", `seed ${seed}`.padEnd(16), Buffer.alloc(16)).update(
      Buffer.alloc(sizeBytes),
    );
    this.#path = join(folder, this.name);
    this.#journal = join(folder, `journal-${seed}`);
  }

  write(): Promise<void> {
    return writeFile(this.#path, this.content);
  }

  push(): CliProcess {
    return new CliProcess(["push", this.#path, "--server", url, "--journal", this.#journal, "--json"]);
  }

  async owed(): Promise<string[]> {
    return (await readdir(this.#journal)).filter((entry) => entry.endsWith(".json"));
  }

  async files(): Promise<FilesResponse["files"]> {
    const { files } = (await (await fetch(`${url}/files`)).json()) as FilesResponse;
    return files.filter(({ filename }) => filename === this.name);
  }

  async unfinished(): Promise<unknown[]> {
    const query = new URLSearchParams({ filename: this.name, size: `${sizeBytes}` });
    return ((await (await fetch(`${url}/uploads/check?${query}`)).json()) as { candidates: unknown[] }).candidates;
  }
}

/** Ends `process` with SIGKILL some time after it has begun; whether it was still there. */
async function killAfter(process: CliProcess, delayMs: number): Promise<boolean> {
  await process.line((line) => line.includes('"started"'));
  await Promise.race([delay(delayMs), process.ended]);
  process.kill("SIGKILL");
  return (await process.ended) === "SIGKILL";
}

/** How long a push takes from its beginning to its end. */
async function measure(): Promise<number> {
  const stage = new Stage(0);
  await stage.write();
  const process = stage.push();
  await process.line((line) => line.includes('"started"'));
  const startedAt = performance.now();
  expect(await process.ended).toBe(0);
  return performance.now() - startedAt;
}

test("[R8] [V4] [S18] hawser push killed at 100 random moments goes on each time; each file is there once, exact", async () => {
  const wholeMs = await measure();
  let killed = 0;
  let seed = 0;
  const carry = async () => {
    while (killed < wantedKills) {
      const stage = new Stage(++seed);
      await stage.write();
      const random = randomOf(seed);
      for (let life = 0; life < killsOfOneFile; life++) {
        if (!(await killAfter(stage.push(), random() * wholeMs))) break;
        killed++;
        // Killed after the server's last answer it has nothing left to do, and another push would send another file.
        if ((await stage.owed()).length === 0 && (await stage.files()).length > 0) break;
      }
      if ((await stage.files()).length === 0) expect(await stage.push().ended).toBe(0);
      const [file, ...others] = await stage.files();
      expect([others, await stage.unfinished(), file?.size]).toEqual([[], [], sizeBytes]);
      const stored = Buffer.from(await (await fetch(new URL(file?.url ?? "", url))).arrayBuffer());
      expect(stored.equals(stage.content), `seed ${seed}`).toBe(true);
    }
  };
  await Promise.all([carry(), carry()]);
  expect(killed).toBeGreaterThanOrEqual(wantedKills);
});
