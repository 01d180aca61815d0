import { errorTable, HawserError, limits } from "@hawser/protocol";
import { describe, expect, test } from "vitest";
import { openStage, problemOf, type Stage, sha256, uploadId } from "../../test/support/byte-room-stage.ts";
import { createManualClock } from "../../test/support/manual-clock.ts";
import { ScriptedBody, testBytes, wholeBody } from "../../test/support/scripted-body.ts";
import { quiet, systemError } from "../../test/support/steps.ts";

const { chunkSizeBytes } = limits;

/** Whether a promise has ended, for asserting that it has not. */
function watch(promise: Promise<unknown>): () => boolean {
  let ended = false;
  const end = () => {
    ended = true;
  };
  promise.then(end, end);
  return () => ended;
}

describe("acknowledged means durable", () => {
  test("[X1] nothing is committed before its sync, and nothing answered before its commit", async () => {
    const stage = openStage();
    const releaseSync = stage.steps.hold("sync");
    const releaseCommit = stage.steps.hold("commit");
    const answer = stage.receive(1);
    const ended = watch(answer);
    await stage.steps.reached("sync");
    await quiet();
    expect(stage.steps.taken.slice(1)).toEqual([`write 1 0+${chunkSizeBytes}`, `sync ${uploadId}`]);
    releaseSync();
    await stage.steps.reached("commit");
    await quiet();
    expect(ended()).toBe(false);
    releaseCommit();
    expect((await answer).receipts).toEqual([[1, 1]]);
  });

  test("[X1] a chunk whose write has not ended is not part of a sync that others asked for", async () => {
    const stage = openStage();
    const release = stage.steps.hold("write 1");
    const slow = stage.receive(1);
    await stage.receive(2);
    expect(stage.steps.taken).toContain("commit chunk 2");
    release();
    await slow;
    expect(stage.steps.taken.slice(-2)).toEqual([`sync ${uploadId}`, "commit chunk 1"]);
  });

  test("[X1] what is written while a sync runs shares the next one", async () => {
    const stage = openStage({ file: testBytes(80, 4 * chunkSizeBytes) });
    const release = stage.steps.hold("sync");
    const first = stage.receive(1);
    await stage.steps.reached("sync");
    const others = [stage.receive(2), stage.receive(3, 4)];
    await stage.steps.reached("write", 4);
    await quiet();
    release();
    await Promise.all([first, ...others]);
    expect(stage.steps.count("sync")).toBe(2);
    const commits = stage.steps.taken.filter((step) => step.startsWith("commit"));
    expect(commits).toEqual(["commit chunk 1", "commit chunk 2, chunk 3, chunk 4"]);
  });
});

