import { HawserError, limits } from "@hawser/protocol";
import { describe, expect, test } from "vitest";
import { createPartStore } from "../../src/adapters/memory/part-store.ts";
import { openStage, problemOf, type Stage, sha256 } from "../../test/support/byte-room-stage.ts";
import { flipBit, ScriptedBody, testBytes, wholeBody } from "../../test/support/scripted-body.ts";
import { quiet } from "../../test/support/steps.ts";

const { chunkSizeBytes } = limits;

/** Sends the first bytes of a chunk, then breaks the line. */
async function sendStart(stage: Stage, chunk: number, bytes: Uint8Array, offsetBytes = 0): Promise<HawserError> {
  return problemOf(stage.receive(chunk, chunk, new ScriptedBody().send(bytes).break(), { offsetBytes }));
}

/** A request with `Chunk-Partial` for chunk 1. */
function sendPartial(stage: Stage, bytes: Uint8Array, offsetBytes = 0, digest = sha256(bytes)) {
  const other = { partial: true, offsetBytes, contentLength: bytes.length, digests: [digest] };
  return stage.receive(1, 1, wholeBody(bytes), other);
}

async function expectStored(stage: Stage, chunk: number, bytes: Uint8Array): Promise<void> {
  expect(Buffer.compare(await stage.stored(chunk, bytes.length), bytes)).toBe(0);
}

describe("a line that breaks", () => {
  test("[R8] whole chunks count, and of the chunk it broke in all that was read", async () => {
    const stage = openStage();
    const sent = chunkSizeBytes + 300_001;
    const body = new ScriptedBody().send(stage.file.subarray(0, sent)).break();
    const { code, details } = await problemOf(stage.receive(1, 3, body));
    expect(code).toBe("run_incomplete");
    expect(details).toMatchObject({ receipts: [[1, 1]], partialChunks: [[2, 300_001]], missingCount: 2 });
    expect([...stage.upload.prefixes]).toEqual([[2, 300_001]]);
    await expectStored(stage, 2, stage.chunk(2).subarray(0, 300_001));
    const order = ["write 2 0+300001", expect.stringMatching("sync"), expect.stringMatching("prefix 2 300001")];
    expect(stage.steps.taken.slice(-3)).toEqual(order);
  });

  test("[R8] a body that merely ends too early is no success", async () => {
    const stage = openStage();
    const { code, details } = await problemOf(stage.receive(1, 2, wholeBody(stage.file.subarray(0, 1_500_000))));
    expect(code).toBe("run_incomplete");
    expect(details).toMatchObject({ receipts: [[1, 1]], partialChunks: [[2, 1_500_000 - chunkSizeBytes]] });
  });

  test("[R8] the reason with which a body is ended is the answer's code", async () => {
    const stage = openStage();
    const body = new ScriptedBody().send(stage.chunk(1)).break(new HawserError("request_timeout"));
    const { code, details } = await problemOf(stage.receive(1, 2, body));
    expect([code, details.receipts]).toEqual(["request_timeout", [[1, 1]]]);
  });

  test("[R8] a line that breaks between chunks leaves no prefix", async () => {
    const stage = openStage();
    const { details } = await problemOf(stage.receive(1, 3, new ScriptedBody().send(stage.chunk(1)).break()));
    expect(details.partialChunks).toBeUndefined();
    expect(stage.upload.prefixes.size).toBe(0);
  });

  test("[R8] a chunk that another request is writing is left to it", async () => {
    const stage = openStage();
    const release = stage.steps.hold("write");
    const whole = stage.receive(1);
    await stage.steps.reached("write");
    await sendStart(stage, 1, stage.chunk(1).subarray(0, 1_000));
    release();
    await whole;
    expect(stage.steps.count("write")).toBe(1);
    expect(stage.upload.prefixes.size).toBe(0);
  });

  test("[R8] a start of the same bytes adds only what is new to the prefix", async () => {
    const stage = openStage();
    await sendStart(stage, 1, stage.chunk(1).subarray(0, 1_000));
    stage.steps.clear();
    await sendStart(stage, 1, stage.chunk(1).subarray(0, 700));
    expect(stage.upload.prefixes.get(1)).toBe(1_000);
    await sendStart(stage, 1, stage.chunk(1).subarray(0, 5_000));
    expect(stage.upload.prefixes.get(1)).toBe(5_000);
    expect(stage.steps.taken.filter((step) => step.startsWith("write"))).toEqual(["write 1 1000+4000"]);
  });

  test("[R8] a start of other bytes replaces the prefix only when it is longer, and the ledger forgets first", async () => {
    const stage = openStage();
    const other = testBytes(50);
    await sendStart(stage, 1, stage.chunk(1).subarray(0, 1_000));
    await sendStart(stage, 1, other.subarray(0, 1_000));
    expect(stage.upload.prefixes.get(1)).toBe(1_000);
    await expectStored(stage, 1, stage.chunk(1).subarray(0, 1_000));
    stage.steps.clear();
    await sendStart(stage, 1, other.subarray(0, 1_001));
    expect(stage.upload.prefixes.get(1)).toBe(1_001);
    await expectStored(stage, 1, other.subarray(0, 1_001));
    expect(stage.steps.taken.slice(1, 3)).toEqual(["drop 1", "write 1 0+1001"]);
  });
});

