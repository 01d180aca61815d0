import { limits, toHex } from "@hawser/protocol";
import { describe, expect, test } from "vitest";
import { chunkCount, openStage, problemOf, type Stage, sha256 } from "../../test/support/byte-room-stage.ts";
import { flipBit, ScriptedBody, testBytes, wholeBody } from "../../test/support/scripted-body.ts";
import { quiet } from "../../test/support/steps.ts";

const { chunkSizeBytes } = limits;

async function expectWholeFile(stage: Stage): Promise<void> {
  for (let chunk = 1; chunk <= chunkCount(stage); chunk++) {
    expect(Buffer.compare(await stage.stored(chunk), stage.chunk(chunk)), `chunk ${chunk}`).toBe(0);
    expect(toHex(stage.upload.receipts.get(chunk) ?? testBytes(0, 0))).toBe(toHex(sha256(stage.chunk(chunk))));
  }
}

describe("runs", () => {
  test("[S6] a run is stored and acknowledged chunk by chunk, with the bytes that were sent", async () => {
    const stage = openStage();
    const answer = await stage.receive(1, 3);
    expect(answer).toEqual({ receipts: [[1, 3]], skipped: [], missingCount: 0 });
    await expectWholeFile(stage);
  });

  test("[S6] a chunk is acknowledged in the ledger while the rest of its run has not come", async () => {
    const stage = openStage();
    const body = new ScriptedBody().send(stage.chunk(1));
    const answer = stage.receive(1, 3, body);
    await stage.steps.reached("commit chunk 1");
    await quiet();
    expect([...stage.upload.receipts.keys()]).toEqual([1]);
    body.send(stage.chunk(2)).send(stage.chunk(3)).end();
    expect((await answer).receipts).toEqual([[1, 3]]);
  });

  test("[S6] runs of one upload at once, last chunks first, make the exact file", async () => {
    const stage = openStage({ file: testBytes(7, 5 * chunkSizeBytes + 99) });
    const bodies = [new ScriptedBody(), new ScriptedBody(), new ScriptedBody()] as const;
    const answers = [
      stage.receive(5, 6, bodies[0]),
      stage.receive(3, 4, bodies[1]),
      stage.receive(1, 2, bodies[2]),
    ] as const;
    for (const offset of [0, 1]) {
      bodies[0].send(stage.chunk(5 + offset));
      bodies[2].send(stage.chunk(1 + offset));
      bodies[1].send(stage.chunk(3 + offset));
      await quiet();
    }
    for (const body of bodies) body.end();
    const [last, middle, start] = await Promise.all(answers);
    expect([last.receipts, middle.receipts, start.receipts]).toEqual([[[5, 6]], [[3, 4]], [[1, 2]]]);
    await expectWholeFile(stage);
  });

  test("[S4] a flipped bit rejects its chunk alone; nothing of it is written, the later ones are stored", async () => {
    const stage = openStage();
    const problem = await problemOf(stage.receive(1, 3, wholeBody(flipBit(stage.file, chunkSizeBytes + 500_000))));
    expect(problem.code).toBe("digest_mismatch");
    const achieved = {
      receipts: [
        [1, 1],
        [3, 3],
      ],
      skipped: [],
      missingCount: 1,
    };
    expect(problem.details).toMatchObject({ ...achieved, rejected: [{ chunk: 2, code: "digest_mismatch" }] });
    expect(stage.steps.count("write 2")).toBe(0);
    expect((await stage.receive(2)).receipts).toEqual([[2, 2]]);
    await expectWholeFile(stage);
  });

  test("[R5] acknowledged chunks inside a run are read, not written, and reported as skipped", async () => {
    const stage = openStage();
    await stage.receive(2);
    stage.steps.clear();
    expect(await stage.receive(1, 3)).toEqual({
      receipts: [
        [1, 1],
        [3, 3],
      ],
      skipped: [[2, 2]],
      missingCount: 0,
    });
    expect(stage.steps.count("write 2")).toBe(0);
    await expectWholeFile(stage);
  });

  test("[R5] a run whose chunks are all acknowledged answers without reading its body", async () => {
    const stage = openStage();
    await stage.receive(1, 3);
    const body = wholeBody(stage.file);
    expect(await stage.receive(1, 3, body)).toEqual({ receipts: [], skipped: [[1, 3]], missingCount: 0 });
    expect(body.takenBytes).toBe(0);
  });

  test("[R5] a refused admission passes through, and its body stays unread", async () => {
    const stage = openStage();
    const body = wholeBody(stage.file);
    expect((await problemOf(stage.receive(1, 3, body, { id: "f".repeat(32) }))).code).toBe("not_found");
    expect((await problemOf(stage.receive(1, 3, body, { digests: null }))).code).toBe("digest_required");
    expect(body.takenBytes).toBe(0);
  });
});

