import { afterAll, beforeAll, expect, test } from "vitest";
import { LiveServer } from "../support/live-server.ts";

let server: LiveServer;
beforeAll(async () => {
  server = await LiveServer.start({
    authenticate: async ({ headers }) => ({ owner: String(headers["x-owner"] ?? "local") }),
  });
});
afterAll(() => server.close());

const initialize = (key: string, body: object, headers = {}) =>
  server.post("/uploads/initialize", body, { "idempotency-key": key, ...headers });

test("[R5] the same request with its key again: 200 with the upload as it is now, and no second one", async () => {
  const body = { filename: "a", size: 1_048_876, metadata: { x: 1, y: "z" } };
  const first = await initialize("same", body);
  expect(first.status).toBe(201);
  await server.send(first.id as string, "1", "a", 1_048_876);
  const again = await initialize("same", { metadata: { y: "z", x: 1 }, size: 1_048_876, filename: "a" });
  expect(again).toMatchObject({
    status: 200,
    id: first.id,
    receivedBytes: 1_048_576,
    missingCount: 1,
    limits: first.limits,
  });
  expect((await server.json({ target: "/uploads/check?filename=a" })).candidates).toHaveLength(1);
});

test("[R5] another request with the key: 422, whatever differs", async () => {
  const body = { filename: "b", size: 5 };
  expect((await initialize("other", body)).status).toBe(201);
  for (const changed of [
    { ...body, size: 6 },
    { ...body, size: null },
    { ...body, filename: "c" },
    { ...body, priority: "high" },
  ]) {
    expect(await initialize("other", changed)).toMatchObject({ status: 422, code: "idempotency_mismatch" });
  }
  expect((await server.json({ target: "/uploads/check?filename=c" })).candidates).toEqual([]);
});

test("[R5] the key of an upload that was cancelled, or completed, still finds it", async () => {
  const cancelled = await initialize("gone", { filename: "d", size: 5 });
  await server.ask({ method: "DELETE", target: `/uploads/${cancelled.id}` });
  expect(await initialize("gone", { filename: "d", size: 5 })).toMatchObject({
    status: 200,
    id: cancelled.id,
    state: "cancelled",
  });
  const completed = await initialize("done", { filename: "d", size: 0 });
  await server.post(`/uploads/${completed.id}/finalize`, {});
  expect(await initialize("done", { filename: "d", size: 0 })).toMatchObject({
    status: 200,
    state: "completed",
    file: { size: 0 },
  });
});

test("[R5] [S11] a key belongs to its owner, and to one file", async () => {
  const body = { filename: "e", size: 1 };
  const ann = await initialize("k", body, { "x-owner": "ann" });
  const bob = await initialize("k", { ...body, size: 2 }, { "x-owner": "bob" });
  expect([ann.status, bob.status]).toEqual([201, 201]);
  expect(ann.id).not.toBe(bob.id);
  const shot = await server.shoot("other", Buffer.from("x"), { "idempotency-key": "k", "x-owner": "ann" });
  expect([shot.status, shot.file?.id === ann.id]).toEqual([201, false]);
  expect(await server.shoot("other", Buffer.from("y"), { "idempotency-key": "k", "x-owner": "ann" })).toMatchObject({
    ...{ status: 422, code: "idempotency_mismatch" },
  });
  expect((await server.shoot("other", Buffer.from("x"), { "idempotency-key": "k", "x-owner": "ann" })).file).toEqual(
    shot.file,
  );
});

test("[R5] [R8] a key stands for one upload of a file, whichever way it was begun", async () => {
  const content = Buffer.from("whole");
  const shot = await server.shoot("w", content, { "idempotency-key": "w" });
  const again = await initialize("w", { filename: "w", size: content.length });
  expect([again.status, again.id, again.state]).toEqual([200, shot.file?.id, "completed"]);

  const begun = await initialize("c", { filename: "c", size: content.length });
  const early = await server.shoot("c", content, { "idempotency-key": "c" });
  expect([early.status, early.code]).toEqual([409, "idempotency_busy"]);
  await server.json({ method: "DELETE", target: `/uploads/${begun.id}` });
  const late = await server.shoot("c", content, { "idempotency-key": "c" });
  expect([late.status, late.file?.id === begun.id]).toEqual([201, false]);
});