describe("Chunk-Offset", () => {
  const start = 400_000;
  async function withPrefix(): Promise<Stage> {
    const stage = openStage();
    await sendStart(stage, 1, stage.chunk(1).subarray(0, start));
    stage.steps.clear();
    return stage;
  }

  for (const offsetBytes of [start, start - 1, 1]) {
    test(`[R8] a run that continues at byte ${offsetBytes} of a prefix of ${start} writes what is new only`, async () => {
      const stage = await withPrefix();
      expect((await stage.receive(1, 2, undefined, { offsetBytes })).receipts).toEqual([[1, 2]]);
      expect(stage.steps.taken).toContain(`write 1 ${start}+${chunkSizeBytes - start}`);
      expect(stage.steps.count("write 1")).toBe(1);
      await expectStored(stage, 1, stage.chunk(1));
      await expectStored(stage, 2, stage.chunk(2));
    });
  }

  test("[S4] an overlap with other bytes is a mismatch, and the prefix is dropped", async () => {
    const stage = await withPrefix();
    const body = wholeBody(flipBit(stage.chunk(1), start - 1).subarray(start - 10));
    const { code, details } = await problemOf(stage.receive(1, 1, body, { offsetBytes: start - 10 }));
    expect([code, details.rejected]).toEqual(["digest_mismatch", [{ chunk: 1, code: "digest_mismatch" }]]);
    expect(stage.upload.prefixes.size).toBe(0);
    expect(stage.steps.count("write")).toBe(0);
    expect((await stage.receive(1)).receipts).toEqual([[1, 1]]);
    await expectStored(stage, 1, stage.chunk(1));
  });

  test("[S4] a rest that does not fit the digest drops the prefix it continued", async () => {
    const stage = await withPrefix();
    const body = wholeBody(flipBit(stage.chunk(1), start + 1).subarray(start));
    expect((await problemOf(stage.receive(1, 1, body, { offsetBytes: start }))).code).toBe("digest_mismatch");
    expect(stage.upload.prefixes.size).toBe(0);
  });

  test("[S4] a damaged chunk that did not continue the prefix leaves it alone", async () => {
    const stage = await withPrefix();
    const body = wholeBody(flipBit(stage.chunk(1), start + 1));
    expect((await problemOf(stage.receive(1, 1, body))).code).toBe("digest_mismatch");
    expect(stage.upload.prefixes.get(1)).toBe(start);
    await expectStored(stage, 1, stage.chunk(1).subarray(0, start));
  });

  test("[R8] a continuation that breaks as well makes the prefix longer", async () => {
    const stage = await withPrefix();
    const { details } = await sendStart(stage, 1, stage.chunk(1).subarray(start - 5, 600_000), start - 5);
    expect(details.partialChunks).toEqual([[1, 600_000]]);
    await expectStored(stage, 1, stage.chunk(1).subarray(0, 600_000));
    expect(stage.steps.taken).toContain(`write 1 ${start}+${600_000 - start}`);
    expect((await stage.receive(1, 1, undefined, { offsetBytes: 600_000 })).receipts).toEqual([[1, 1]]);
    await expectStored(stage, 1, stage.chunk(1));
  });

  test("[R8] a continuation that breaks after a differing overlap changes nothing", async () => {
    const stage = await withPrefix();
    const damaged = flipBit(stage.chunk(1), start - 2).subarray(start - 5, 600_000);
    const { details } = await sendStart(stage, 1, damaged, start - 5);
    expect(details.partialChunks).toBeUndefined();
    expect(stage.upload.prefixes.get(1)).toBe(start);
    await expectStored(stage, 1, stage.chunk(1).subarray(0, start));
  });

  test("[R8] a continuation whose prefix was dropped meanwhile leaves no prefix with unknown bytes", async () => {
    const stage = await withPrefix();
    const body = new ScriptedBody().send(stage.chunk(1).subarray(start, start + 1_000));
    const broken = problemOf(stage.receive(1, 1, body, { offsetBytes: start }));
    await body.drained();
    const damaged = wholeBody(flipBit(stage.chunk(1), start + 1).subarray(start));
    await problemOf(stage.receive(1, 1, damaged, { offsetBytes: start }));
    body.break();
    await broken;
    expect(stage.upload.prefixes.size).toBe(0);
  });

  test("[R8] a mismatch that comes after the chunk was acknowledged takes nothing back", async () => {
    const stage = await withPrefix();
    const body = new ScriptedBody();
    const damaged = problemOf(stage.receive(1, 1, body, { offsetBytes: start }));
    const other = testBytes(51);
    const late = new ScriptedBody();
    const conflict = problemOf(stage.receive(1, 1, late, { digests: [sha256(other)] }));
    await Promise.all([body.drained(), late.drained()]);
    await stage.receive(1);
    body.send(flipBit(stage.chunk(1), start + 1).subarray(start)).end();
    expect((await damaged).code).toBe("digest_mismatch");
    late.send(other).end();
    expect((await conflict).code).toBe("chunk_conflict");
    await expectStored(stage, 1, stage.chunk(1));
  });

  test("[R8] a mismatch while the whole chunk is being committed waits for it and takes nothing back", async () => {
    const stage = await withPrefix();
    const body = new ScriptedBody();
    const damaged = problemOf(stage.receive(1, 1, body, { offsetBytes: start }));
    await body.drained();
    const release = stage.steps.hold("commit");
    const whole = stage.receive(1);
    await stage.steps.reached("commit");
    body.send(flipBit(stage.chunk(1), start + 1).subarray(start)).end();
    await quiet();
    expect(stage.steps.count("drop")).toBe(0);
    release();
    expect((await whole).receipts).toEqual([[1, 1]]);
    expect((await damaged).code).toBe("digest_mismatch");
    expect(stage.steps.count("drop")).toBe(0);
  });

  test("[R8] a prefix of which the storage lost a part is dropped and named as lost", async () => {
    const stage = openStage({ store: createPartStore() });
    await sendStart(stage, 1, stage.chunk(1).subarray(0, start));
    await stage.store.remove(stage.upload.id);
    const { code, details } = await problemOf(stage.receive(1, 1, undefined, { offsetBytes: start }));
    expect([code, details.prefix]).toEqual(["offset_conflict", 0]);
    expect(stage.upload.prefixes.size).toBe(0);
    expect((await stage.receive(1)).receipts).toEqual([[1, 1]]);
  });
});

