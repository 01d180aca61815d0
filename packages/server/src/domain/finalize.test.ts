import { toHex, treeRoot } from "@hawser/protocol";
import { describe, expect, test } from "vitest";
import { codeOf, createStage, digestOf, errorOf, mebibyte, owner, sha256 } from "../../test/support/domain-stage.ts";
import { createMemoryLedger } from "../adapters/memory/ledger.ts";
import type { Ledger, TransactionName } from "../ports/ledger.ts";

const size = 3 * mebibyte;
const digest = `tree:${toHex(
  treeRoot(
    [1, 2, 3].map((chunk) => digestOf(chunk)),
    sha256,
  ),
)}`;
const content = Buffer.alloc(2 * mebibyte + 5, "hawser");
const plain = toHex(sha256(content));
const wrong = "0".repeat(64);

/** The names of the transactions that a ledger is asked for. */
function named(): { ledger: Ledger; names: TransactionName[] } {
  const ledger = createMemoryLedger();
  const names: TransactionName[] = [];
  const transact: Ledger["transact"] = (name, work) => {
    names.push(name);
    return ledger.transact(name, work);
  };
  return { ledger: { ...ledger, transact }, names };
}

describe("without a plain hash", () => {
  test("[S9] finishing is one transaction, with the file's digest in its answer", async () => {
    const { ledger, names } = named();
    const stage = createStage({}, { ledger });
    const id = await stage.begin(size);
    await stage.send(id, [1, 2, 3], size);
    names.length = 0;
    const result = await stage.domain.finalize(owner, id, { size, digest });
    expect(result).toMatchObject({ status: 200, file: { id, size, digest, url: `/files/${id}` } });
    expect(names).toEqual(["complete"]);
    expect(await stage.kinds(id)).toEqual(["created", "assembly_started", "completed"]);
    expect(await stage.domain.upload(owner, id)).toMatchObject({
      state: "completed",
      file: { digest },
      expiresAt: null,
    });
  });

  test("[R5] repeated, and by four lanes at once: one completion, the same answer", async () => {
    const stage = createStage();
    const id = await stage.begin(size);
    await stage.send(id, [1, 2, 3], size);
    const results = await Promise.all([1, 2, 3, 4].map(() => stage.domain.finalize(owner, id, {})));
    expect(new Set(results.map((result) => JSON.stringify(result))).size).toBe(1);
    expect(await stage.domain.finalize(owner, id, { digest, size })).toEqual(results[0]);
    expect((await stage.kinds(id)).filter((kind) => kind === "completed")).toHaveLength(1);
    expect(await codeOf(stage.domain.finalize(owner, id, { digest: `tree:${wrong}` }))).toBe("file_mismatch");
    expect(await codeOf(stage.domain.finalize(owner, id, { size: size + 1 }))).toBe("file_mismatch");
  });

  test("[S9] holes are named, and the upload stays active", async () => {
    const stage = createStage();
    const id = await stage.begin(size);
    const { key } = await stage.domain.admitRun(stage.run(id, 2, 2, size));
    await stage.domain.commit([{ kind: "prefix", key, chunk: 1, sizeBytes: 9 }]);
    await stage.send(id, [2], size);
    expect(await errorOf(stage.domain.finalize(owner, id, {}))).toMatchObject({
      code: "chunks_missing",
      details: {
        missingChunks: [
          [1, 1],
          [3, 3],
        ],
        partialChunks: [[1, 9]],
      },
    });
    expect((await stage.record(id))?.state).toBe("active");
    expect(await stage.domain.completeIfWhole(owner, id)).toBeUndefined();
  });

  test("[S4] another digest or size is refused, and it stays active and can be finished", async () => {
    const stage = createStage();
    const id = await stage.begin(size);
    await stage.send(id, [1, 2, 3], size);
    expect(await codeOf(stage.domain.finalize(owner, id, { digest: `tree:${wrong}` }))).toBe("file_mismatch");
    expect(await codeOf(stage.domain.finalize(owner, id, { size: 5 }))).toBe("file_mismatch");
    expect(await codeOf(stage.domain.finalize(owner, id, { digest: "tree:x" }))).toBe("invalid_request");
    expect((await stage.record(id))?.state).toBe("active");
    expect((await stage.domain.completeIfWhole(owner, id))?.digest).toBe(digest);
  });

  test("[S6] an unknown size is asked for, checked, fixed, and stays fixed while chunks are missing", async () => {
    const stage = createStage();
    const id = await stage.begin(null);
    await stage.send(id, [1, 3], null);
    expect(await codeOf(stage.domain.finalize(owner, id, {}))).toBe("size_unknown");
    expect(await codeOf(stage.domain.finalize(owner, id, { size: 2 * mebibyte }))).toBe("size_conflict");
    expect((await stage.record(id))?.sizeBytes).toBeNull();
    expect(await codeOf(stage.domain.finalize(owner, id, { size }))).toBe("chunks_missing");
    expect((await stage.record(id))?.sizeBytes).toBe(size);
    await stage.send(id, [2], size);
    expect(await stage.domain.finalize(owner, id, {})).toMatchObject({ status: 200, file: { digest } });
  });

  test("[S9] an empty file is complete without a chunk", async () => {
    const stage = createStage();
    const id = await stage.begin(0);
    const empty = toHex(sha256(new Uint8Array(0)));
    const result = await stage.domain.finalize(owner, id, { sha256: empty });
    expect(result).toMatchObject({ status: 200, file: { size: 0, digest: `tree:${empty}`, sha256: empty } });
    expect((await stage.domain.locateFile(owner, id)).smallBody).toEqual(new Uint8Array(0));
  });

  test("[X5] the plain hash of a file of one chunk is checked without reading it", async () => {
    const stage = createStage();
    const id = await stage.begin(5);
    await stage.sendBytes(id, Buffer.from("hello"));
    expect(await codeOf(stage.domain.finalize(owner, id, { sha256: wrong }))).toBe("file_mismatch");
    const right = toHex(sha256(Buffer.from("hello")));
    expect(await stage.domain.finalize(owner, id, { sha256: right })).toMatchObject({ status: 200 });
    expect(stage.bytes.hashings).toBe(0);
  });
});

