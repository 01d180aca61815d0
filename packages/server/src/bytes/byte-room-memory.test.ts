import { chunkLength, chunkOffset, limits } from "@hawser/protocol";
import { describe, expect, test } from "vitest";
import { openStage, problemOf, type Stage, type StageOptions, sha256 } from "../../test/support/byte-room-stage.ts";
import { flipBit, ScriptedBody, testBytes, wholeBody } from "../../test/support/scripted-body.ts";
import { quiet, storedChunk, systemError } from "../../test/support/steps.ts";

const { chunkSizeBytes } = limits;
const smallPool = { poolBytes: 2 * chunkSizeBytes };
const quarter = chunkSizeBytes / 4;

/** A stage where memory is short: another request gathers, so that a chunk nobody writes comes in pieces. */
async function openCrowdedStage(options: StageOptions = {}): Promise<Stage & { disperse(): Promise<void> }> {
  const stage = openStage({ room: smallPool, ...options });
  const id = "c".repeat(32);
  const crowd = stage.facts.add({ id, sizeBytes: 2 * chunkSizeBytes });
  const digest = sha256(testBytes(70));
  crowd.receipts.set(1, digest);
  const body = new ScriptedBody();
  const run = { id, digests: [digest, digest], contentLength: 2 * chunkSizeBytes };
  const answer = problemOf(stage.receive(1, 2, body, run));
  await body.drained();
  stage.steps.clear();
  const disperse = async () => {
    body.break();
    await answer;
  };
  return { ...stage, disperse };
}

describe("short memory", () => {
  test("[S3] with more requests than blocks all files are exact, and come in pieces", async () => {
    const stage = openStage({ room: smallPool });
    const sizeBytes = 2 * chunkSizeBytes + 4_321;
    const uploads = Array.from({ length: 24 }, (_, i) => {
      const id = i.toString(16).padStart(32, "e");
      stage.facts.add({ id, sizeBytes });
      return { id, file: testBytes(200 + i, sizeBytes), body: new ScriptedBody() };
    });
    const chunkOf = (file: Uint8Array, chunk: number) =>
      file.subarray(chunkOffset(chunk), chunkOffset(chunk) + chunkLength(chunk, sizeBytes));
    const answers = uploads.map(({ id, file, body }) => {
      const digests = [1, 2, 3].map((chunk) => sha256(chunkOf(file, chunk)));
      return stage.receive(1, 3, body, { id, digests, contentLength: sizeBytes });
    });
    for (let at = 0; at < sizeBytes; at += 150_000) {
      for (const { file, body } of uploads) body.send(file.subarray(at, at + 150_000));
      await quiet();
    }
    for (const { body } of uploads) body.end();
    for (const answer of answers) expect((await Promise.resolve(answer)).receipts).toEqual([[1, 3]]);
    for (const { id, file } of uploads) {
      for (const chunk of [1, 2, 3]) {
        const stored = await storedChunk(stage.store, id, chunk, chunkLength(chunk, sizeBytes));
        expect(Buffer.compare(stored, chunkOf(file, chunk))).toBe(0);
      }
    }
    expect(stage.steps.taken).toContain(`write 1 0+${chunkSizeBytes / 16}`);
  });

  test("[S3] memory that broken requests held is there for the next", async () => {
    const stage = openStage({ room: smallPool });
    for (let i = 0; i < 12; i++) {
      const bodies = [new ScriptedBody(), new ScriptedBody(), new ScriptedBody()];
      const answers = bodies.map((body, n) => problemOf(stage.receive(n + 1, 3, body)));
      for (const body of bodies) body.send(stage.file.subarray(0, i)).break();
      await Promise.all(answers);
    }
    const answers = await Promise.all([stage.receive(1), stage.receive(2), stage.receive(3)]);
    expect(answers.map(({ receipts }) => receipts)).toEqual([[[1, 1]], [[2, 2]], [[3, 3]]]);
    for (const chunk of [1, 2, 3]) expect(Buffer.compare(await stage.stored(chunk), stage.chunk(chunk))).toBe(0);
  });

  test("[S3] a body is not read on while as many chunks as allowed wait for their write", async () => {
    const stage = openStage({
      file: testBytes(71, 8 * chunkSizeBytes),
      room: { poolBytes: 32 * chunkSizeBytes, unwrittenChunksPerRun: 3 },
    });
    const release = stage.steps.hold("write");
    const body = wholeBody(stage.file);
    const answer = stage.receive(1, 8, body);
    await stage.steps.reached("write", 3);
    await quiet();
    expect(body.takenBytes).toBe(3 * chunkSizeBytes);
    release();
    expect((await answer).receipts).toEqual([[1, 8]]);
  });

  test("[S3] a body is not read on while there is no memory for its next chunk", async () => {
    const stage = openStage({ file: testBytes(72, 8 * chunkSizeBytes), room: { poolBytes: 5 * chunkSizeBytes } });
    const release = stage.steps.hold("write");
    const answers = [1, 3, 5, 7].map((first) => {
      const body = wholeBody(stage.file.subarray(chunkOffset(first), chunkOffset(first + 2)));
      return { body, answer: stage.receive(first, first + 1, body) };
    });
    await quiet();
    const taken = answers.reduce((sum, { body }) => sum + body.takenBytes, 0);
    expect(taken).toBeLessThanOrEqual(5 * chunkSizeBytes);
    release();
    for (const { answer } of answers) await answer;
    for (let chunk = 1; chunk <= 8; chunk++) {
      expect(Buffer.compare(await stage.stored(chunk), stage.chunk(chunk))).toBe(0);
    }
  });
});

