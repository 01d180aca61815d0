import { describe, expect, test } from "vitest";
import { codeOf, createStage, errorOf, mebibyte, owner } from "../../test/support/domain-stage.ts";

const day = 86_400_000;

describe("initialize", () => {
  test("[S1] an upload begins with all that was said about it", async () => {
    const { domain } = createStage({ maxSizeBytes: 9_999_999 });
    const body = { filename: "a.txt", size: 2 * mebibyte, metadata: { album: 3 }, priority: "high" } as const;
    const { created, response } = await domain.initialize(owner, body, null);
    expect(created).toBe(true);
    expect(response).toMatchObject({
      state: "active",
      filename: "a.txt",
      size: 2 * mebibyte,
      totalChunks: 2,
      missingCount: 2,
      receivedBytes: 0,
      metadata: { album: 3 },
      priority: "high",
      inspection: "none",
      runAlign: 1,
      limits: { maxRunChunks: 64, maxLanes: 16, maxSize: 9_999_999 },
    });
    expect(Date.parse(response.expiresAt ?? "") - Date.parse(response.createdAt)).toBe(7 * day);
    const { runAlign: _, limits: __, ...upload } = response;
    expect(await domain.upload(owner, response.id)).toEqual(upload);
  });

  test("[S11] someone else's, unknown and malformed ids are not there", async () => {
    const { domain, begin } = createStage();
    const id = await begin(5);
    for (const [who, what] of [
      ["eve", id],
      [owner, "f".repeat(32)],
      [owner, "../../etc/passwd"],
      [owner, ""],
    ] as const) {
      for (const work of [
        () => domain.upload(who, what),
        () => domain.resume(who, what, 1),
        () => domain.manifest(who, what, 1),
        () => domain.finalize(who, what, {}),
        () => domain.verify(who, what),
        () => domain.cancel(who, what),
        () => domain.locateFile(who, what),
        () => domain.deleteFile(who, what),
      ]) {
        expect(await codeOf(work())).toBe("not_found");
      }
    }
  });

  test("[R5] the same request with the same key finds the upload in its current state; another is refused", async () => {
    const { domain, settle } = createStage();
    const body = { filename: "a", size: 5, metadata: { a: 1, b: 2 } };
    const first = await domain.initialize(owner, body, "key 1");
    const again = await domain.initialize(owner, { size: 5, metadata: { b: 2, a: 1 }, filename: "a" }, "key 1");
    expect(again).toEqual({ created: false, response: first.response });
    expect(await codeOf(domain.initialize(owner, { ...body, size: 6 }, "key 1"))).toBe("idempotency_mismatch");
    const other = await domain.initialize("eve", body, "key 1");
    expect(other.response.id).not.toBe(first.response.id);
    await domain.cancel(owner, first.response.id);
    await settle();
    const ended = await domain.initialize(owner, body, "key 1");
    expect(ended).toMatchObject({ created: false, response: { id: first.response.id, state: "cancelled" } });
  });

  test("[R5] while the first request with a key runs, the second one is told to wait", async () => {
    const { domain } = createStage();
    const body = { filename: "a", size: 5 };
    const codes = await Promise.all([1, 2].map(() => codeOf(domain.initialize(owner, body, "k"))));
    expect(codes.sort()).toEqual(["idempotency_busy", undefined]);
    expect((await domain.initialize(owner, body, "k")).created).toBe(false);
    expect((await domain.totals(owner)).activeUploads).toBe(1);
  });

  test.each(["", "x".repeat(256), "a\nb", "schlüssel"])("[S15] the key %j is refused", async (key) => {
    const { domain } = createStage();
    expect(await codeOf(domain.initialize(owner, { filename: "a", size: 5 }, key))).toBe("invalid_request");
  });

  test("[S10] what would leave less than the watermark is refused; a question is good for a second", async () => {
    const stage = createStage({ minFreeBytes: 100 });
    stage.bytes.free = 1_100;
    await stage.begin(1_000);
    expect(await codeOf(stage.begin(1_001))).toBe("storage_full");
    expect(stage.bytes.freeQuestions).toBe(1);
    stage.bytes.free = 50;
    await stage.begin(1_000);
    stage.clock.advance(1_000);
    expect(await codeOf(stage.begin(null))).toBe("storage_full");
    stage.bytes.free = null;
    stage.clock.advance(1_000);
    await stage.begin(2 ** 50);
  });

  test("[S10] without a watermark a file may be larger than the disk", async () => {
    const stage = createStage({ minFreeBytes: null });
    stage.bytes.free = 5;
    expect(await stage.begin(2 ** 40)).toHaveLength(32);
  });
});