describe("with a plain hash", () => {
  test("[X5] the stored bytes are read once, however many ask, and the hash is on record", async () => {
    const stage = createStage();
    const id = await stage.begin(content.length);
    await stage.sendBytes(id, content);
    const results = await Promise.all([1, 2, 3].map(() => stage.domain.finalize(owner, id, { sha256: plain })));
    for (const result of results) expect(result).toMatchObject({ status: 200, file: { sha256: plain } });
    expect(stage.bytes.hashings).toBe(1);
  });

  test("[S4] a wrong one brings it back to active, says so in the status, and is not computed again", async () => {
    const stage = createStage();
    const id = await stage.begin(content.length);
    await stage.sendBytes(id, content);
    expect(await codeOf(stage.domain.finalize(owner, id, { sha256: wrong }))).toBe("file_mismatch");
    expect(await stage.domain.upload(owner, id)).toMatchObject({ state: "active", failure: { code: "file_mismatch" } });
    expect(await codeOf(stage.domain.finalize(owner, id, { sha256: wrong }))).toBe("file_mismatch");
    expect(stage.bytes.hashings).toBe(1);
    expect(await stage.kinds(id)).toEqual(["created", "assembly_started", "reactivated"]);
    expect(await stage.domain.finalize(owner, id, { sha256: plain })).toMatchObject({ status: 200 });
    expect((await stage.domain.upload(owner, id)).failure).toBeUndefined();
  });

  test("[S9] what takes longer than two seconds answers 202 and goes on; repeating gives the result", async () => {
    const stage = createStage();
    const id = await stage.begin(content.length);
    await stage.sendBytes(id, content);
    const held = Promise.withResolvers<void>();
    stage.bytes.hold = held.promise;
    const first = stage.domain.finalize(owner, id, { sha256: plain });
    await stage.settle();
    stage.clock.advance(2_000);
    expect(await first).toMatchObject({ status: 202, upload: { state: "assembling" } });
    expect(await codeOf(stage.domain.finalize(owner, id, { sha256: wrong }))).toBe("file_mismatch");
    expect(await codeOf(stage.domain.cancel(owner, id))).toBe("state_conflict");
    expect(await codeOf(stage.domain.verify(owner, id))).toBe("state_conflict");
    expect(await stage.domain.completeIfWhole(owner, id)).toBeUndefined();
    const second = stage.domain.finalize(owner, id, { sha256: plain });
    const other = codeOf(stage.domain.finalize(owner, id, { sha256: plain, digest: `tree:${wrong}` }));
    held.resolve();
    expect(await other).toBe("file_mismatch");
    expect(await second).toMatchObject({ status: 200, file: { sha256: plain } });
    expect(stage.clock.sleepers).toBe(0);
    expect(stage.bytes.hashings).toBe(1);
  });

  test("[S15] who goes away ends the waiting, not the work", async () => {
    const stage = createStage();
    const id = await stage.begin(content.length);
    await stage.sendBytes(id, content);
    const held = Promise.withResolvers<void>();
    stage.bytes.hold = held.promise;
    const controller = new AbortController();
    const asked = stage.domain.finalize(owner, id, { sha256: plain }, controller.signal);
    await stage.settle();
    controller.abort(new Error("gone away"));
    await expect(asked).rejects.toThrow("gone away");
    held.resolve();
    await stage.settle();
    expect((await stage.record(id))?.state).toBe("completed");
  });

  test("[S5] a server that stops while it reads leaves it assembling; the next start brings it on", async () => {
    const { ledger, bytes, clock, ...stage } = createStage();
    const id = await stage.begin(content.length);
    await stage.sendBytes(id, content);
    bytes.hold = new Promise(() => {});
    const asked = codeOf(stage.domain.finalize(owner, id, { sha256: plain }));
    await stage.settle();
    await stage.domain.close();
    expect(await asked).toBe("unavailable");
    expect((await stage.record(id))?.state).toBe("assembling");
    bytes.hold = null;
    const next = createStage({}, { ledger, bytes, clock });
    await next.domain.recover();
    expect((await next.record(id))?.state).toBe("completed");
    expect(await next.kinds(id)).toEqual(["created", "assembly_started", "completed"]);
  });

  test("[S8] recovery brings a wrong one back to active and leaves an unreadable one for later", async () => {
    const { ledger, bytes, clock, ...stage } = createStage();
    const ids = [await stage.begin(content.length), await stage.begin(content.length)];
    for (const id of ids) await stage.sendBytes(id, content);
    bytes.failure = new Error("EIO");
    await Promise.allSettled(ids.map((id, i) => stage.domain.finalize(owner, id, { sha256: i === 0 ? plain : wrong })));
    await stage.domain.recover();
    const states = async () => Promise.all(ids.map(async (id) => (await stage.record(id))?.state));
    expect(await states()).toEqual(["assembling", "assembling"]);
    bytes.failure = null;
    await createStage({}, { ledger, bytes, clock }).domain.recover();
    expect(await states()).toEqual(["completed", "active"]);
  });
});
