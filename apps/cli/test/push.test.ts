import { randomBytes } from "node:crypto";
import { mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chunksIn, HawserError, limits, type Ranges } from "@hawser/protocol";
import { afterEach, beforeEach, expect, test } from "vitest";
import { FakeServer } from "./fake-server.ts";
import { CliProcess } from "./run-cli.ts";

const chunk = limits.chunkSizeBytes;
let folder: string;
let journal: string;
let server: FakeServer;
const running: CliProcess[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hawser-push-"));
  journal = join(folder, "journal");
  server = await new FakeServer().start();
});

afterEach(async () => {
  for (const process of running.splice(0)) process.kill("SIGKILL");
  await server.stop();
  await rm(folder, { recursive: true });
});

function push(paths: readonly string[], ...options: string[]): CliProcess {
  const process = new CliProcess([
    "push",
    ...paths,
    "--json",
    "--server",
    server.url,
    "--journal",
    journal,
    ...options,
  ]);
  running.push(process);
  return process;
}

async function makeFile(name: string, sizeBytes: number): Promise<{ path: string; bytes: Buffer }> {
  const path = join(folder, name);
  const bytes = randomBytes(sizeBytes);
  await writeFile(path, bytes);
  return { path, bytes };
}

const journalEntries = async () => (await readdir(journal)).filter((name) => name.endsWith(".json"));
const completedId = (process: CliProcess) => String(process.event("completed")?.id);

/**
 * Holds every run after the first `count`, without an answer; resolves when one is held, so that what was answered is
 * settled: a run counts once its body is here, and is stored in the same turn.
 */
function holdRunsAfter(count: number): Promise<void> {
  const held = Promise.withResolvers<void>();
  let runs = 0;
  server.trouble = async ({ chunks }) => {
    if (chunks.length === 0 || ++runs <= count) return;
    held.resolve();
    await new Promise(() => {});
  };
  return held.promise;
}

test("[S1] [S2] files of every awkward size arrive exactly, and both sides have the same digest", async () => {
  const sizes = [0, 1, chunk - 1, chunk, chunk + 1, 8 * chunk, 21 * chunk + 123];
  const files = await Promise.all(sizes.map((size) => makeFile(`${size}.bin`, size)));
  const process = push(files.map(({ path }) => path));
  expect(await process.ended).toBe(0);
  const completed = process.events.filter(({ event }) => event === "completed");
  expect(completed).toHaveLength(sizes.length);
  for (const { id, url, digest, path } of completed) {
    const file = files.find((other) => other.path === path);
    expect(server.bytesOf(String(id)).equals(file?.bytes as Buffer)).toBe(true);
    expect(url).toBe(`${server.url}/files/${id}`);
    expect(digest).toMatch(/^tree:[0-9a-f]{64}$/);
  }
  expect(await journalEntries()).toEqual([]);
});

test("[R8] a push killed in the middle goes on: only what is missing travels", async () => {
  const { path, bytes } = await makeFile("big.bin", 64 * chunk + 5);
  const held = holdRunsAfter(3);
  const first = push([path]);
  await held;
  first.kill("SIGKILL");
  expect(await first.ended).toBe("SIGKILL");
  expect(await journalEntries()).toHaveLength(1);

  const [upload] = server.uploads.values();
  const acknowledged = new Set(upload?.chunks.keys());
  const heldBytes = acknowledged.size * chunk;
  expect(acknowledged.size).toBeGreaterThanOrEqual(3);
  server.trouble = () => {};
  server.seen.length = 0;
  const second = push([path]);
  expect(await second.ended).toBe(0);
  expect(second.event("upload")).toMatchObject({ id: upload?.id, resumed: true, receivedBytes: heldBytes });
  expect(server.chunksSeen.filter((number) => acknowledged.has(number))).toEqual([]);
  expect(server.chunksSeen).toHaveLength(65 - acknowledged.size);
  expect(server.bytesOf(completedId(second)).equals(bytes)).toBe(true);
  expect(await journalEntries()).toEqual([]);
});

test("[S5] [R8] a server that goes and comes back is waited for, and nothing acknowledged travels again", async () => {
  const { path, bytes } = await makeFile("big.bin", 40 * chunk);
  const held = holdRunsAfter(1);
  const process = push([path]);
  await held;
  await server.stop();
  const [upload] = server.uploads.values();
  const acknowledged = new Set(upload?.chunks.keys());
  server.trouble = () => {};
  server.seen.length = 0;
  await process.line((line) => line.includes('"waiting"') && line.includes("Nothing answers"));
  await server.start();
  expect(await process.ended).toBe(0);
  expect(server.chunksSeen.filter((number) => acknowledged.has(number))).toEqual([]);
  expect(server.bytesOf(completedId(process)).equals(bytes)).toBe(true);
});

