import { countChunks } from "@hawser/protocol";
import { afterAll, beforeAll, expect, test } from "vitest";
import { treeDigestOf } from "../support/contents.ts";
import { codeOf, formatRequest, Wire } from "../support/http-exchange.ts";
import { fileOf, runRequest } from "../support/run-request.ts";
import { mebibyte, openStage, type Stage, sizeBytes } from "./stage.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.server.close());

const treeDigest = (size: number) =>
  treeDigestOf(
    Array.from({ length: countChunks(size) }, () => "a"),
    size,
  );
const zeros = "0".repeat(64);
const edges = [
  0,
  1,
  700,
  mebibyte - 1,
  mebibyte,
  mebibyte + 1,
  2 * mebibyte - 1,
  2 * mebibyte,
  2 * mebibyte + 1,
  3 * mebibyte,
];

test.each(edges)(
  "[S2] [S6] [X5] %i bytes end to end: four lanes, out of order, and the file is exact",
  async (size) => {
    const { server } = stage;
    const id = await server.begin(size);
    const chunks = Array.from({ length: countChunks(size) }, (_, i) => String(i + 1)).reverse();
    const lanes = await Promise.all([...chunks, ...chunks].map((chunk) => server.send(id, chunk, "a", size)));
    expect(lanes.map(({ status }) => status).filter((status) => status !== 200)).toEqual([]);
    const claim = { size, digest: treeDigest(size) };
    const { status, file } = await server.post(`/uploads/${id}/finalize`, claim);
    expect([status, file?.size, file?.digest]).toEqual([200, size, claim.digest]);
    expect((await server.ask({ target: `/files/${id}` })).body.equals(fileOf("a", size))).toBe(true);
    const head = await server.ask({ method: "HEAD", target: `/files/${id}` });
    expect([head.status, head.headers["content-length"], head.body.length]).toEqual([200, String(size), 0]);
  },
);

test.each(edges)("[S2] [X5] %i bytes in one request", async (size) => {
  const { server } = stage;
  const { status, file } = await server.shoot("one.bin", fileOf("a", size));
  expect([status, file?.size, file?.digest]).toEqual([201, size, treeDigest(size)]);
  expect((await server.ask({ target: `/files/${file?.id}` })).body.equals(fileOf("a", size))).toBe(true);
});

test("[S9] [S15] finalize with holes: 409 that names them, and the upload goes on", async () => {
  const { server, uploads } = stage;
  const before = await server.fingerprint();
  expect(await server.post(`/uploads/${uploads.part}/finalize`, {})).toMatchObject({
    ...{ status: 409, code: "chunks_missing", missingChunks: [[2, 2]] },
  });
  expect(await server.fingerprint()).toBe(before);
});

test("[S9] [S15] finalize with nothing sent, and of an unknown size", async () => {
  const { server, uploads } = stage;
  expect(await server.post(`/uploads/${uploads.fresh}/finalize`, {})).toMatchObject({ missingChunks: [[1, 2]] });
  const before = await server.fingerprint();
  expect(await server.post(`/uploads/${uploads.open}/finalize`, {})).toMatchObject({
    status: 409,
    code: "size_unknown",
  });
  expect(await server.post(`/uploads/${uploads.open}/finalize`, { size: 999 })).toMatchObject({
    code: "size_conflict",
  });
  expect(await server.post(`/uploads/${uploads.open}/finalize`, { size: 2 ** 41 })).toMatchObject({
    status: 413,
    code: "size_too_large",
  });
  expect(await server.fingerprint()).toBe(before);
});

test.each([
  ["digest", { digest: `tree:${zeros}` }],
  ["size", { size: sizeBytes - 1 }],
  ["size 0", { size: 0 }],
  ["digest with the right size", { size: sizeBytes, digest: `tree:${zeros}` }],
])("[R9] [X5] finalize with a wrong %s: 422, it stays active, and can still be finished", async (_what, claim) => {
  const { server } = stage;
  const id = await server.begin(sizeBytes);
  await server.send(id, "1-2", "a", sizeBytes);
  const before = await server.fingerprint();
  expect(await server.post(`/uploads/${id}/finalize`, claim)).toMatchObject({ status: 422, code: "file_mismatch" });
  expect(await server.fingerprint()).toBe(before);
  expect((await server.post(`/uploads/${id}/finalize`, { digest: treeDigest(sizeBytes) })).status).toBe(200);
});