describe("a whole chunk over a prefix", () => {
  test("[R8] with equal bytes only the rest is written", async () => {
    const stage = openStage();
    await sendStart(stage, 1, stage.chunk(1).subarray(0, 10));
    stage.steps.clear();
    await stage.receive(1);
    expect(stage.steps.taken.slice(1)).toEqual([
      `write 1 10+${chunkSizeBytes - 10}`,
      expect.stringMatching("sync"),
      "commit chunk 1",
    ]);
    await expectStored(stage, 1, stage.chunk(1));
  });

  test("[X1] with other bytes the ledger forgets the prefix before it is overwritten", async () => {
    const stage = openStage();
    await sendStart(stage, 1, testBytes(52).subarray(0, 10));
    stage.steps.clear();
    const release = stage.steps.hold("drop");
    const answer = stage.receive(1);
    await stage.steps.reached("drop");
    await quiet();
    expect(stage.steps.count("write")).toBe(0);
    release();
    expect((await answer).receipts).toEqual([[1, 1]]);
    const order = ["drop 1", `write 1 0+${chunkSizeBytes}`, expect.stringMatching("sync"), "commit chunk 1"];
    expect(stage.steps.taken.slice(1)).toEqual(order);
    await expectStored(stage, 1, stage.chunk(1));
  });

  test("[X1] a prefix that the ledger cannot forget is not overwritten", async () => {
    const stage = openStage();
    await sendStart(stage, 1, testBytes(52).subarray(0, 10));
    stage.steps.clear();
    stage.steps.fail("drop", new HawserError("unavailable"));
    expect((await problemOf(stage.receive(1))).code).toBe("unavailable");
    expect(stage.steps.count("write")).toBe(0);
    expect(stage.upload.prefixes.get(1)).toBe(10);
  });

  test("[R13] in a store of parts the prefix lies elsewhere and is left to the commit", async () => {
    const stage = openStage({ store: createPartStore() });
    await sendStart(stage, 1, testBytes(52).subarray(0, 10));
    expect((await stage.receive(1, 3)).receipts).toEqual([[1, 3]]);
    expect(stage.steps.count("drop")).toBe(0);
    await expectStored(stage, 1, stage.chunk(1));
    expect(stage.upload.prefixes.size).toBe(0);
  });

  test("[R13] in a store of parts a run continues a prefix", async () => {
    const stage = openStage({ store: createPartStore() });
    await sendStart(stage, 2, stage.chunk(2).subarray(0, 77_777));
    expect((await stage.receive(2, 3, undefined, { offsetBytes: 77_777 })).receipts).toEqual([[2, 3]]);
    await expectStored(stage, 2, stage.chunk(2));
  });
});