test("[R1] check offers the caller's active uploads of that name, with what is missing", async () => {
  const { domain, begin, send } = createStage();
  const size = 5 * mebibyte;
  const plain = await begin(size);
  const sampled = await begin(size, { evidence: { sampledHash: "1".repeat(64) } });
  await begin(size, { filename: "other.mp4" });
  await domain.cancel(owner, await begin(size));
  await send(plain, [2, 3], size);
  const { candidates } = await domain.check(owner, { filename: "film.mp4", size, sampledHash: "1".repeat(64) });
  expect(candidates.map(({ id }) => id)).toEqual([sampled, plain]);
  expect(candidates[1]).toMatchObject({
    receivedBytes: 2 * mebibyte,
    missingChunks: [
      [1, 1],
      [4, 5],
    ],
  });
  expect((await domain.check("eve", { filename: "film.mp4" })).candidates).toEqual([]);
  expect(await codeOf(domain.check(owner, { filename: "a\u0000" }))).toBe("invalid_request");
});

describe("cancel", () => {
  test("[S8] an active upload is cancelled, twice is once, and its bytes and rows go", async () => {
    const stage = createStage();
    const size = 3 * mebibyte;
    const id = await stage.begin(size);
    await stage.send(id, [1, 2], size);
    stage.bytes.put(id, 1, Buffer.from("x"));
    await stage.domain.cancel(owner, id);
    await stage.domain.cancel(owner, id);
    const error = await errorOf(stage.domain.upload(owner, id));
    expect(error).toMatchObject({ code: "gone", details: { state: "cancelled" } });
    expect(await codeOf(stage.domain.admitRun(stage.run(id, 3, 3, size)))).toBe("gone");
    expect(await codeOf(stage.domain.resume(owner, id, 1))).toBe("gone");
    expect(await stage.kinds(id)).toEqual(["created", "cancelled"]);
    await stage.settle();
    expect(stage.bytes.stored.has(id)).toBe(false);
    const { key, bytesIn } = (await stage.record(id)) ?? { key: 0, bytesIn: undefined };
    expect(bytesIn).toBe("none");
    expect(await stage.ledger.read((reader) => reader.countReceipts(key, 1, 9))).toBe(0);
  });

  test("[S9] bytes of which no receipt speaks are removed too", async () => {
    const stage = createStage();
    const id = await stage.begin(5);
    stage.bytes.put(id, 1, Buffer.from("x"));
    await stage.domain.cancel(owner, id);
    await stage.settle();
    expect(stage.bytes.stored.has(id)).toBe(false);
  });

  test("[S9] a removal that fails is done by the sweep", async () => {
    const stage = createStage();
    const id = await stage.begin(5);
    stage.bytes.failure = new Error("EIO");
    await stage.domain.cancel(owner, id);
    await stage.settle();
    expect((await stage.domain.sweep()).failures).toBe(1);
    stage.bytes.failure = null;
    expect((await stage.domain.sweep()).removed).toBe(1);
    expect((await stage.record(id))?.bytesIn).toBe("none");
  });

  test("[S8] what is completed cannot be cancelled", async () => {
    const { domain, begin } = createStage();
    const id = await begin(0);
    await domain.finalize(owner, id, {});
    expect(await errorOf(domain.cancel(owner, id))).toMatchObject({
      code: "state_conflict",
      details: { state: "completed" },
    });
  });
});
