import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { blobSource, createUploader } from "@hawser/client";
import { limits } from "@hawser/protocol";
import { afterEach, beforeEach, expect, test } from "vitest";
import { CliProcess } from "../run-cli.ts";

const chunk = limits.chunkSizeBytes;
const sizeBytes = 48 * chunk;
const listening = /^Hawser listening on (http:\/\/\S+)$/;
let folder: string;
const running: CliProcess[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hawser-watch-kills-"));
});
afterEach(async () => {
  for (const process of running) process.kill("SIGKILL");
  await Promise.all(running.splice(0).map(({ ended }) => ended));
  await rm(folder, { recursive: true });
});

function hawser(...args: string[]): CliProcess {
  const process = new CliProcess(args);
  running.push(process);
  return process;
}

async function serve(port: string): Promise<{ process: CliProcess; url: string }> {
  const process = hawser("serve", "--port", port, "--data", join(folder, "data"));
  const [, url = ""] = listening.exec(await process.line((line) => listening.test(line))) ?? [];
  return { process, url };
}

test("[S7] [R8] a page and a push send, the server is killed and started again: hawser watch shows it all, without a gap", async () => {
  const first = await serve("0");
  const { url } = first;
  const programs = hawser("watch", "--server", url, "--json");
  const people = hawser("watch", "--server", url);
  await programs.line((line) => line.includes('"uploads"'));
  const path = join(folder, "push.bin");
  await writeFile(path, randomBytes(sizeBytes));
  const page = createUploader({ endpoint: `${url}/`, maxBytesPerSecond: 12 * chunk, maxAttempts: 1_000 });
  const upload = page.add(blobSource(new Blob([randomBytes(sizeBytes)]), { name: "page.bin" }));
  const push = hawser("push", path, "--server", url, "--journal", join(folder, "journal"), "--json");
  const isFar = (line: string) => line.includes('"progress"') && Number(JSON.parse(line).receivedBytes) > 4 * chunk;
  await programs.line(isFar);
  first.process.kill("SIGKILL");
  await first.process.ended;
  await serve(new URL(url).port);
  await upload.done;
  expect(await push.ended).toBe(0);
  await page.close();
  for (const name of ["page.bin", "push.bin"]) await people.line((line) => line.includes(`Safe: ${name}, 50 MB`));
  const ends = () => programs.events.filter(({ type }) => type === "completed").length;
  await expect.poll(ends, { timeout: 30_000 }).toBe(2);
  const seqs = programs.events
    .filter(({ type }) => type !== "validation_complete")
    .flatMap(({ seq, type }) => (type === "uploads" || seq === undefined ? [] : [seq]));
  expect(seqs).toEqual(Array.from({ length: seqs.length }, (_, index) => index + 1));
  expect(people.stderr.at(-1)).toBe("Watching again, and nothing was missed.");
  expect(people.stderr).toHaveLength(2);
  for (const watch of [programs, people]) {
    watch.kill("SIGINT");
    expect(await watch.ended).toBe(130);
  }
});