describe("Chunk-Partial", () => {
  const size = 200_000;

  test("[R8] a prefix that grows, then completed by an empty body", async () => {
    const stage = openStage({ file: testBytes(60, size) });
    const first = await sendPartial(stage, stage.file.subarray(0, 50_000));
    expect(first).toEqual({ receipts: [], skipped: [], missingCount: 1, partialChunks: [[1, 50_000]] });
    expect((await sendPartial(stage, stage.file.subarray(40_000), 40_000)).partialChunks).toEqual([[1, size]]);
    await expectStored(stage, 1, stage.file);
    stage.steps.clear();
    const done = await stage.receive(1, 1, undefined, { offsetBytes: size });
    expect(done).toEqual({ receipts: [[1, 1]], skipped: [], missingCount: 0 });
    expect(stage.steps.count("write")).toBe(0);
    await expectStored(stage, 1, stage.file);
  });

  test("[R8] the same prefix again, or a shorter one, answers with the durable length and writes nothing", async () => {
    const stage = openStage();
    await sendPartial(stage, stage.file.subarray(0, 50_000));
    stage.steps.clear();
    for (const sent of [50_000, 1_000]) {
      const again = await sendPartial(stage, stage.file.subarray(0, sent));
      expect(again.partialChunks).toEqual([[1, 50_000]]);
    }
    expect(stage.steps.taken).toEqual(["admit 1-1", "admit 1-1"]);
  });

  test("[S4] a body without its Content-Digest is refused before a byte is written", async () => {
    const stage = openStage();
    const bytes = stage.file.subarray(0, 50_000);
    const problem = await problemOf(sendPartial(stage, flipBit(bytes, 3), 0, sha256(bytes)));
    expect(problem.code).toBe("digest_mismatch");
    expect(stage.steps.taken).toEqual(["admit 1-1"]);
  });

  test("[R8] of a prefix that breaks nothing is kept, since nothing proves it", async () => {
    const stage = openStage();
    const other = { partial: true, contentLength: 50_000, digests: [sha256(stage.file.subarray(0, 50_000))] };
    const body = new ScriptedBody().send(stage.file.subarray(0, 49_999)).break();
    expect((await problemOf(stage.receive(1, 1, body, other))).code).toBe("run_incomplete");
    expect(stage.steps.taken).toEqual(["admit 1-1"]);
  });

  test("[R9] other bytes than the durable prefix are a conflict that names its length", async () => {
    const stage = openStage();
    await sendPartial(stage, stage.file.subarray(0, 50_000));
    stage.steps.clear();
    for (const [bytes, offset] of [
      [flipBit(stage.file.subarray(0, 60_000), 49_999), 0],
      [flipBit(stage.file.subarray(0, 60_000), 49_999).subarray(49_000), 49_000],
    ] as const) {
      const { code, details } = await problemOf(sendPartial(stage, bytes, offset));
      expect([code, details.prefix]).toEqual(["offset_conflict", 50_000]);
    }
    expect(stage.steps.count("write")).toBe(0);
    await expectStored(stage, 1, stage.file.subarray(0, 50_000));
  });

  test("[R5] a prefix whose chunk was acknowledged meanwhile is reported as skipped", async () => {
    const stage = openStage();
    const bytes = stage.file.subarray(0, 50_000);
    const body = new ScriptedBody();
    const other = { partial: true, contentLength: bytes.length, digests: [sha256(bytes)] };
    const answer = stage.receive(1, 1, body, other);
    await body.drained();
    await stage.receive(1);
    body.send(bytes).end();
    expect(await answer).toEqual({ receipts: [], skipped: [[1, 1]], missingCount: 3 });
    expect(stage.steps.count("write")).toBe(1);
  });
});