describe("a chunk that comes in pieces", () => {
  test("[S4] a damaged one is refused, leaves no prefix, and is healed by sending it again", async () => {
    const stage = await openCrowdedStage();
    const bystander = new ScriptedBody();
    const stays = stage.receive(3, 3, bystander);
    const problem = await problemOf(
      stage.receive(1, 2, wholeBody(flipBit(stage.file, 9).subarray(0, 2 * chunkSizeBytes))),
    );
    expect(problem.details).toMatchObject({ receipts: [[2, 2]], rejected: [{ chunk: 1, code: "digest_mismatch" }] });
    expect(stage.steps.count("write 1")).toBe(4);
    expect(stage.upload.prefixes.size).toBe(0);
    await problemOf(stage.receive(1, 1, new ScriptedBody().send(stage.file.subarray(0, 5)).break()));
    expect([...stage.upload.prefixes]).toEqual([[1, 5]]);
    expect((await stage.receive(1)).receipts).toEqual([[1, 1]]);
    bystander.send(stage.chunk(3)).end();
    expect((await stays).receipts).toEqual([[3, 3]]);
    expect(Buffer.compare(await stage.stored(1), stage.chunk(1))).toBe(0);
    await stage.disperse();
  });

  test("[R8] of one that breaks all that was read is durable, and named", async () => {
    const stage = await openCrowdedStage();
    const sent = quarter + 70_001;
    const body = new ScriptedBody().send(stage.file.subarray(0, sent)).break();
    const { code, details } = await problemOf(stage.receive(1, 1, body));
    expect([code, details.partialChunks]).toEqual(["run_incomplete", [[1, sent]]]);
    expect(stage.upload.prefixes.get(1)).toBe(sent);
    expect(Buffer.compare(await stage.stored(1, sent), stage.file.subarray(0, sent))).toBe(0);
    expect((await stage.receive(1, 1, undefined, { offsetBytes: sent })).receipts).toEqual([[1, 1]]);
    expect(Buffer.compare(await stage.stored(1), stage.chunk(1))).toBe(0);
    await stage.disperse();
  });

  test("[S15] when its write fails, what was written before is kept as its prefix", async () => {
    const stage = await openCrowdedStage();
    stage.steps.fail(`write 1 ${quarter}`, systemError("ENOSPC"));
    const { code, details } = await problemOf(stage.receive(1));
    expect([code, details.partialChunks]).toEqual(["storage_full", [[1, quarter]]]);
    stage.steps.allow();
    expect((await stage.receive(1, 1, undefined, { offsetBytes: quarter })).receipts).toEqual([[1, 1]]);
    expect(Buffer.compare(await stage.stored(1), stage.chunk(1))).toBe(0);
    await stage.disperse();
  });

  test("[S3] its memory is free once it is written, before it is committed", async () => {
    const stage = await openCrowdedStage({ room: { ...smallPool, unwrittenChunksPerRun: 1 } });
    const release = stage.steps.hold("sync");
    const answer = stage.receive(1, 2);
    await stage.steps.reached("sync");
    await stage.steps.reached("write 2", 4);
    release();
    expect((await answer).receipts).toEqual([[1, 2]]);
    await stage.disperse();
  });
});

