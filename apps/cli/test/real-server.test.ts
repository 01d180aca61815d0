import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { limits } from "@hawser/protocol";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Gate } from "./gate.ts";
import { CliProcess } from "./run-cli.ts";

const chunk = limits.chunkSizeBytes;
const listening = /^Hawser listening on (http:\/\/\S+)$/;
const bin = fileURLToPath(new URL("../bin/hawser.js", import.meta.url));
let folder: string;
const running: CliProcess[] = [];
const gates: Gate[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hawser-real-"));
});

afterEach(async () => {
  for (const process of running) process.kill("SIGKILL");
  for (const gate of gates.splice(0)) gate.end();
  await Promise.all(running.splice(0).map(({ ended }) => ended));
  await rm(folder, { recursive: true });
});

function hawser(...args: string[]): CliProcess {
  const process = new CliProcess(args);
  running.push(process);
  return process;
}

async function serve(port = "0"): Promise<{ server: CliProcess; url: string; port: string }> {
  const server = hawser("serve", "--port", port, "--data", join(folder, "data"));
  const [, url = ""] = listening.exec(await server.line((line) => listening.test(line))) ?? [];
  return { server, url, port: new URL(url).port };
}

const push = (url: string, ...paths: string[]) =>
  hawser("push", ...paths, "--server", url, "--journal", join(folder, "journal"), "--json");

async function makeFile(name: string, sizeBytes: number): Promise<{ path: string; bytes: Buffer }> {
  const path = join(folder, name);
  const bytes = randomBytes(sizeBytes);
  await writeFile(path, bytes);
  return { path, bytes };
}

/** Pushes through a gate that has let half of the file pass; some runs are confirmed, and some are on their way. */
async function pushHalf(port: string, path: string, sizeBytes: number) {
  const gate = new Gate(port, sizeBytes / 2);
  gates.push(gate);
  const url = await gate.listen();
  const process = push(url, path);
  await gate.closed;
  await process.line((line) => line.includes('"progress"') && Number(JSON.parse(line).receivedBytes) > 0);
  return { gate, url, process };
}

async function expectPulled(url: string, id: unknown, bytes: Buffer): Promise<void> {
  const target = join(folder, `${id}.pulled`);
  const pull = hawser("pull", String(id), "--server", url, "-o", target, "--json");
  expect(await pull.ended).toBe(0);
  expect((await readFile(target)).equals(bytes)).toBe(true);
}

test("[S1] [S2] files of every awkward size go there and come back exactly", { timeout: 90_000 }, async () => {
  const { url } = await serve();
  const sizes = [0, 1, chunk - 1, chunk, chunk + 1, 8 * chunk, 21 * chunk + 123];
  const files = await Promise.all(sizes.map((size) => makeFile(`${size}.bin`, size)));
  const process = push(url, ...files.map(({ path }) => path));
  expect(await process.ended).toBe(0);
  const completed = process.events.filter(({ event }) => event === "completed");
  for (const { id, path } of completed) {
    await expectPulled(url, id, files.find((file) => file.path === path)?.bytes as Buffer);
  }
  const list = hawser("list", "--server", url, "--json");
  expect(await list.ended).toBe(0);
  expect(list.events.map(({ id }) => id).sort()).toEqual(completed.map(({ id }) => id).sort());
  expect(await hawser("verify", String(completed.at(-1)?.id), "--server", url).ended).toBe(0);
});

test("[S5] [R8] the server is killed under a push and started again: the push goes on by itself and ends exact", {
  timeout: 90_000,
}, async () => {
  const { path, bytes } = await makeFile("big.bin", 100 * chunk + 9);
  const first = await serve();
  const { gate, process } = await pushHalf(first.port, path, bytes.length);
  first.server.kill("SIGKILL");
  await first.server.ended;
  await process.line((line) => line.includes('"waiting"'));
  gate.open();
  const second = await serve(first.port);
  expect(await process.ended).toBe(0);
  expect(process.events.filter(({ event }) => event === "completed")).toHaveLength(1);
  await expectPulled(second.url, process.event("completed")?.id, bytes);
});

test("[R8] a push killed in the middle goes on: what was confirmed does not travel again", {
  timeout: 90_000,
}, async () => {
  const { path, bytes } = await makeFile("big.bin", 100 * chunk + 9);
  const { url: direct, port } = await serve();
  const { gate, url, process: first } = await pushHalf(port, path, bytes.length);
  first.kill("SIGKILL");
  expect(await first.ended).toBe("SIGKILL");
  const confirmed = Number(first.events.filter(({ event }) => event === "progress").at(-1)?.receivedBytes);
  gate.open();
  const second = push(url, path);
  expect(await second.ended).toBe(0);
  expect(second.event("upload")).toMatchObject({ id: first.event("upload")?.id, resumed: true });
  expect(Number(second.event("upload")?.receivedBytes)).toBeGreaterThanOrEqual(confirmed);
  await expectPulled(direct, second.event("completed")?.id, bytes);
  expect(await readdir(join(folder, "journal"))).toEqual([]);
});

test("[S1] serve says where it listens and what to do next, and stops when it is told to", async () => {
  const { server, url } = await serve();
  await server.line((line) => line.includes("Ctrl+C"));
  expect(server.stdout.filter((line) => listening.test(line))).toHaveLength(1);
  expect(server.stdout.join("\n")).toContain(`npx hawser push FILE --server ${url}`);
  server.kill("SIGTERM");
  expect(await server.ended).toBe(0);
  expect((await serve()).url).toMatch(/^http/);
});

test("[S15] a port that is taken, and a data folder in use, get a sentence and exit code 1", async () => {
  const { port } = await serve();
  const samePort = hawser("serve", "--port", port, "--data", join(folder, "other"));
  const sameData = hawser("serve", "--port", "0", "--data", join(folder, "data"));
  expect(await Promise.all([samePort.ended, sameData.ended])).toEqual([1, 1]);
  expect(samePort.stderr).toEqual([
    `hawser serve: Port ${port} on 127.0.0.1 is taken by another program. Choose another one with --port.`,
  ]);
  expect(sameData.stderr).toHaveLength(1);
  expect(sameData.stderr[0]).toContain(`the data folder ${join(folder, "data")}`);
});

test("[S1] bin/hawser.js runs from a checkout without a build, in one process", async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [bin, "--version"]);
  expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  const help = await promisify(execFile)(process.execPath, [bin, "push", "--help"]);
  expect(help.stdout).toContain("HAWSER_SERVER");
  expect(help.stdout).toMatch(/^ {2}130 {2}interrupted$/m);
});
