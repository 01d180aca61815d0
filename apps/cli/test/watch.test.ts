import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { limits } from "@hawser/protocol";
import { afterEach, beforeEach, expect, test } from "vitest";
import { FakeServer } from "./fake-server.ts";
import { Gate } from "./gate.ts";
import { CliProcess } from "./run-cli.ts";

const chunk = limits.chunkSizeBytes;
const listening = /^Hawser listening on (http:\/\/\S+)$/;
let folder: string;
let url: string;
const running: CliProcess[] = [];
const gates: Gate[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hawser-watch-"));
  const server = hawser("serve", "--port", "0", "--data", join(folder, "data"));
  url = listening.exec(await server.line((line) => listening.test(line)))?.[1] ?? "";
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

async function push(name: string, sizeBytes: number, server = url): Promise<CliProcess> {
  const path = join(folder, name);
  await writeFile(path, randomBytes(sizeBytes));
  return hawser("push", path, "--server", server, "--journal", join(folder, "journal"), "--json");
}

/** A push that has sent half of its file, and gets no further; and the id of its upload. */
async function pushHalf(name: string, sizeBytes: number): Promise<{ gate: Gate; process: CliProcess; id: string }> {
  const gate = new Gate(new URL(url).port, sizeBytes / 2);
  gates.push(gate);
  const process = await push(name, sizeBytes, await gate.listen());
  await gate.closed;
  const line = await process.line((line) => line.includes('"upload"'));
  return { gate, process, id: JSON.parse(line).id };
}

/** A watch that hears the server by now. */
async function watchJson(...args: string[]): Promise<CliProcess> {
  const process = hawser("watch", ...args, "--server", url, "--json");
  await process.line((line) => line.includes('"uploads"'));
  return process;
}

test("[S7] with --json each line is an event of the protocol, from the beginning of an upload to its end", async () => {
  const watch = await watchJson();
  expect(await (await push("film.bin", 6 * chunk)).ended).toBe(0);
  await watch.line((line) => line.includes('"completed"'));
  const types = watch.events.map(({ type }) => type as string);
  expect(types.filter((type) => !["progress", "chunk_uploaded", "resumed"].includes(type))).toEqual([
    "uploads",
    "created",
    "assembly_started",
    "validation_complete",
    "completed",
  ]);
  expect(types).toContain("progress");
  watch.kill("SIGINT");
  expect(await watch.ended).toBe(130);
  expect(watch.stderr).toEqual([]);
});

test("[S7] one upload is watched until it is safe, also when nobody watched its beginning, and then when it has ended", async () => {
  const { gate, process, id } = await pushHalf("film.bin", 8 * chunk);
  const watch = hawser("watch", id, "--server", url);
  await watch.line((line) => /^film\.bin: \d+%, .+ on its way\.$/.test(line));
  gate.open();
  expect(await process.ended).toBe(0);
  expect(await watch.ended).toBe(0);
  expect(watch.stdout.at(-1)).toMatch(/^\d\d:\d\d:\d\d {2}Safe: film\.bin, 8\.4 MB, after \d+ s$/);
  const late = hawser("watch", id, "--server", url);
  expect(await late.ended).toBe(0);
  expect(late.stdout).toHaveLength(1);
});

test("[S7] the end of a watched upload that is no file is told, and is no success", async () => {
  const { id } = await pushHalf("film.bin", 8 * chunk);
  const watch = hawser("watch", id, "--server", url);
  await watch.line((line) => line.includes("on its way"));
  expect(await hawser("cancel", id, "--server", url, "--journal", join(folder, "other")).ended).toBe(0);
  expect(await watch.ended).toBe(1);
  expect(watch.stdout.at(-1)).toMatch(/Cancelled: film\.bin, at \d+%$/);
});

test("[S15] an id that there is not, and one that is none, are said so", async () => {
  const unknown = hawser("watch", "f".repeat(32), "--server", url, "--json");
  expect(await unknown.ended).toBe(1);
  expect(unknown.event("failed")).toMatchObject({ code: "not_found" });
  const wrong = hawser("watch", "film", "--server", url);
  expect(await wrong.ended).toBe(2);
  expect(await hawser("watch", "f".repeat(32), "e".repeat(32), "--server", url).ended).toBe(2);
});

test("[S15] a server that knows nothing of watching ends it with a reason", async () => {
  const server = await new FakeServer().start();
  const watch = hawser("watch", "--server", server.url, "--json");
  expect(await watch.ended).toBe(1);
  expect(watch.event("failed")).toMatchObject({ code: "not_found" });
  await server.stop();
});

test("[S15] a server that is not there yet is waited for", async () => {
  const server = running[0] as CliProcess;
  server.kill("SIGKILL");
  await server.ended;
  const watch = hawser("watch", "--server", url);
  await watch.line((line) => line === "Nothing answers there. Watching goes on by itself.");
  hawser("serve", "--port", new URL(url).port, "--data", join(folder, "data"));
  await watch.line((line) => line === "Watching again, and nothing was missed.");
});