test("[S4] a chunk damaged on the way is sent again, alone", async () => {
  const { path, bytes } = await makeFile("big.bin", 12 * chunk);
  let damaged = false;
  const told = Promise.withResolvers<void>();
  server.trouble = async ({ chunks }, _request, body) => {
    if (!chunks.includes(3)) return;
    // The second time it arrives only when the first has been told.
    if (damaged) return told.promise;
    damaged = true;
    body[(3 - (chunks[0] as number)) * chunk + 77] = (body[(3 - (chunks[0] as number)) * chunk + 77] as number) ^ 1;
  };
  const process = push([path]);
  await process.line((line) => line.includes('"resending"'));
  told.resolve();
  expect(await process.ended).toBe(0);
  expect(process.event("resending")).toMatchObject({ chunks: 1 });
  expect(process.event("waiting")).toBeUndefined();
  expect(server.chunksSeen.sort((a, b) => a - b)).toEqual([1, 2, 3, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  expect(server.bytesOf(completedId(process)).equals(bytes)).toBe(true);
});

test("[S15] passing refusals are waited out: 503 at the start, 507 in between, 429 at the end", async () => {
  const { path, bytes } = await makeFile("big.bin", 9 * chunk);
  const refusals = new Map([
    ["initialize", new HawserError("unavailable", { retryAfterSeconds: 1 })],
    ["run", new HawserError("storage_full")],
    ["finalize", new HawserError("too_many_requests", { retryAfterSeconds: 1 })],
  ]);
  server.trouble = ({ path: requested, chunks }) => {
    const kind = chunks.length > 0 ? "run" : (requested.split("/").pop() ?? "");
    const refusal = refusals.get(kind);
    refusals.delete(kind);
    if (refusal !== undefined) throw refusal;
  };
  const process = push([path]);
  expect(await process.ended).toBe(0);
  expect(refusals.size).toBe(0);
  const waits = process.events.filter(({ event }) => event === "waiting");
  expect(waits.map(({ code }) => code)).toEqual(["unavailable", "storage_full", "too_many_requests"]);
  // What is left of the second when it is told, and telling is throttled to ten times a second.
  expect(waits[0]?.delayMs).toBeGreaterThan(800);
  expect(server.bytesOf(completedId(process)).equals(bytes)).toBe(true);
});

test("[R9] a file edited between two pushes starts anew, and that is told", async () => {
  const { path } = await makeFile("big.bin", 40 * chunk);
  const held = holdRunsAfter(1);
  const first = push([path]);
  await held;
  first.kill("SIGKILL");
  await first.ended;
  server.trouble = () => {};
  const edited = await makeFile("big.bin", 40 * chunk);
  const second = push([path]);
  expect(await second.ended).toBe(0);
  expect(second.event("anew")).toMatchObject({ code: "source_changed" });
  expect(server.uploads.size).toBe(2);
  expect(server.bytesOf(completedId(second)).equals(edited.bytes)).toBe(true);
});

test("[R9] [X5] a file edited with its times put back is found out by content: exit code 4, nothing mixed", async () => {
  const { path } = await makeFile("big.bin", 40 * chunk);
  const time = new Date("2026-11-01T10:00:00Z");
  await utimes(path, time, time);
  const held = holdRunsAfter(1);
  const first = push([path]);
  await held;
  first.kill("SIGKILL");
  await first.ended;
  await makeFile("big.bin", 40 * chunk);
  await utimes(path, time, time);
  server.trouble = () => {};
  const second = push([path]);
  expect(await second.ended).toBe(4);
  expect(second.event("failed")).toMatchObject({ code: "source_changed" });
  expect([...server.uploads.values()].map(({ state }) => state)).toEqual(["active"]);
  const third = push([path]);
  expect(await third.ended).toBe(0);
});

test("[R9] a file edited while it is sent is never finalized: exit code 4", async () => {
  const { path } = await makeFile("big.bin", 3 * chunk);
  server.trouble = async ({ path: requested }) => {
    if (requested.includes("/chunks/")) await writeFile(path, randomBytes(3 * chunk));
  };
  const process = push([path]);
  expect(await process.ended).toBe(4);
  expect([...server.uploads.values()].map(({ state }) => state)).toEqual(["active"]);
});

test("[R8] an upload that the server no longer has is replaced by a new one", async () => {
  const { path, bytes } = await makeFile("big.bin", 40 * chunk);
  const held = holdRunsAfter(1);
  const first = push([path]);
  await held;
  first.kill("SIGKILL");
  await first.ended;
  server.uploads.clear();
  server.trouble = () => {};
  const second = push([path]);
  expect(await second.ended).toBe(0);
  expect(second.event("anew")).toMatchObject({ code: "upload_gone" });
  expect(server.bytesOf(completedId(second)).equals(bytes)).toBe(true);
});

test("[R5] answers that got lost make no second upload", async () => {
  const big = await makeFile("big.bin", 3 * chunk);
  const small = await makeFile("small.bin", 100);
  const lost = new Set(["/uploads/initialize", "/uploads", "finalize"]);
  server.loses = ({ path }) => lost.delete(path) || (path.endsWith("/finalize") && lost.delete("finalize"));
  const process = push([big.path, small.path]);
  expect(await process.ended).toBe(0);
  expect(lost.size).toBe(0);
  const completed = process.events.filter(({ event }) => event === "completed");
  expect([...server.uploads.keys()].sort()).toEqual(completed.map(({ id }) => id).sort());
});

test("[S15] a cancelled upload ends its push: exit code 1, no new upload", async () => {
  const { path } = await makeFile("big.bin", 40 * chunk);
  server.trouble = ({ chunks }) => {
    if (chunks.length === 0) return;
    for (const upload of server.uploads.values()) upload.state = "cancelled";
  };
  const process = push([path]);
  expect(await process.ended).toBe(1);
  expect(process.event("failed")).toMatchObject({ code: "gone" });
  expect(server.uploads.size).toBe(1);
});

test("[S15] no server for too long: exit code 5, and the journal keeps what is owed", async () => {
  const { path } = await makeFile("big.bin", 3 * chunk);
  await server.stop();
  const process = push([path], "--give-up", "300ms");
  expect(await process.ended).toBe(5);
  expect(process.event("failed")).toMatchObject({ code: "gave_up", resumable: true });
  expect(await journalEntries()).toHaveLength(1);
});

test("[S15] Ctrl+C ends a push with 130, and it can go on", async () => {
  const { path } = await makeFile("big.bin", 40 * chunk);
  const held = holdRunsAfter(1);
  const process = push([path]);
  await held;
  process.kill("SIGINT");
  expect(await process.ended).toBe(130);
  expect(process.event("failed")).toMatchObject({ code: "interrupted", resumable: true });
  expect(await journalEntries()).toHaveLength(1);
});

test("[S15] exit codes: nothing found 1, some failed 3, wrong usage 2", async () => {
  const { path } = await makeFile("small.bin", 5);
  const none = push([join(folder, "absent.bin")]);
  const some = push([path, join(folder, "absent.bin")]);
  const usage = push([path], "--lanes", "none");
  const nothing = push([]);
  expect(await Promise.all([none.ended, some.ended, usage.ended, nothing.ended])).toEqual([1, 3, 2, 2]);
  expect(usage.stderr.join("\n")).toContain('--lanes: "none" is not a whole number from 1 to 16.');
});

/** Loses the first answer to initialize, and lets the server hold the chunks of `ranges` when it is asked again. */
function holdAlready(bytes: Buffer, ranges: Ranges): void {
  let asked = 0;
  server.loses = ({ path }) => path.endsWith("/initialize") && asked === 1;
  server.trouble = ({ path }) => {
    if (!path.endsWith("/initialize") || ++asked === 1) return;
    const [upload] = server.uploads.values();
    for (const number of chunksIn(ranges)) {
      upload?.chunks.set(number, bytes.subarray((number - 1) * chunk, number * chunk));
    }
  };
}

test("[R13] a store that wants aligned runs gets whole groups", async () => {
  server.runAlign = 8;
  const { path, bytes } = await makeFile("big.bin", 20 * chunk + 1);
  holdAlready(bytes, [
    [1, 5],
    [12, 12],
  ]);
  const process = push([path]);
  expect(await process.ended).toBe(0);
  const runs = server.seen.map(({ chunks }) => chunks).filter((chunks) => chunks.length > 0);
  expect(runs.map((chunks) => [chunks[0], chunks.at(-1)]).sort(([a = 0], [b = 0]) => a - b)).toEqual([
    [1, 8],
    [9, 16],
    [17, 21],
  ]);
  expect(server.bytesOf(completedId(process)).equals(bytes)).toBe(true);
});

test("[S6] holes anywhere are filled, each missing chunk once", async () => {
  const { path, bytes } = await makeFile("big.bin", 30 * chunk);
  holdAlready(bytes, [
    [1, 1],
    [5, 8],
    [10, 10],
    [29, 30],
  ]);
  const process = push([path]);
  expect(await process.ended).toBe(0);
  const missing: Ranges = [
    [2, 4],
    [9, 9],
    [11, 28],
  ];
  expect(server.chunksSeen.sort((a, b) => a - b)).toEqual([...chunksIn(missing)]);
  expect(server.bytesOf(completedId(process)).equals(bytes)).toBe(true);
});