describe("two requests for one chunk", () => {
  test("[R5] the same chunk twice at once is written once, and both get 200", async () => {
    const stage = openStage();
    const release = stage.steps.hold("write");
    const answers = [stage.receive(1), stage.receive(1)];
    await stage.steps.reached("write");
    await quiet();
    release();
    const [one, two] = await Promise.all(answers);
    expect([one?.receipts, two?.skipped]).toEqual([[[1, 1]], [[1, 1]]]);
    expect([one?.skipped, two?.receipts]).toEqual([[], []]);
    expect(stage.steps.count("write")).toBe(1);
    expect(stage.steps.count("commit")).toBe(1);
  });

  test("[R5] a twin that waits takes over when the first one's write fails", async () => {
    const stage = openStage();
    const fail = stage.steps.hold("write", Object.assign(new Error("made by a test"), { code: "EIO" }));
    const first = problemOf(stage.receive(1));
    await stage.steps.reached("write");
    const second = stage.receive(1);
    await quiet();
    stage.steps.allow();
    fail();
    expect((await first).code).toBe("unavailable");
    expect((await second).receipts).toEqual([[1, 1]]);
    expect(Buffer.compare(await stage.stored(1), stage.chunk(1))).toBe(0);
  });

  test("[S4] a damaged twin that races a good one is refused and harms nothing", async () => {
    const stage = openStage();
    const good = new ScriptedBody();
    const damaged = new ScriptedBody();
    const answer = stage.receive(1, 1, good);
    const problem = problemOf(stage.receive(1, 1, damaged));
    damaged.send(flipBit(stage.chunk(1), 5)).end();
    good.send(stage.chunk(1)).end();
    expect((await answer).receipts).toEqual([[1, 1]]);
    expect((await problem).code).toBe("digest_mismatch");
    expect(stage.steps.count("write")).toBe(1);
    expect(Buffer.compare(await stage.stored(1), stage.chunk(1))).toBe(0);
  });

  test("[R9] of two different chunks for one slot the first durable one stands, the other is a conflict", async () => {
    const stage = openStage();
    const other = testBytes(99);
    const release = stage.steps.hold("commit");
    const first = stage.receive(1);
    await stage.steps.reached("commit");
    const second = problemOf(stage.receive(1, 1, wholeBody(other), { digests: [sha256(other)] }));
    await quiet();
    release();
    expect((await first).receipts).toEqual([[1, 1]]);
    const { code, details } = await second;
    expect(code).toBe("chunk_conflict");
    expect(details).toMatchObject({ conflicts: [[1, 1]], rejected: [{ chunk: 1, code: "chunk_conflict" }] });
    expect(stage.steps.count("write")).toBe(1);
    expect(Buffer.compare(await stage.stored(1), stage.chunk(1))).toBe(0);
  });

  test("[R9] a conflict in one chunk of a run that raced does not stop the others", async () => {
    const stage = openStage();
    const other = Uint8Array.from(stage.file);
    other.set(testBytes(98), chunkSizeBytes);
    const digests = [1, 2, 3].map((n) => sha256(other.subarray((n - 1) * chunkSizeBytes, n * chunkSizeBytes)));
    const body = new ScriptedBody();
    const answer = problemOf(stage.receive(1, 3, body, { digests }));
    await stage.steps.reached("admit");
    await stage.receive(2);
    body.send(other).end();
    const { code, details } = await answer;
    expect(code).toBe("chunk_conflict");
    expect(details).toMatchObject({
      receipts: [
        [1, 1],
        [3, 3],
      ],
      conflicts: [[2, 2]],
      missingCount: 0,
    });
    await expectWholeFile(stage);
  });

  test("[R5] a run admitted before more commits than are remembered asks the ledger again", async () => {
    const stage = openStage({ file: testBytes(3, chunkSizeBytes) });
    const other = testBytes(97);
    stage.upload.sizeBytes = null;
    const body = new ScriptedBody();
    const old = problemOf(stage.receive(1, 1, body, { digests: [sha256(other)] }));
    await stage.steps.reached("admit");
    await stage.receive(1);
    const byte = testBytes(4, 1);
    const partial = stage.request(1, 1, { partial: true, contentLength: 1, digests: [sha256(byte)] });
    const run = (chunk: number) => ({ ...partial, first: chunk, last: chunk });
    for (let chunk = 2; chunk <= 4_160; chunk += 64) {
      const lanes = Array.from({ length: 64 }, (_, lane) => run(chunk + lane));
      await Promise.all(lanes.map((request) => stage.room.receiveRun(request, wholeBody(byte))));
    }
    stage.steps.clear();
    body.send(other).end();
    expect((await old).code).toBe("chunk_conflict");
    expect(stage.steps.taken).toEqual(["slot 1"]);
    expect(Buffer.compare(await stage.stored(1), stage.file)).toBe(0);
  });
});
