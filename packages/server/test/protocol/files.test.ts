import { open } from "node:fs/promises";
import { join } from "node:path";
import { formatContentDigest } from "@hawser/protocol";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sha256, treeDigestOf } from "../support/contents.ts";
import { LiveServer } from "../support/live-server.ts";
import { fileOf } from "../support/run-request.ts";

const mebibyte = 1_048_576;
const size = 2 * mebibyte + 300;
let server: LiveServer;
/** The same bytes in the blob store, in the ledger, and nowhere because there are none. */
let files: { readonly id: string; readonly bytes: Buffer }[];
beforeAll(async () => {
  server = await LiveServer.start();
  const small = await server.shoot("small.txt", fileOf("a", 700));
  const empty = await server.shoot("empty", Buffer.alloc(0));
  files = [
    { id: await server.fill(size), bytes: fileOf("a", size) },
    { id: small.file?.id as string, bytes: fileOf("a", 700) },
    { id: empty.file?.id as string, bytes: Buffer.alloc(0) },
  ];
});
afterAll(() => server.close());

const get = (id: string, headers = {}, method = "GET") => server.ask({ method, target: `/files/${id}`, headers });

test("[S1] a download: whole, its head alone, ranges of it, and nothing when the caller has it", async () => {
  for (const { id, bytes } of files) {
    const whole = await get(id);
    expect([whole.status, whole.body.equals(bytes)]).toEqual([200, true]);
    const { etag = "", "last-modified": modified = "" } = whole.headers;
    expect(etag).toMatch(/^"[0-9a-f]{64}-[0-9]+"$/);
    expect(whole.headers).toMatchObject({
      "accept-ranges": "bytes",
      "content-disposition": expect.stringMatching(/^attachment; filename=/),
      "content-security-policy": "sandbox; default-src 'none'",
      "content-type": "application/octet-stream",
      "x-content-type-options": "nosniff",
    });
    const head = await get(id, {}, "HEAD");
    const { date: _, connection: __, ...told } = whole.headers;
    expect([head.status, head.body.length]).toEqual([200, 0]);
    expect(head.headers).toMatchObject(told);
    for (const condition of [
      { "if-none-match": etag },
      { "if-none-match": `"x", W/${etag}` },
      { "if-none-match": "*" },
      { "if-modified-since": modified },
    ]) {
      const same = await get(id, condition);
      expect([same.status, same.body.length, same.headers.etag]).toEqual([304, 0, etag]);
    }
    expect((await get(id, { "if-none-match": '"x"', "if-modified-since": modified })).status).toBe(200);
  }
});

test("[S1] [R8] a download goes on where it broke off, and only of the very same file", async () => {
  for (const { id, bytes } of files.slice(0, 2)) {
    const { etag = "" } = (await get(id, {}, "HEAD")).headers;
    const rest = await get(id, { range: "bytes=300-", "if-range": etag });
    expect([rest.status, rest.headers["content-range"]]).toEqual([
      206,
      `bytes 300-${bytes.length - 1}/${bytes.length}`,
    ]);
    expect(rest.body.equals(bytes.subarray(300))).toBe(true);
    const other = await get(id, { range: "bytes=300-", "if-range": '"other"' });
    expect([other.status, other.body.length]).toEqual([200, bytes.length]);
    const head = await get(id, { range: "bytes=0-99" }, "HEAD");
    expect([head.status, head.headers["content-length"]]).toEqual([206, "100"]);
    const outside = await get(id, { range: `bytes=${bytes.length}-` });
    expect([outside.status, outside.headers["content-range"]]).toEqual([416, `bytes */${bytes.length}`]);
  }
});

test("[S1] ranges across the chunks' borders, several at once", async () => {
  const [{ id, bytes }] = files as [(typeof files)[number]];
  const answer = await get(id, { range: `bytes=${mebibyte - 2}-${mebibyte + 1}, -3, 0-0` });
  expect(answer.status).toBe(206);
  const boundary = /boundary=(.+)$/.exec(answer.headers["content-type"] ?? "")?.[1] ?? "";
  const parts = answer.body.toString("latin1").split(`\r\n--${boundary}`).slice(1, -1);
  const contents = parts.map((part) => Buffer.from(part.slice(part.indexOf("\r\n\r\n") + 4), "latin1"));
  expect(contents).toEqual([bytes.subarray(mebibyte - 2, mebibyte + 2), bytes.subarray(-3), bytes.subarray(0, 1)]);
});

