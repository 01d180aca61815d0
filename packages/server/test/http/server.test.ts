import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type File, formatDigestList, formatTreeDigest, limits, type Range, treeRoot } from "@hawser/protocol";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { ServerOptions } from "../../src/embedded/options.ts";
import { type RunningServer, startServer } from "../../src/embedded/server.ts";
import { turn } from "./hand-clock.ts";
import { Line } from "./stage.ts";

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest();
const content = randomBytes(2 * limits.chunkSizeBytes + 12_345);
const chunks = [0, 1, 2].map((i) => content.subarray(i * limits.chunkSizeBytes, (i + 1) * limits.chunkSizeBytes));
const digests = chunks.map(sha256);
const treeDigest = formatTreeDigest(treeRoot(digests, sha256));

let folder: string;
const servers: RunningServer[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hawser-server-"));
});

afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
  await rm(folder, { recursive: true });
});

async function start(options: Partial<ServerOptions> = {}): Promise<RunningServer> {
  const server = await startServer({ dataDir: join(folder, "a", "data"), port: 0, log: "silent", ...options });
  servers.push(server);
  return server;
}

/** What the answers of these tests may hold. */
interface Json {
  readonly id: string;
  readonly file: File;
  readonly files: readonly File[];
  readonly receivedChunks: readonly Range[];
}

async function ask({ url }: RunningServer, method: string, path: string, init: RequestInit = {}) {
  const response = await fetch(url + path, { ...init, method });
  const isJson = response.headers.get("content-type")?.includes("json");
  const json = (isJson ? await response.json() : {}) as Json;
  return { status: response.status, headers: response.headers, json, response };
}

async function initialize(server: RunningServer, size: number | null = content.length): Promise<string> {
  const { status, json } = await ask(server, "POST", "/uploads/initialize", {
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ filename: "harbour.mov", size }),
  });
  expect(status).toBe(201);
  return json.id;
}

function sendRun(server: RunningServer, id: string, first: number, last: number, headers: Record<string, string> = {}) {
  return ask(server, "PUT", `/uploads/${id}/chunks/${first}-${last}`, {
    headers: { "chunk-digests": formatDigestList(digests.slice(first - 1, last)), ...headers },
    body: Buffer.concat(chunks.slice(first - 1, last)),
  });
}

async function download(server: RunningServer, id: string): Promise<Buffer> {
  const { response } = await ask(server, "GET", `/files/${id}`);
  expect(response.status).toBe(200);
  return Buffer.from(await response.arrayBuffer());
}

test("[S1] a file's whole life: begun, sent out of order, finished, fetched, verified, listed, deleted", async () => {
  const server = await start();
  const id = await initialize(server);
  expect((await sendRun(server, id, 2, 3)).json).toEqual({ receipts: [[2, 3]], skipped: [], missingCount: 1 });
  const { json: resume } = await ask(server, "GET", `/uploads/${id}/resume`);
  expect(resume).toMatchObject({ state: "active", receivedChunks: [[2, 3]], missingChunks: [[1, 1]] });
  expect((await ask(server, "GET", `/files/${id}`)).status).toBe(404);
  const last = await sendRun(server, id, 1, 1, { "upload-complete": "?1" });
  expect(last.json).toMatchObject({ missingCount: 0, file: { id, size: content.length, digest: treeDigest } });
  const finalized = await ask(server, "POST", `/uploads/${id}/finalize`, {
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ size: content.length, digest: treeDigest }),
  });
  expect([finalized.status, finalized.json.file]).toEqual([200, last.json.file]);
  expect((await download(server, id)).equals(content)).toBe(true);
  expect((await ask(server, "POST", `/uploads/${id}/verify`)).json).toEqual({ checked: [[1, 3]], damaged: [] });
  expect((await ask(server, "GET", "/files")).json.files).toEqual([last.json.file]);
  expect(await (await ask(server, "GET", "/")).response.text()).toContain("harbour.mov");
  expect((await ask(server, "DELETE", `/files/${id}`)).status).toBe(204);
  expect((await ask(server, "GET", `/files/${id}`)).status).toBe(410);
});

test("[S5] after a restart everything acknowledged is there, and the rest can be sent", async () => {
  const before = await start();
  const id = await initialize(before);
  await sendRun(before, id, 1, 2);
  await before.close();
  const after = await start();
  expect((await ask(after, "GET", `/uploads/${id}/resume`)).json).toMatchObject({ missingChunks: [[3, 3]] });
  expect((await sendRun(after, id, 1, 3, { "upload-complete": "?1" })).json).toMatchObject({
    receipts: [[3, 3]],
    skipped: [[1, 2]],
    file: { digest: treeDigest },
  });
  expect((await download(after, id)).equals(content)).toBe(true);
});

