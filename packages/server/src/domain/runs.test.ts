import { toHex } from "@hawser/protocol";
import { describe, expect, test } from "vitest";
import { codeOf, createStage, digestOf, mebibyte, owner } from "../../test/support/domain-stage.ts";

const size = 4 * mebibyte + 7;

describe("admit and commit", () => {
  test("[S6] chunks in any order are acknowledged once, and the sums are those of the receipts", async () => {
    const stage = createStage();
    const id = await stage.begin(size);
    expect(await stage.send(id, [5, 2], size)).toEqual([
      { result: "recorded", missingCount: 3 },
      { result: "recorded", missingCount: 3 },
    ]);
    const [again, fresh] = await stage.send(id, [2, 1], size);
    expect(again).toEqual({ result: "held", missingCount: 2 });
    expect(fresh?.result).toBe("recorded");
    expect(await stage.record(id)).toMatchObject({
      receivedChunks: 3,
      receivedBytes: 2 * mebibyte + 7,
      bytesIn: "blobs",
    });
    const { decision, missingCount } = await stage.domain.admitRun(stage.run(id, 1, 2, size));
    expect({ decision, missingCount }).toEqual({ decision: "held", missingCount: 2 });
  });

  test("[R5] two good twins in one batch, and a damaged one after them", async () => {
    const stage = createStage();
    const id = await stage.begin(size);
    const { key } = await stage.domain.admitRun(stage.run(id, 1, 1, size));
    const entry = { kind: "chunk", key, chunk: 1, sizeBytes: mebibyte, digest: digestOf(1) } as const;
    const outcomes = await stage.domain.commit([entry, entry, { ...entry, digest: digestOf(1, 1) }]);
    expect(outcomes).toEqual([
      { result: "recorded", missingCount: 4 },
      { result: "held", missingCount: 4 },
      { result: "refused", code: "chunk_conflict", missingCount: 4 },
    ]);
    expect(await stage.domain.slot(key, 1)).toEqual({ digest: digestOf(1), prefixBytes: 0 });
  });

  test("[S6] one batch holds chunks of many uploads and answers each in its place", async () => {
    const stage = createStage();
    const [a, b] = [await stage.begin(size), await stage.begin(size)];
    const [ka, kb] = await Promise.all(
      [a, b].map(async (id) => (await stage.domain.admitRun(stage.run(id, 1, 3, size))).key),
    );
    await stage.domain.cancel(owner, b);
    const entry = (key: number | undefined, chunk: number) =>
      ({ kind: "chunk", key: key ?? 0, chunk, sizeBytes: mebibyte, digest: digestOf(chunk) }) as const;
    const outcomes = await stage.domain.commit([entry(ka, 1), entry(kb, 1), entry(ka, 2), entry(99, 1)]);
    expect(outcomes.map(({ result, code }) => code ?? result)).toEqual(["recorded", "gone", "recorded", "gone"]);
  });

  test("[R8] durable prefixes are told, replaced by longer ones, dropped, and gone once the chunk is whole", async () => {
    const stage = createStage();
    const id = await stage.begin(size);
    const { key } = await stage.domain.admitRun(stage.run(id, 1, 1, size));
    const prefix = (sizeBytes: number) => ({ kind: "prefix", key, chunk: 1, sizeBytes }) as const;
    await stage.domain.commit([prefix(100)]);
    await stage.domain.commit([prefix(50)]);
    expect(await stage.domain.slot(key, 1)).toEqual({ digest: null, prefixBytes: 100 });
    expect((await stage.domain.resume(owner, id, 1)).partialChunks).toEqual([[1, 100]]);
    const run = stage.run(id, 1, 1, size, { offsetBytes: 100, contentLength: mebibyte - 100 });
    expect((await stage.domain.admitRun(run)).chunks[0]?.prefixBytes).toBe(100);
    await stage.domain.dropPrefix(key, 1);
    expect(await codeOf(stage.domain.admitRun(run))).toBe("offset_conflict");
    await stage.domain.commit([prefix(200)]);
    await stage.send(id, [1], size);
    expect((await stage.domain.resume(owner, id, 1)).partialChunks).toEqual([]);
  });

  test("[R6] activity moves the expiry, and a clock set back does not move it back", async () => {
    const stage = createStage();
    const id = await stage.begin(size);
    stage.clock.advance(5_000);
    await stage.send(id, [1], size);
    const at = stage.clock.now();
    stage.clock.jump(-1_000_000);
    await stage.send(id, [2], size);
    expect((await stage.record(id))?.lastActivityAt).toBe(at);
  });

  test("[S10] a storage that is nearly full takes no bytes but still says what is held", async () => {
    const stage = createStage({ minFreeBytes: 100 });
    const id = await stage.begin(size);
    await stage.send(id, [1], size);
    stage.bytes.free = 99;
    stage.clock.advance(1_000);
    expect(await codeOf(stage.domain.admitRun(stage.run(id, 1, 2, size)))).toBe("storage_full");
    expect((await stage.domain.admitRun(stage.run(id, 1, 1, size))).decision).toBe("held");
  });
});