describe("a whole chunk against one that comes in pieces", () => {
  test("[R5] it takes the slot after the outstanding write, and the other gets 200 without writing on", async () => {
    const stage = await openCrowdedStage();
    const body = new ScriptedBody();
    const slow = stage.receive(1, 1, body);
    const release = stage.steps.hold(`write 1 ${quarter}`);
    body.send(stage.chunk(1).subarray(0, 2 * quarter));
    await stage.steps.reached("write 1", 2);
    const whole = stage.receive(1);
    await quiet();
    expect(stage.steps.count("write 1")).toBe(2);
    release();
    expect((await whole).receipts).toEqual([[1, 1]]);
    body.send(stage.chunk(1).subarray(2 * quarter)).end();
    expect(await slow).toMatchObject({ receipts: [], skipped: [[1, 1]] });
    const writes = stage.steps.taken.filter((step) => step.startsWith("write"));
    expect(writes).toEqual([`write 1 0+${quarter}`, `write 1 ${quarter}+${quarter}`, `write 1 0+${chunkSizeBytes}`]);
    expect(Buffer.compare(await stage.stored(1), stage.chunk(1))).toBe(0);
    await stage.disperse();
  });

  test("[R5] one that was overtaken in its last write waits for the result of the whole one", async () => {
    const stage = await openCrowdedStage();
    const body = wholeBody(stage.chunk(1));
    const release = stage.steps.hold(`write 1 ${3 * quarter}`);
    const slow = stage.receive(1, 1, body);
    await stage.steps.reached("write 1", 4);
    const whole = stage.receive(1);
    await quiet();
    release();
    expect(await whole).toMatchObject({ receipts: [[1, 1]] });
    expect(await slow).toMatchObject({ receipts: [], skipped: [[1, 1]] });
    await stage.disperse();
  });

  test("[R9] one with another digest that was overtaken is a conflict", async () => {
    const stage = await openCrowdedStage();
    const other = testBytes(73);
    const body = new ScriptedBody().send(other.subarray(0, 2 * quarter));
    const slow = problemOf(stage.receive(1, 1, body, { digests: [sha256(other)] }));
    await stage.steps.reached("write 1", 2);
    expect((await stage.receive(1)).receipts).toEqual([[1, 1]]);
    body.send(other.subarray(2 * quarter)).end();
    expect((await slow).code).toBe("chunk_conflict");
    expect(Buffer.compare(await stage.stored(1), stage.chunk(1))).toBe(0);
    await stage.disperse();
  });

  test("[R8] one that was overtaken and breaks leaves no prefix", async () => {
    const stage = await openCrowdedStage();
    const body = new ScriptedBody().send(stage.chunk(1).subarray(0, 2 * quarter));
    const slow = problemOf(stage.receive(1, 1, body));
    await stage.steps.reached("write 1", 2);
    const release = stage.steps.hold("sync");
    const whole = stage.receive(1);
    await stage.steps.reached("sync");
    body.break();
    expect((await slow).details.partialChunks).toBeUndefined();
    release();
    await whole;
    expect(stage.steps.count("commit prefix")).toBe(0);
    await stage.disperse();
  });

  test("[R9] it does not overwrite one that is being committed", async () => {
    const stage = await openCrowdedStage();
    const other = testBytes(74);
    const release = stage.steps.hold("commit");
    const streamed = stage.receive(1);
    await stage.steps.reached("commit");
    const whole = problemOf(stage.receive(1, 1, wholeBody(other), { digests: [sha256(other)] }));
    await quiet();
    expect(stage.steps.count(`write 1 0+${chunkSizeBytes}`)).toBe(0);
    release();
    expect((await streamed).receipts).toEqual([[1, 1]]);
    expect((await whole).code).toBe("chunk_conflict");
    expect(Buffer.compare(await stage.stored(1), stage.chunk(1))).toBe(0);
    await stage.disperse();
  });

  test("[X1] it does not overwrite a prefix that is being committed before the ledger forgot it", async () => {
    const stage = await openCrowdedStage();
    const other = testBytes(75);
    const release = stage.steps.hold("commit");
    const body = new ScriptedBody().send(other.subarray(0, quarter + 5)).break();
    const broken = problemOf(stage.receive(1, 1, body, { digests: [sha256(other)] }));
    await stage.steps.reached("commit");
    const whole = stage.receive(1);
    await quiet();
    expect(stage.steps.count(`write 1 0+${chunkSizeBytes}`)).toBe(0);
    release();
    await broken;
    expect((await whole).receipts).toEqual([[1, 1]]);
    const tail = ["drop 1", `write 1 0+${chunkSizeBytes}`, expect.stringMatching("sync"), "commit chunk 1"];
    expect(stage.steps.taken.slice(-4)).toEqual(tail);
    await stage.disperse();
  });
});