describe("a volume that fails", () => {
  async function expectFenced(stage: Stage, syncs: number): Promise<void> {
    expect(stage.upload.receipts.size).toBe(0);
    stage.steps.allow();
    const body = wholeBody(stage.chunk(3));
    expect((await problemOf(stage.receive(3, 3, body))).code).toBe("storage_fenced");
    const oneShot = { owner: "local", fields: {}, sizeBytes: 0, digests: [], idempotencyKey: null };
    expect((await problemOf(stage.room.receiveOneShot(oneShot, wholeBody(new Uint8Array(0))))).code).toBe(
      "storage_fenced",
    );
    expect(body.takenBytes).toBe(0);
    await quiet();
    expect(stage.steps.count("sync")).toBe(syncs);
    expect(stage.fences.length).toBe(1);
    expect(await stage.room.fencedBecause()).toBe(stage.fences[0]);
  }

  test("[X1] a failed sync refuses all that waits, and nothing is synced or taken any more", async () => {
    const stage = openStage();
    const fail = stage.steps.hold("sync", systemError("EIO"));
    const first = problemOf(stage.receive(1));
    await stage.steps.reached("sync");
    const second = problemOf(stage.receive(2));
    await stage.steps.reached("write 2");
    await quiet();
    expect(await stage.room.fencedBecause()).toBe(null);
    fail();
    expect([(await first).code, (await second).code]).toEqual(["storage_fenced", "storage_fenced"]);
    expect(stage.steps.count("commit")).toBe(0);
    await expectFenced(stage, 1);
  });

  test("[X1] a full disk that shows in the sync fences too", async () => {
    const stage = openStage();
    stage.steps.fail("sync", systemError("ENOSPC"));
    const problem = await problemOf(stage.receive(1));
    expect([problem.code, errorTable[problem.code].status, problem.details.retryAfterSeconds]).toEqual([
      "storage_fenced",
      503,
      30,
    ]);
    await expectFenced(stage, 1);
  });

  for (const error of [new HawserError("storage_fenced"), systemError("SQLITE_IOERR")]) {
    test(`[X1] a failed ledger commit refuses all that waits: ${error.name}`, async () => {
      const stage = openStage();
      const fail = stage.steps.hold("commit", error);
      const first = problemOf(stage.receive(1));
      await stage.steps.reached("commit");
      const release = stage.steps.hold("sync");
      const second = problemOf(stage.receive(2));
      await stage.steps.reached("sync", 2);
      fail();
      expect((await first).code).toBe("storage_fenced");
      release();
      expect((await second).code).toBe("storage_fenced");
      expect(stage.steps.count("commit")).toBe(1);
      await expectFenced(stage, 2);
    });
  }

  test("[S15] a commit that the ledger merely could not take now fences nothing", async () => {
    const stage = openStage();
    stage.steps.fail("commit", new HawserError("unavailable"));
    expect((await problemOf(stage.receive(1))).code).toBe("unavailable");
    stage.steps.allow();
    expect((await stage.receive(1)).receipts).toEqual([[1, 1]]);
  });

  test("[S10] a full disk ends the run with 507; what was written keeps its receipts, the upload goes on", async () => {
    const stage = openStage();
    stage.steps.fail("write 2", systemError("ENOSPC"));
    const problem = await problemOf(stage.receive(1, 3));
    expect([problem.code, errorTable[problem.code].status, problem.details.retryAfterSeconds]).toEqual([
      "storage_full",
      507,
      30,
    ]);
    const receipts = problem.details.receipts ?? [];
    expect(receipts[0]).toEqual([1, 1]);
    expect([...stage.upload.receipts.keys()]).not.toContain(2);
    stage.steps.allow();
    const answer = await stage.receive(1, 3);
    expect(answer.missingCount).toBe(0);
    expect(stage.fences).toEqual([]);
    for (const chunk of [1, 2, 3]) expect(Buffer.compare(await stage.stored(chunk), stage.chunk(chunk))).toBe(0);
  });

  test("[S15] a write that fails for another reason is 503, and only its chunk is lost", async () => {
    const stage = openStage();
    stage.steps.fail("write 3", systemError("EIO"));
    const problem = await problemOf(stage.receive(1, 3));
    expect([problem.code, problem.details.receipts]).toEqual(["unavailable", [[1, 2]]]);
    stage.steps.allow();
    expect(await stage.receive(1, 3)).toMatchObject({ receipts: [[3, 3]], skipped: [[1, 2]] });
    expect(stage.fences).toEqual([]);
  });
});

describe("a run that has failed", () => {
  for (const [step, code] of [
    ["write", "unavailable"],
    ["sync", "storage_fenced"],
  ] as const) {
    test(`[S15] it is answered at once when its ${step} fails, though the rest of its body has not come`, async () => {
      const stage = openStage();
      stage.steps.fail(step, systemError("EIO"));
      const body = new ScriptedBody().send(stage.chunk(1)).send(stage.chunk(2).subarray(0, 10));
      const problem = await problemOf(stage.receive(1, 3, body));
      expect([problem.code, body.cancelled?.code]).toEqual([code, code]);
    });
  }
});

describe("an upload that ends", () => {
  test("[S8] discard ends requests in flight with 410 and removes the bytes after the last one left", async () => {
    const stage = openStage();
    const body = new ScriptedBody().send(stage.chunk(1)).send(stage.chunk(2).subarray(0, 1_000));
    const release = stage.steps.hold("sync");
    const problem = problemOf(stage.receive(1, 3, body));
    await stage.steps.reached("sync");
    await body.drained();
    stage.upload.state = "cancelled";
    const discarded = stage.room.discard(uploadId);
    await quiet();
    expect(body.cancelled?.code).toBe("gone");
    expect(stage.steps.count("remove")).toBe(0);
    release();
    expect((await problem).code).toBe("gone");
    await discarded;
    expect(stage.steps.taken.at(-1)).toBe(`remove ${uploadId}`);
    expect(stage.upload.receipts.size + stage.upload.prefixes.size).toBe(0);
    expect(await stage.room.storedIds()).toEqual([]);
  });

  test("[S8] a request that is still being admitted is waited for as well", async () => {
    const stage = openStage();
    const release = stage.steps.hold("admit");
    const problem = problemOf(stage.receive(1));
    const discarded = stage.room.discard(uploadId);
    await quiet();
    expect(stage.steps.count("remove")).toBe(0);
    release();
    expect((await problem).code).toBe("gone");
    await discarded;
    expect(stage.steps.count("write")).toBe(0);
  });

  test("[S8] a chunk that the ledger refuses at its commit says why", async () => {
    const stage = openStage();
    const release = stage.steps.hold("sync");
    const problem = problemOf(stage.receive(1));
    await stage.steps.reached("sync");
    stage.upload.state = "cancelled";
    release();
    const { code, details } = await problem;
    expect([code, details.rejected]).toEqual(["gone", [{ chunk: 1, code: "gone" }]]);
  });

  test("[S9] an upload that has requests in flight is not among the stored ones", async () => {
    const stage = openStage();
    await stage.receive(1);
    expect(await stage.room.storedIds()).toEqual([uploadId]);
    const body = new ScriptedBody();
    const answer = problemOf(stage.receive(2, 2, body));
    await body.drained();
    expect(await stage.room.storedIds()).toEqual([]);
    body.break();
    await answer;
    expect(await stage.room.storedIds()).toEqual([uploadId]);
  });
});