test("[R9] [X5] finalize with a wrong sha256: 422, back to active with the reason, and the right one finishes it", async () => {
  const { server } = stage;
  const id = await server.begin(sizeBytes);
  await server.send(id, "1-2", "a", sizeBytes);
  for (const _again of [1, 2]) {
    expect(await server.post(`/uploads/${id}/finalize`, { sha256: zeros })).toMatchObject({
      status: 422,
      code: "file_mismatch",
    });
  }
  const upload = await server.json({ target: `/uploads/${id}` });
  expect([upload.state, upload.failure?.code]).toEqual(["active", "file_mismatch"]);
  const { status, file } = await server.post(`/uploads/${id}/finalize`, {});
  expect([status, file?.sha256]).toEqual([200, undefined]);
});

test("[R5] finalize again: the same answer; with another digest or size 422, and nothing changes", async () => {
  const { server, uploads } = stage;
  const target = `/uploads/${uploads.done}/finalize`;
  const first = await server.post(target, {});
  const before = await server.fingerprint();
  expect(first.status).toBe(200);
  expect(await server.post(target, {})).toEqual(first);
  expect(await server.post(target, { size: 700, digest: treeDigest(700) })).toEqual(first);
  // The plain hash of one chunk is its tree digest: known, so it is compared.
  for (const claim of [{ size: 701 }, { digest: `tree:${zeros}` }, { sha256: zeros }]) {
    expect(await server.post(target, claim)).toMatchObject({ status: 422, code: "file_mismatch" });
  }
  expect(await server.fingerprint()).toBe(before);
});

test("[R5] [S8] finalize by four lanes at once, and last chunks with Upload-Complete: all see one file", async () => {
  const { server } = stage;
  const id = await server.begin(sizeBytes);
  const complete = { "upload-complete": "?1" };
  const lanes = await Promise.all([
    ...["1", "2", "1-2", "2"].map((run) => server.send(id, run, "a", sizeBytes, complete)),
    ...[1, 2, 3, 4].map(() => server.post(`/uploads/${id}/finalize`, {})),
  ]);
  const files = new Set(lanes.flatMap(({ file }) => (file === undefined ? [] : [JSON.stringify(file)])));
  expect(files.size).toBe(1);
  for (const { status, code } of lanes) if (status !== 200) expect(code).toBe("chunks_missing");
  const again = await server.post(`/uploads/${id}/finalize`, {});
  expect(JSON.stringify(again.file)).toBe([...files][0]);
});

test("[S8] chunks in flight when the upload is cancelled end with 410, and nothing of it is kept", async () => {
  const { server } = stage;
  const id = await server.begin(sizeBytes);
  const wire = new Wire(server.port);
  const bytes = formatRequest(runRequest(id, "1-2", "a", sizeBytes));
  await wire.write(bytes.subarray(0, -100));
  while ((await server.json({ target: `/uploads/${id}/resume` })).receivedBytes === 0);
  expect((await server.ask({ method: "DELETE", target: `/uploads/${id}` })).status).toBe(204);
  const answer = await wire.answer();
  expect([answer.status, codeOf(answer)]).toEqual([410, "gone"]);
  for (const request of [
    runRequest(id, "2", "a", sizeBytes),
    { target: `/uploads/${id}` },
    { target: `/uploads/${id}/resume` },
    { target: `/uploads/${id}/manifest` },
    { method: "POST", target: `/uploads/${id}/finalize` },
    { method: "POST", target: `/uploads/${id}/verify` },
  ]) {
    expect(await server.json(request)).toMatchObject({ status: 410, code: "gone", state: "cancelled" });
  }
  expect((await server.ask({ method: "DELETE", target: `/uploads/${id}` })).status).toBe(204);
  expect((await server.ask({ target: `/files/${id}` })).status).toBe(404);
  expect(server.complaints).toEqual([]);
});

test("[S8] what is completed cannot be cancelled, and what is not completed cannot be deleted", async () => {
  const { server, uploads } = stage;
  const before = await server.fingerprint();
  const remove = (target: string) => server.json({ method: "DELETE", target });
  expect(await remove(`/uploads/${uploads.done}`)).toMatchObject({
    status: 409,
    code: "state_conflict",
    state: "completed",
  });
  expect(await remove(`/files/${uploads.part}`)).toMatchObject({ status: 404, code: "not_found" });
  expect(await remove(`/files/${uploads.deleted}`)).toMatchObject({ status: 410, code: "gone" });
  expect(await remove(`/uploads/${uploads.deleted}`)).toMatchObject({ status: 410, code: "gone" });
  expect(await server.fingerprint()).toBe(before);
});