describe("an unknown size", () => {
  test("[S6] is fixed by the request that sends the last chunk, once and for all", async () => {
    const stage = createStage();
    const id = await stage.begin(null);
    await stage.send(id, [1, 2], null);
    expect(await stage.domain.resume(owner, id, 1)).toMatchObject({ totalChunks: null, missingChunks: null });
    const last = stage.run(id, 3, 3, 2 * mebibyte + 9, { sizeBytes: 2 * mebibyte + 9 });
    expect(await stage.domain.admitRun(last)).toMatchObject({ missingCount: 1, chunks: [{ sizeBytes: 9 }] });
    expect(await stage.kinds(id)).toEqual(["created", "size_fixed"]);
    expect((await stage.domain.admitRun(last)).decision).toBe("receive");
    expect(await stage.kinds(id)).toEqual(["created", "size_fixed"]);
    const other = { ...last, sizeBytes: 2 * mebibyte + 8, contentLength: 9 };
    expect(await codeOf(stage.domain.admitRun(other))).toBe("size_conflict");
  });

  test("[S6] two requests that race to fix it differently: one wins, the other learns it", async () => {
    const stage = createStage();
    const id = await stage.begin(null);
    const fix = (bytes: number) => stage.domain.admitRun(stage.run(id, 1, 1, bytes, { sizeBytes: bytes }));
    expect((await Promise.all([codeOf(fix(10)), codeOf(fix(11))])).map((code) => code ?? "ok")).toEqual([
      "ok",
      expect.stringMatching(/^(size_conflict|body_too_short)$/),
    ]);
    expect((await stage.record(id))?.sizeBytes).toBe(10);
  });

  test("[S6] a size that cannot be is refused and leaves it unknown", async () => {
    const stage = createStage();
    const id = await stage.begin(null);
    await stage.send(id, [1, 2, 3], null);
    const run = (bytes: number) => stage.run(id, 1, 1, bytes, { sizeBytes: bytes });
    expect(await codeOf(stage.domain.admitRun(run(2 * mebibyte)))).toBe("size_conflict");
    expect(await codeOf(stage.domain.admitRun(run(3 * mebibyte - 1)))).toBe("size_conflict");
    expect((await stage.record(id))?.sizeBytes).toBeNull();
    expect((await stage.domain.admitRun(run(3 * mebibyte))).decision).toBe("held");
    expect((await stage.record(id))?.sizeBytes).toBe(3 * mebibyte);
  });
});

test("[S5] resume and manifest tell the same, page by page", async () => {
  const stage = createStage();
  const id = await stage.begin(size);
  await stage.send(id, [1, 3, 5], size);
  expect(await stage.domain.resume(owner, id, 2)).toMatchObject({
    state: "active",
    size,
    totalChunks: 5,
    receivedBytes: 2 * mebibyte + 7,
    receivedChunks: [
      [3, 3],
      [5, 5],
    ],
    missingChunks: [
      [2, 2],
      [4, 4],
    ],
    partialChunks: [],
  });
  expect(await stage.domain.manifest(owner, id, 2)).toEqual({
    chunks: [
      [3, toHex(digestOf(3))],
      [5, toHex(digestOf(5))],
    ],
  });
  expect(await codeOf(stage.domain.resume(owner, id, 0))).toBe("invalid_request");
  expect(await stage.domain.resume(owner, id, 6)).toMatchObject({ receivedChunks: [], missingChunks: [] });
});