describe("a room that closes", () => {
  test("[R8] requests have the grace time to end; then they end with 503, and what is whole is committed", async () => {
    const clock = createManualClock();
    const stage = openStage({ clock });
    const body = new ScriptedBody().send(stage.chunk(1)).send(stage.chunk(2).subarray(0, 4_096));
    const problem = problemOf(stage.receive(1, 3, body));
    await body.drained();
    const closed = stage.room.close(5_000);
    await quiet();
    clock.advance(4_999);
    await quiet();
    expect(body.cancelled).toBe(null);
    clock.advance(1);
    const { code, details } = await problem;
    expect([code, details.receipts, details.partialChunks]).toEqual(["unavailable", [[1, 1]], [[2, 4_096]]]);
    await closed;
    expect(stage.steps.taken.at(-1)).toBe("close");
    expect((await problemOf(stage.receive(3))).code).toBe("unavailable");
    expect((await problemOf(stage.room.receiveOneShot(smallFile, wholeBody(tiny)))).code).toBe("unavailable");
    expect(stage.steps.taken.at(-1)).toBe("close");
  });

  test("[X1] it does not wait for the grace time when nothing is in flight any more", async () => {
    const clock = createManualClock();
    const stage = openStage({ clock });
    const body = new ScriptedBody();
    const answer = stage.receive(1, 1, body);
    await body.drained();
    const closed = stage.room.close(5_000);
    body.send(stage.chunk(1)).end();
    expect((await answer).receipts).toEqual([[1, 1]]);
    await closed;
    expect(stage.steps.taken.at(-1)).toBe("close");
    expect(clock.sleepers).toBe(0);
  });

  const tiny = testBytes(81, 10);
  const smallFile = { owner: "local", fields: {}, sizeBytes: 10, digests: [sha256(tiny)], idempotencyKey: null };
});

describe("what is asked of the store", () => {
  test("[X1] a stored file is read at a position; a failing read is 503", async () => {
    const stage = openStage();
    await stage.receive(1, 3);
    const target = new Uint8Array(100);
    expect(await stage.room.readFile(uploadId, chunkSizeBytes - 50, target)).toBe(100);
    expect(Buffer.compare(target, stage.file.subarray(chunkSizeBytes - 50, chunkSizeBytes + 50))).toBe(0);
    expect((await problemOf(openFailing().readFile(uploadId, 0, target))).code).toBe("unavailable");
  });

  test("[X1] a store without an end has no free bytes to tell, others tell theirs", async () => {
    expect(await openStage().room.freeBytes()).toBe(null);
    const { store } = openStage();
    const bounded = { ...store, capacity: async () => ({ freeBytes: 7, totalBytes: 9 }) };
    expect(await openStage({ store: bounded }).room.freeBytes()).toBe(7);
  });

  test("[S15] storage that fails answers the facts thread with 503 as well", async () => {
    const room = openFailing();
    const chunks = [{ chunk: 1, digest: sha256(testBytes(1)) }];
    for (const call of [
      () => room.findDamaged(uploadId, 10, chunks),
      () => room.hashWhole(uploadId, 10),
      () => room.discard(uploadId),
      () => room.storedIds(),
      () => room.freeBytes(),
    ]) {
      expect((await problemOf(call())).code).toBe("unavailable");
    }
  });

  function openFailing() {
    const fail = async () => {
      throw systemError("EIO");
    };
    const list = (): AsyncIterable<string> => ({ [Symbol.asyncIterator]: () => ({ next: fail }) });
    return openStage({ store: { ...openStage().store, read: fail, remove: fail, capacity: fail, list } }).room;
  }
});