test("[X5] the plain digest is told where somebody asked for it", async () => {
  const id = await server.begin(size);
  await server.send(id, "1-3", "a", size);
  const hex = Buffer.from(sha256(fileOf("a", size))).toString("hex");
  const { file } = await server.post(`/uploads/${id}/finalize`, { sha256: hex });
  expect([file?.sha256, file?.digest]).toEqual([hex, treeDigestOf(["a", "a", "a"], size)]);
  expect((await get(id)).headers["repr-digest"]).toBe(formatContentDigest(sha256(fileOf("a", size))));
  expect((await get(files[0]?.id as string)).headers["repr-digest"]).toBeUndefined();
});

test("[X5] [R9] resume and manifest from any chunk: together they are what can be compared with a source", async () => {
  const id = await server.begin(size);
  await server.send(id, "1", "a", size);
  await server.send(id, "3", "a", size);
  const resume = (from: string) => server.json({ target: `/uploads/${id}/resume${from}` });
  expect(await resume("")).toMatchObject({
    receivedChunks: [
      [1, 1],
      [3, 3],
    ],
    missingChunks: [[2, 2]],
    receivedBytes: mebibyte + 300,
  });
  expect(await resume("?from=2")).toMatchObject({ receivedChunks: [[3, 3]], missingChunks: [[2, 2]] });
  expect(await resume("?from=4")).toMatchObject({ receivedChunks: [], missingChunks: [] });
  const hex = (chunk: number) =>
    Buffer.from(sha256(fileOf("a", size).subarray((chunk - 1) * mebibyte, chunk * mebibyte))).toString("hex");
  const manifest = (from: string) => server.json({ target: `/uploads/${id}/manifest${from}` });
  expect(await manifest("")).toEqual({
    status: 200,
    chunks: [
      [1, hex(1)],
      [3, hex(3)],
    ],
  });
  expect((await manifest("?from=2")).chunks).toEqual([[3, hex(3)]]);
});

test("[R7] flipped bytes on the disk: found, not served, refilled by the same digest only, served again", async () => {
  const id = await server.fill(size);
  const path = join(server.folder, "data", "blobs", id.slice(0, 2), id.slice(2, 4), id);
  const disk = await open(path, "r+");
  await disk.write(Buffer.from("rot"), 0, 3, mebibyte + 5);
  await disk.close();
  expect(await server.post(`/uploads/${id}/verify`)).toMatchObject({
    status: 200,
    checked: [[1, 3]],
    damaged: [[2, 2]],
  });
  expect(await server.json({ target: `/uploads/${id}` })).toMatchObject({
    state: "completed",
    damaged: [[2, 2]],
    missingCount: 1,
  });
  expect(await server.json({ target: `/files/${id}` })).toMatchObject({
    status: 409,
    code: "file_damaged",
    missingChunks: [[2, 2]],
  });
  expect(await server.post(`/uploads/${id}/finalize`, {})).toMatchObject({ status: 409, code: "file_damaged" });
  expect(await server.send(id, "2", "b", size)).toMatchObject({ status: 409, code: "chunk_conflict" });
  expect(await server.send(id, "1-3", "a", size, { "upload-complete": "?1" })).toMatchObject({
    ...{ status: 200, receipts: [[2, 2]], missingCount: 0, file: { id } },
  });
  expect((await get(id)).body.equals(fileOf("a", size))).toBe(true);
  expect(await server.post(`/uploads/${id}/verify`)).toMatchObject({ damaged: [] });
});

test("[S1] more files than a page: each comes once, newest first, also when others come and go meanwhile", async () => {
  const known = (await server.json({ target: "/files" })).files?.length ?? 0;
  const made: string[] = [];
  const lane = async () => {
    while (made.length < 1_010) {
      made.push("");
      const { file } = await server.shoot("page", Buffer.from("x"));
      made[made.indexOf("")] = file?.id as string;
    }
  };
  await Promise.all(Array.from({ length: 16 }, lane));
  const first = await server.json({ target: "/files" });
  expect(first.files).toHaveLength(1_000);
  const gone = made.find((id) => !first.files?.some((file) => file.id === id)) as string;
  await server.ask({ method: "DELETE", target: `/files/${gone}` });
  await server.shoot("newer", Buffer.from("x"));
  const second = await server.json({ target: `/files?cursor=${first.next}` });
  const all = [...(first.files ?? []), ...(second.files ?? [])].map(({ id }) => id);
  expect(new Set(all).size).toBe(all.length);
  expect(all).toHaveLength(made.length - 1 + known);
  expect(all).not.toContain(gone);
  expect(second.next).toBeUndefined();
});
