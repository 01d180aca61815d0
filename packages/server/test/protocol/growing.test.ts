import { formatContentDigest, formatDigestList } from "@hawser/protocol";
import { afterAll, beforeAll, expect, test } from "vitest";
import { chunkOf, digestOf, sha256, treeDigestOf, type Variant } from "../support/contents.ts";
import { LiveServer } from "../support/live-server.ts";
import { fileOf } from "../support/run-request.ts";

const mebibyte = 1_048_576;
let server: LiveServer;
beforeAll(async () => {
  server = await LiveServer.start();
});
afterAll(() => server.close());

/** `Chunk-Partial`: bytes `from` to `to` of chunk 1, on purpose. */
function grow(id: string, from: number, to: number, variant: Variant = "a", chunk = 1) {
  const body = chunkOf(variant, chunk, null).subarray(from, to);
  const headers = {
    "chunk-partial": "?1",
    "chunk-offset": String(from),
    "content-digest": formatContentDigest(sha256(body)),
  };
  return server.json({ method: "PUT", target: `/uploads/${id}/chunks/${chunk}`, headers, body });
}

/** The rest of chunks `first` to `last` from byte `from`. */
function proceed(
  id: string,
  run: [number, number],
  from: number,
  size: number | null,
  more = {},
  variant: Variant = "a",
) {
  const chunks = Array.from({ length: run[1] - run[0] + 1 }, (_, i) => run[0] + i);
  const body = Buffer.concat(chunks.map((chunk) => chunkOf(variant, chunk, size))).subarray(from);
  const digests = formatDigestList(chunks.map((chunk) => digestOf(variant, chunk, size)));
  const headers = { "chunk-digests": digests, "chunk-offset": String(from), ...more };
  return server.json({ method: "PUT", target: `/uploads/${id}/chunks/${run[0]}-${run[1]}`, headers, body });
}

const resume = (id: string) => server.json({ target: `/uploads/${id}/resume` });

test("[S6] [R8] a recording: unknown size, prefixes that grow, a last chunk that says how long it became", async () => {
  const id = await server.begin(null);
  expect(await resume(id)).toMatchObject({
    size: null,
    totalChunks: null,
    missingChunks: null,
    receivedChunks: [],
    partialChunks: [],
  });
  expect(await grow(id, 0, 1_000)).toEqual({
    status: 200,
    receipts: [],
    skipped: [],
    missingCount: null,
    partialChunks: [[1, 1_000]],
  });
  expect((await grow(id, 1_000, 400_000)).partialChunks).toEqual([[1, 400_000]]);
  // The overlap is compared and not written again; a shorter one changes nothing.
  expect((await grow(id, 399_000, 500_000)).partialChunks).toEqual([[1, 500_000]]);
  expect((await grow(id, 0, 10)).partialChunks).toEqual([[1, 500_000]]);
  expect(await resume(id)).toMatchObject({ receivedBytes: 0, partialChunks: [[1, 500_000]] });
  expect((await proceed(id, [1, 1], 500_000, null)).receipts).toEqual([[1, 1]]);
  // All of a chunk as a prefix is not a receipt; its digest with an empty body is what makes it one.
  expect((await grow(id, 0, mebibyte, "a", 2)).partialChunks).toEqual([[2, mebibyte]]);
  expect((await proceed(id, [2, 2], mebibyte, null)).receipts).toEqual([[2, 2]]);
  const size = 2 * mebibyte + 5;
  const last = await proceed(id, [3, 3], 0, size, { "upload-length": String(size), "upload-complete": "?1" });
  expect(last).toMatchObject({
    status: 200,
    missingCount: 0,
    file: { size, digest: treeDigestOf(["a", "a", "a"], size) },
  });
  expect((await server.ask({ target: `/files/${id}` })).body.equals(fileOf("a", size))).toBe(true);
});

test("[R8] Chunk-Offset beyond the prefix is 409 with what is there; going on there works", async () => {
  const size = mebibyte + 300;
  const id = await server.begin(size);
  await grow(id, 0, 700);
  expect(await proceed(id, [1, 2], 701, size)).toMatchObject({ status: 409, code: "offset_conflict", prefix: 700 });
  expect(await proceed(id, [2, 2], 1, size)).toMatchObject({ status: 409, prefix: 0 });
  expect(await proceed(id, [1, 2], 700, size, { "upload-complete": "?1" })).toMatchObject({
    receipts: [[1, 2]],
    file: { size },
  });
  expect((await server.ask({ target: `/files/${id}` })).body.equals(fileOf("a", size))).toBe(true);
});

test("[S4] [R8] a prefix that proves wrong is dropped by who continued it, and by nobody else", async () => {
  const size = mebibyte + 300;
  const id = await server.begin(size);
  await grow(id, 0, 700, "b");
  // Another content from the start, damaged: the prefix stays. So it does when a shorter one comes.
  const damaged = { method: "PUT", target: `/uploads/${id}/chunks/1`, body: chunkOf("c", 1, size) };
  const headers = { "chunk-digests": formatDigestList([digestOf("a", 1, size)]) };
  expect(await server.json({ ...damaged, headers })).toMatchObject({ status: 422, code: "digest_mismatch" });
  expect(await grow(id, 0, 600, "a")).toMatchObject({ status: 409, code: "offset_conflict", prefix: 700 });
  expect((await resume(id)).partialChunks).toEqual([[1, 700]]);
  // Continued with the other content, the whole chunk has not its digest.
  expect(await proceed(id, [1, 1], 700, size)).toMatchObject({
    status: 422,
    rejected: [{ chunk: 1, code: "digest_mismatch" }],
  });
  expect((await resume(id)).partialChunks).toEqual([]);
  expect(await proceed(id, [1, 1], 700, size)).toMatchObject({ status: 409, prefix: 0 });
  expect((await proceed(id, [1, 2], 0, size)).receipts).toEqual([[1, 2]]);
});