test.each([0, 1, 10_000, 3_000_000])(
  "[S1] a one-shot file of %i bytes is there at once, and only once",
  async (size) => {
    const server = await start();
    const bytes = randomBytes(size);
    const leaves: Buffer[] = [];
    for (let at = 0; at < size; at += limits.chunkSizeBytes)
      leaves.push(sha256(bytes.subarray(at, at + limits.chunkSizeBytes)));
    const send = (body: Buffer) =>
      ask(server, "POST", "/uploads?filename=a.bin&contentType=image/png", {
        headers: { "idempotency-key": "k", ...(size === 0 ? {} : { "chunk-digests": formatDigestList(leaves) }) },
        body,
      });
    if (size > 0) {
      const damaged = Buffer.from(bytes);
      damaged.writeUInt8(damaged.readUInt8(size - 1) ^ 1, size - 1);
      expect((await send(damaged)).json).toMatchObject({ status: 422, code: "digest_mismatch" });
      expect((await ask(server, "GET", "/files")).json.files).toEqual([]);
    }
    const first = await send(bytes);
    expect([first.status, first.headers.get("location")]).toEqual([201, first.json.file.url]);
    const again = await send(bytes);
    expect([again.status, again.json]).toEqual([200, first.json]);
    expect((await download(server, first.json.file.id)).equals(bytes)).toBe(true);
    expect((await ask(server, "GET", "/files")).json.files).toHaveLength(1);
  },
);

test("[S15] a server that stops ends what is in flight with 503, and keeps what had come", async () => {
  const server = await start({ shutdownGraceMs: 0 });
  const id = await initialize(server);
  const line = new Line(server.port);
  line.send(
    [
      `PUT /uploads/${id}/chunks/1-2 HTTP/1.1`,
      `Content-Length: ${2 * limits.chunkSizeBytes}`,
      `Chunk-Digests: ${formatDigestList(digests.slice(0, 2))}`,
    ],
    content.subarray(0, limits.chunkSizeBytes + 500_000),
  );
  for (;;) {
    const { json } = await ask(server, "GET", `/uploads/${id}/resume`);
    if (json.receivedChunks.length > 0) break;
    await turn();
  }
  await server.close();
  const text = await line.untilEnd();
  expect(text).toMatch(/^HTTP\/1\.1 503 [\s\S]*retry-after: /i);
  expect(text).toContain('"receipts":[[1,1]]');
  const after = await start();
  const { json } = await ask(after, "GET", `/uploads/${id}/resume`);
  expect(json).toMatchObject({ receivedChunks: [[1, 1]] });
});

test("[S15] a volume that cannot be trusted is not served", async () => {
  const faults = new URL("./broken-volume.ts", import.meta.url).href;
  await expect(start({ faults })).rejects.toMatchObject({
    code: "unavailable",
    message: expect.stringMatching(/cannot be trusted: EIO/),
  });
  await start();
});

test("[S15] when the facts thread dies, whoever started the server is told, and requests end with 503", async () => {
  const faults = new URL("./dying-thread.ts", import.meta.url).href;
  const failure = Promise.withResolvers<unknown>();
  const server = await start({ faults, onFailure: failure.resolve });
  const body = JSON.stringify({ filename: "a", size: 1 });
  const headers = { "content-type": "application/json" };
  const lost = await ask(server, "POST", "/uploads/initialize", { headers, body });
  expect([lost.status, lost.headers.get("retry-after")]).toEqual([503, "1"]);
  expect(await failure.promise).toMatchObject({ message: "the thread dies" });
  expect((await ask(server, "GET", "/ready")).status).toBe(503);
  await server.close();
});

test("[S5] one process serves a data folder: a second one is refused", async () => {
  await start();
  await expect(start()).rejects.toMatchObject({
    code: "unavailable",
    message: expect.stringContaining("Another process"),
  });
});

test("[S15] an address in use, and options out of range, are told clearly", async () => {
  const { port } = await start();
  const elsewhere = { dataDir: join(folder, "b") };
  await expect(start({ ...elsewhere, port })).rejects.toMatchObject({
    code: "unavailable",
    message: expect.stringContaining(`Cannot listen on http://127.0.0.1:${port}`),
  });
  await expect(start({ ...elsewhere, idleTimeoutMs: 0 })).rejects.toMatchObject({ code: "invalid_request" });
  await expect(start({ ...elsewhere, port: 1.5 })).rejects.toMatchObject({ code: "invalid_request" });
});

test("[S11] the data folder is its owner's alone, and holds what the operator is told", async () => {
  const server = await start();
  await sendRun(server, await initialize(server), 1, 1);
  const data = join(folder, "a", "data");
  expect((await stat(data)).mode & 0o077).toBe(0);
  expect(await readdir(data)).toEqual(expect.arrayContaining(["blobs", "ledger.sqlite"]));
});