test("[R5] [R8] both ways at once with one key make one upload, whichever is faster", async () => {
  const content = Buffer.from("both");
  const kinds = new Set<string>();
  for (let round = 0; round < 30; round++) {
    const key = `both-${round}`;
    const ways = [
      () => server.shoot("both", content, { "idempotency-key": key }),
      () => initialize(key, { filename: "both", size: content.length }),
    ];
    const answers = await Promise.all((round % 2 === 0 ? ways : ways.toReversed()).map((way) => way()));
    const [shot, begun] = round % 2 === 0 ? answers : answers.toReversed();
    const ids = [shot?.file?.id, begun?.id].filter((id) => id !== undefined);
    expect([round, new Set(ids).size]).toEqual([round, 1]);
    kinds.add(`${shot?.status} ${begun?.status}`);
  }
  for (const kind of kinds) expect(["201 200", "201 409", "409 201"]).toContain(kind);
});

test("[R5] sixteen equal requests at once make one upload", async () => {
  const answers = await Promise.all(
    Array.from({ length: 16 }, () => initialize("crowd", { filename: "crowd", size: 9 })),
  );
  const ids = new Set(answers.flatMap(({ id }) => (id === undefined ? [] : [id])));
  expect(ids.size).toBe(1);
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
  for (const { status, code } of answers) if (status > 201) expect([status, code]).toEqual([409, "idempotency_busy"]);
  expect((await server.json({ target: "/uploads/check?filename=crowd" })).candidates).toHaveLength(1);
});

test("[S11] somebody else's upload is not there, for any request", async () => {
  const id = await server.begin(1_048_876, {}, { "x-owner": "ann" });
  await server.send(id, "1", "a", 1_048_876, { "x-owner": "ann" });
  const bob = { "x-owner": "bob" };
  const before = await server.fingerprint();
  const answers = [
    ...(await Promise.all(
      ["", "/status", "/resume", "/manifest"].map((path) =>
        server.json({ target: `/uploads/${id}${path}`, headers: bob }),
      ),
    )),
    await server.send(id, "2", "a", 1_048_876, bob),
    // Also a chunk that is held, and one that conflicts: neither may tell that there is anything.
    await server.send(id, "1", "a", 1_048_876, bob),
    await server.send(id, "1", "b", 1_048_876, bob),
    await server.send(id, "9", "a", null, bob),
    await server.post(`/uploads/${id}/finalize`, {}, bob),
    await server.post(`/uploads/${id}/verify`, undefined, bob),
    await server.json({ method: "DELETE", target: `/uploads/${id}`, headers: bob }),
    await server.json({ target: `/files/${id}`, headers: bob }),
    await server.json({ method: "DELETE", target: `/files/${id}`, headers: bob }),
  ];
  const unknown = await server.json({ target: `/uploads/${"0".repeat(32)}`, headers: bob });
  for (const answer of answers) expect(answer).toEqual(unknown);
  expect(await server.fingerprint()).toBe(before);
  expect((await server.json({ target: "/uploads/check?filename=f.bin", headers: bob })).candidates).toEqual([]);
  expect((await server.send(id, "2", "a", 1_048_876, { "x-owner": "ann", "upload-complete": "?1" })).status).toBe(200);
  expect((await server.json({ target: `/files/${id}`, headers: bob })).code).toBe("not_found");
  expect((await server.json({ target: "/files", headers: bob })).files).toEqual([]);
});

test("[R1] check offers the caller's active uploads, best evidence first, and leaves out what is another file", async () => {
  const [sampledHash, sha256, other] = ["1".repeat(64), "2".repeat(64), "3".repeat(64)];
  const lastModified = "2026-01-02T03:04:05.000Z";
  const name = "holiday.mov";
  const begin = (size: number | null, more: object = {}) => server.begin(size, { filename: name, ...more });
  const byName = await begin(null);
  const bySize = await begin(1_048_876);
  const byTime = await begin(1_048_876, { lastModified });
  const bySample = await begin(1_048_876, { evidence: { sampledHash } });
  const byHash = await begin(1_048_876, { evidence: { sha256, sampledHash } });
  await begin(1_048_876, { evidence: { sampledHash: other } });
  await begin(1_048_877);
  await begin(1_048_876, { filename: "else.mov" });
  const cancelled = await begin(1_048_876);
  await server.ask({ method: "DELETE", target: `/uploads/${cancelled}` });
  await server.send(bySize, "2", "a", 1_048_876);
  const query = `filename=${name}&size=1048876&lastModified=2026-01-02T03:04:05Z&sampledHash=${sampledHash}&sha256=${sha256}`;
  const { candidates } = (await server.json({ target: `/uploads/check?${query}` })) as unknown as {
    candidates: { id: string }[];
  };
  expect(candidates.map(({ id }) => id)).toEqual([byHash, bySample, byTime, bySize, byName]);
  expect(candidates[3]).toMatchObject({ filename: name, size: 1_048_876, receivedBytes: 300, missingChunks: [[1, 1]] });
  expect(candidates[4]).toMatchObject({ size: null, missingChunks: null });
});