test("[S6] a size is fixed once: by a chunk or by finalize, and only one that fits", async () => {
  const byChunk = await server.begin(null);
  await proceed(byChunk, [2, 2], 0, null);
  expect(await proceed(byChunk, [1, 1], 0, null, { "upload-length": String(mebibyte) })).toMatchObject({
    code: "size_conflict",
  });
  expect(await proceed(byChunk, [1, 1], 0, null, { "upload-length": String(2 * mebibyte - 1) })).toMatchObject({
    code: "size_conflict",
  });
  expect(await proceed(byChunk, [1, 1], 0, null, { "upload-length": String(2 * mebibyte) })).toMatchObject({
    status: 200,
    missingCount: 0,
  });
  expect(await proceed(byChunk, [1, 1], 0, null, { "upload-length": String(3 * mebibyte) })).toMatchObject({
    status: 409,
    code: "size_conflict",
  });
  expect(await resume(byChunk)).toMatchObject({ size: 2 * mebibyte, totalChunks: 2, missingChunks: [] });
  const byFinalize = await server.begin(null);
  await proceed(byFinalize, [1, 1], 0, null);
  expect(await server.post(`/uploads/${byFinalize}/finalize`, { size: 5 })).toMatchObject({
    status: 409,
    code: "size_conflict",
  });
  const holes = await server.post(`/uploads/${byFinalize}/finalize`, { size: mebibyte + 300 });
  expect(holes).toMatchObject({ status: 409, code: "chunks_missing", missingChunks: [[2, 2]] });
  expect((await resume(byFinalize)).size).toBe(mebibyte + 300);
  expect(await server.post(`/uploads/${byFinalize}/finalize`, { size: mebibyte })).toMatchObject({
    status: 422,
    code: "file_mismatch",
  });
  await proceed(byFinalize, [2, 2], 0, mebibyte + 300);
  expect((await server.post(`/uploads/${byFinalize}/finalize`, { size: mebibyte + 300 })).status).toBe(200);
  const empty = await server.begin(null);
  expect(await server.post(`/uploads/${empty}/finalize`, { size: 0 })).toMatchObject({
    status: 200,
    file: { size: 0 },
  });
});

test("[S6] until the size is known a chunk is full, unless the same request makes it the last one", async () => {
  const id = await server.begin(null);
  const headers = { "chunk-digests": formatDigestList([digestOf("a", 1, 700)]) };
  const short = { method: "PUT", target: `/uploads/${id}/chunks/1`, body: chunkOf("a", 1, 700) };
  expect(await server.json({ ...short, headers })).toMatchObject({ status: 400, code: "body_too_short" });
  expect(await server.json({ ...short, headers: { ...headers, "upload-length": "700" } })).toMatchObject({
    receipts: [[1, 1]],
    missingCount: 0,
  });
});

test("[S6] Upload-Complete is not sticky: ignored while something is missing or was rejected", async () => {
  const size = mebibyte + 300;
  const id = await server.begin(size);
  const complete = { "upload-complete": "?1" };
  expect(await proceed(id, [1, 1], 0, size, complete)).toEqual({
    status: 200,
    receipts: [[1, 1]],
    skipped: [],
    missingCount: 1,
  });
  const headers = { "chunk-digests": formatDigestList([digestOf("a", 2, size)]), ...complete };
  const rejected = await server.json({
    method: "PUT",
    target: `/uploads/${id}/chunks/2`,
    headers,
    body: chunkOf("c", 2, size),
  });
  expect([rejected.status, rejected.file]).toEqual([422, undefined]);
  expect(await proceed(id, [2, 2], 0, size)).toEqual({ status: 200, receipts: [[2, 2]], skipped: [], missingCount: 0 });
  expect((await resume(id)).state).toBe("active");
  // A replay of it all completes, too.
  expect(await proceed(id, [1, 2], 0, size, complete)).toMatchObject({
    receipts: [],
    skipped: [[1, 2]],
    file: { size },
  });
});

test("[R5] in a completed upload a chunk that matches is 200, another one 409, and Upload-Complete tells the file again", async () => {
  const size = mebibyte + 300;
  const id = await server.fill(size);
  const before = await server.fingerprint();
  const { status, file } = await server.post(`/uploads/${id}/finalize`, {});
  expect(status).toBe(200);
  expect(await proceed(id, [1, 2], 0, size)).toEqual({ status: 200, receipts: [], skipped: [[1, 2]], missingCount: 0 });
  expect((await proceed(id, [2, 2], 0, size, { "upload-complete": "?1" })).file).toEqual(file);
  expect(await proceed(id, [2, 2], 0, size, {}, "b")).toMatchObject({
    status: 409,
    code: "chunk_conflict",
    conflicts: [[2, 2]],
  });
  expect(await server.fingerprint()).toBe(before);
});
