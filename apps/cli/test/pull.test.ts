import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { limits } from "@hawser/protocol";
import { afterEach, beforeEach, expect, test } from "vitest";
import { FakeServer } from "./fake-server.ts";
import { CliProcess } from "./run-cli.ts";

const chunk = limits.chunkSizeBytes;
let folder: string;
let server: FakeServer;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hawser-pull-"));
  server = await new FakeServer().start();
});

afterEach(async () => {
  await server.stop();
  await rm(folder, { recursive: true });
});

const hawser = (...args: string[]) => new CliProcess([...args, "--server", server.url]);

test("[X5] a pulled file is exact, proven by its digest, whatever its size", async () => {
  for (const size of [0, 1, chunk, 5 * chunk + 3]) {
    const bytes = randomBytes(size);
    const id = server.add("a.bin", bytes);
    const target = join(folder, `${size}.bin`);
    const process = hawser("pull", id, "-o", target, "--sha256", "--json");
    expect(await process.ended).toBe(0);
    expect((await readFile(target)).equals(bytes)).toBe(true);
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    expect(process.event("completed")).toMatchObject({ id, sizeBytes: size, sha256 });
  }
  expect((await readdir(folder)).filter((name) => name.endsWith(".part"))).toEqual([]);
});

test("[X5] a line that breaks costs at most a chunk", async () => {
  const bytes = randomBytes(6 * chunk);
  const id = server.add("a.bin", bytes);
  server.breaksAt = 3 * chunk + 1000;
  const process = hawser("pull", id, "-o", join(folder, "a.bin"));
  expect(await process.ended).toBe(0);
  expect(server.ranges).toEqual([0, 3 * chunk]);
  expect((await readFile(join(folder, "a.bin"))).equals(bytes)).toBe(true);
});

test("[X5] an earlier part is gone on with as far as it is sound", async () => {
  const bytes = randomBytes(6 * chunk);
  const id = server.add("a.bin", bytes);
  const target = join(folder, "a.bin");
  const part = Buffer.from(bytes.subarray(0, 5 * chunk + 10));
  part[3 * chunk + 5] = (part[3 * chunk + 5] as number) ^ 1;
  await writeFile(`${target}.part`, part);
  expect(await hawser("pull", id, "-o", target).ended).toBe(0);
  expect(server.ranges).toEqual([3 * chunk]);
  expect((await readFile(target)).equals(bytes)).toBe(true);
});

test("[X5] bytes that are not the file's never get its name", async () => {
  const id = server.add("a.bin", randomBytes(2 * chunk));
  const upload = server.uploads.get(id);
  server.trouble = ({ path }) => {
    if (path.startsWith("/files/")) upload?.chunks.set(2, randomBytes(chunk));
  };
  const process = hawser("pull", id, "-o", join(folder, "a.bin"));
  expect(await process.ended).toBe(1);
  expect(process.stderr.join()).toContain("What arrived has tree:");
  expect(await readdir(folder)).toEqual(["a.bin.part"]);
});

test("[X5] nothing is replaced without --force", async () => {
  const bytes = randomBytes(10);
  const id = server.add("a.bin", bytes);
  const target = join(folder, "a.bin");
  await writeFile(target, "mine");
  const refused = hawser("pull", id, "-o", folder);
  expect(await refused.ended).toBe(1);
  expect(await readFile(target, "utf8")).toBe("mine");
  expect(refused.stderr.join()).toContain("is there already");
  expect(await hawser("pull", id, "-o", folder, "--force").ended).toBe(0);
  expect((await readFile(target)).equals(bytes)).toBe(true);
});

test("[X5] a name from the server cannot leave the folder", async () => {
  const id = server.add("../../etc/\u001b[31mpasswd", Buffer.from("x"));
  expect(await hawser("pull", id, "-o", folder).ended).toBe(0);
  expect(await readdir(folder)).toEqual(["__.._etc__[31mpasswd"]);
});

test("[X5] -o - writes the file and nothing else to stdout", async () => {
  const id = server.add("a.txt", Buffer.from("one\ntwo\n"));
  const process = hawser("pull", id, "-o", "-");
  expect(await process.ended).toBe(0);
  expect(process.stdout).toEqual(["one", "two"]);
});

test("[S1] list, status, verify and cancel say what the server knows", async () => {
  const id = server.add("holiday \u202emov.exe", randomBytes(2 * chunk));
  const list = hawser("list");
  expect(await list.ended).toBe(0);
  expect(list.stdout.join("\n")).toContain(id);
  expect(list.stdout.join("\n")).not.toContain("\u202e");
  const listed = hawser("list", "--json");
  expect(await listed.ended).toBe(0);
  expect(listed.events).toMatchObject([{ id, size: 2 * chunk, url: `${server.url}/files/${id}` }]);
  const status = hawser("status", id);
  expect(await status.ended).toBe(0);
  expect(status.stdout.join("\n")).toMatch(/state +completed/);
  expect(await hawser("verify", id).ended).toBe(0);
  expect(await hawser("cancel", id).ended).toBe(0);
  const gone = hawser("status", id);
  expect(await gone.ended).toBe(1);
});

test("[S15] what is not an id, or not there, or not reachable gets a sentence", async () => {
  const wrong = hawser("status", "../files");
  const absent = hawser("status", "0".repeat(32));
  expect(await Promise.all([wrong.ended, absent.ended])).toEqual([2, 1]);
  expect(absent.stderr).toEqual([
    "hawser status: There is nothing under this address. Check the id; start a new upload if it was yours.",
  ]);
  await server.stop();
  const unreachable = hawser("list");
  expect(await unreachable.ended).toBe(1);
  expect(unreachable.stderr.join()).toContain("Nothing answers");
});
