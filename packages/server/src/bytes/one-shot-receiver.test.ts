import {
  chunkLength,
  chunkOffset,
  countChunks,
  formatTreeDigest,
  HawserError,
  limits,
  treeRoot,
} from "@hawser/protocol";
import { describe, expect, test } from "vitest";
import { openStage, problemOf, type Stage, sha256 } from "../../test/support/byte-room-stage.ts";
import { flipBit, ScriptedBody, testBytes, wholeBody } from "../../test/support/scripted-body.ts";
import { storedChunk, systemError } from "../../test/support/steps.ts";
import type { OneShotRequest } from "../ports/facts.ts";

const { chunkSizeBytes } = limits;

function leaves(file: Uint8Array): Uint8Array[] {
  return Array.from({ length: countChunks(file.length) }, (_, i) =>
    sha256(file.subarray(chunkOffset(i + 1), chunkOffset(i + 1) + chunkLength(i + 1, file.length))),
  );
}

function oneShot(file: Uint8Array, other: Partial<OneShotRequest> = {}): OneShotRequest {
  const fields = { filename: "small.txt" };
  return { owner: "local", fields, sizeBytes: file.length, digests: leaves(file), idempotencyKey: null, ...other };
}

/** The upload that the request made. */
function made(stage: Stage) {
  const upload = stage.facts.uploads[1];
  if (upload === undefined) throw new Error("nothing was made");
  return upload;
}

describe("a body that the ledger keeps", () => {
  for (const sizeBytes of [0, 1, 65_536]) {
    test(`[S1] ${sizeBytes} bytes are verified and kept, without the blob store`, async () => {
      const stage = openStage();
      const file = testBytes(90, sizeBytes);
      const { created, file: stored } = await stage.room.receiveOneShot(oneShot(file), wholeBody(file));
      expect([created, stored.filename, stored.size]).toEqual([true, "small.txt", sizeBytes]);
      expect(stored.digest).toBe(formatTreeDigest(treeRoot(leaves(file), sha256)));
      expect(Buffer.compare(made(stage).smallBody ?? new Uint8Array(9), file)).toBe(0);
      expect(stage.steps.taken).toEqual([]);
    });
  }

  test("[S4] a damaged one is refused, and nothing is kept", async () => {
    const stage = openStage();
    const file = testBytes(90, 10_000);
    const { code, details } = await problemOf(stage.room.receiveOneShot(oneShot(file), wholeBody(flipBit(file, 9))));
    expect([code, details.rejected]).toEqual(["digest_mismatch", [{ chunk: 1, code: "digest_mismatch" }]]);
    expect(stage.facts.uploads.length).toBe(1);
  });

  test("[R8] one that breaks or ends too early is incomplete, and nothing is kept", async () => {
    const stage = openStage();
    const file = testBytes(90, 10_000);
    const start = file.subarray(0, 9_999);
    for (const body of [new ScriptedBody().send(start).break(), wholeBody(start)]) {
      expect((await problemOf(stage.room.receiveOneShot(oneShot(file), body))).code).toBe("run_incomplete");
    }
    const slow = new ScriptedBody().break(new HawserError("request_timeout"));
    expect((await problemOf(stage.room.receiveOneShot(oneShot(file), slow))).code).toBe("request_timeout");
    expect(stage.facts.uploads.length).toBe(1);
  });

  test("[S1] one that is longer than announced is refused", async () => {
    const stage = openStage();
    const file = testBytes(90, 10_000);
    const body = wholeBody(testBytes(90, 10_004));
    expect((await problemOf(stage.room.receiveOneShot(oneShot(file), body))).code).toBe("body_too_long");
    expect(stage.facts.uploads.length).toBe(1);
  });
});

describe("a body that goes to the blob store", () => {
  const file = testBytes(91, chunkSizeBytes + 70_000);

  test("[S1] [X1] it is received like a run, and completed once every chunk is committed", async () => {
    const stage = openStage();
    const release = stage.steps.hold("commit");
    const answer = stage.room.receiveOneShot(oneShot(file), wholeBody(file));
    await stage.steps.reached("commit");
    expect(made(stage).state).toBe("active");
    release();
    const { created, file: stored } = await answer;
    expect([created, stored.size, made(stage).state]).toEqual([true, file.length, "completed"]);
    for (const chunk of [1, 2]) {
      const bytes = await storedChunk(stage.store, made(stage).id, chunk, chunkLength(chunk, file.length));
      const end = chunkOffset(chunk) + chunkLength(chunk, file.length);
      expect(Buffer.compare(bytes, file.subarray(chunkOffset(chunk), end))).toBe(0);
    }
  });

  test("[S4] a damaged one is abandoned, with a key or without", async () => {
    for (const idempotencyKey of [null, "key"]) {
      const stage = openStage();
      const body = wholeBody(flipBit(file, chunkSizeBytes + 5));
      const problem = await problemOf(stage.room.receiveOneShot(oneShot(file, { idempotencyKey }), body));
      expect([problem.code, made(stage).state]).toEqual(["digest_mismatch", "cancelled"]);
    }
  });

  test("[R8] one that breaks is abandoned without a key; with one the same request goes on", async () => {
    const stage = openStage();
    const broken = () => new ScriptedBody().send(file.subarray(0, chunkSizeBytes + 9)).break();
    expect((await problemOf(stage.room.receiveOneShot(oneShot(file), broken()))).code).toBe("run_incomplete");
    expect(made(stage).state).toBe("cancelled");
    const keyed = oneShot(file, { idempotencyKey: "key" });
    expect((await problemOf(stage.room.receiveOneShot(keyed, broken()))).code).toBe("run_incomplete");
    stage.steps.clear();
    expect((await stage.room.receiveOneShot(keyed, wholeBody(file))).created).toBe(true);
    expect(stage.steps.taken).toContain("write 2 9+69991");
    expect(stage.steps.count("write 1")).toBe(0);
    const body = wholeBody(file);
    expect((await stage.room.receiveOneShot(keyed, body)).created).toBe(false);
    expect(body.takenBytes).toBe(0);
    expect(stage.facts.uploads.length).toBe(3);
  });

  test("[S15] what went wrong first is the answer, also when the upload cannot be abandoned", async () => {
    const stage = openStage();
    stage.steps.fail("abandon", new HawserError("internal"));
    stage.steps.fail("write", systemError("ENOSPC"));
    expect((await problemOf(stage.room.receiveOneShot(oneShot(file), wholeBody(file)))).code).toBe("storage_full");
    expect(stage.steps.count("abandon")).toBe(1);
  });
});

test("[S1] a body over the limit, or with another number of digests, is refused unread", async () => {
  const stage = openStage();
  const body = wholeBody(testBytes(92, 100));
  const tooLong = oneShot(testBytes(92, 100), { sizeBytes: limits.maxOneShotBytes + 1 });
  expect((await problemOf(stage.room.receiveOneShot(tooLong, body))).code).toBe("body_too_long");
  const uncounted = oneShot(testBytes(92, 100), { digests: [] });
  expect((await problemOf(stage.room.receiveOneShot(uncounted, body))).code).toBe("digest_required");
  expect(body.takenBytes).toBe(0);
});
