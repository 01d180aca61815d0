import { chunkLength, countChunks, toHex } from "@hawser/protocol";
import { describe, expect, test } from "vitest";
import { codeOf, createStage, mebibyte, owner, type Stage, sha256 } from "../../test/support/domain-stage.ts";
import type { OneShotRequest } from "../ports/facts.ts";

const wrong = "0".repeat(64);

function request(body: Uint8Array, patch: Partial<OneShotRequest> = {}): OneShotRequest {
  const digests = Array.from({ length: countChunks(body.length) }, (_, i) =>
    sha256(body.subarray(i * mebibyte, (i + 1) * mebibyte)),
  );
  return { owner, fields: { filename: "note.txt" }, sizeBytes: body.length, digests, idempotencyKey: null, ...patch };
}

describe("a small file in the ledger", () => {
  const body = Buffer.from("hello");

  test("[S1] body and facts are there together, like any other file", async () => {
    const stage = createStage();
    const { created, file } = await stage.domain.storeSmallFile(request(body), body);
    expect(created).toBe(true);
    expect(file).toMatchObject({ filename: "note.txt", size: 5, digest: `tree:${toHex(sha256(body))}` });
    expect(Buffer.from((await stage.domain.locateFile(owner, file.id)).smallBody ?? [])).toEqual(body);
    expect(await stage.domain.verify(owner, file.id)).toEqual({ checked: [[1, 1]], damaged: [] });
    expect(await stage.domain.finalize(owner, file.id, {})).toEqual({ status: 200, file });
    expect(await stage.kinds(file.id)).toEqual(["completed"]);
    await stage.domain.deleteFile(owner, file.id);
    await stage.settle();
    const { key, bytesIn } = (await stage.record(file.id)) ?? { key: 0, bytesIn: undefined };
    expect(bytesIn).toBe("none");
    expect(await stage.ledger.read((reader) => reader.smallBody(key))).toBeUndefined();
    expect(stage.bytes.discarded).toEqual([]);
  });

  test("[S1] metadata and a bundle's label come with it, and belong to what its key stands for", async () => {
    const stage = createStage();
    const fields = { filename: "note.txt", bundleId: "post", bundlePosition: "3", metadata: '{"path":"ö/note.txt"}' };
    const keyed = request(body, { fields, idempotencyKey: "k" });
    const { file } = await stage.domain.storeSmallFile(keyed, body);
    expect(file).toMatchObject({ metadata: { path: "ö/note.txt" }, bundle: { id: "post", position: 3 } });
    expect(await stage.domain.storeSmallFile(keyed, body)).toEqual({ created: false, file });
    const other = { ...keyed, fields: { ...fields, metadata: '{"path":"o/note.txt"}' } };
    expect(await codeOf(stage.domain.storeSmallFile(other, body))).toBe("idempotency_mismatch");
  });

  test("[S1] an empty file needs no digest and has an empty body", async () => {
    const stage = createStage();
    const empty = Buffer.alloc(0);
    const { file } = await stage.domain.storeSmallFile(request(empty), empty);
    expect(file.digest).toBe(`tree:${toHex(sha256(empty))}`);
    expect(await stage.domain.locateFile(owner, file.id)).toMatchObject({ smallBody: new Uint8Array(0) });
    expect((await stage.record(file.id))?.bytesIn).toBe("none");
  });

  test("[R5] the same key finds the file; another body under it is refused", async () => {
    const stage = createStage();
    const keyed = request(body, { idempotencyKey: "k" });
    const first = await stage.domain.storeSmallFile(keyed, body);
    expect(await stage.domain.storeSmallFile(keyed, body)).toEqual({ created: false, file: first.file });
    const other = Buffer.from("other");
    const refused = stage.domain.storeSmallFile(request(other, { idempotencyKey: "k" }), other);
    expect(await codeOf(refused)).toBe("idempotency_mismatch");
    await stage.domain.deleteFile(owner, first.file.id);
    expect(await codeOf(stage.domain.storeSmallFile(keyed, body))).toBe("gone");
  });

  test.each<[string, Partial<OneShotRequest>, string]>([
    ["a field that is not known", { fields: { filename: "a", foo: "1" } }, "invalid_request"],
    ["no digest", { digests: [] }, "digest_required"],
    ["a wrong plain hash", { fields: { filename: "a", sha256: wrong } }, "file_mismatch"],
    ["more than a one-shot may hold", { sizeBytes: 8 * mebibyte + 1 }, "body_too_long"],
  ])("[S15] %s: nothing is kept", async (_, patch, code) => {
    const stage = createStage();
    expect(await codeOf(stage.domain.storeSmallFile(request(body, patch), body))).toBe(code);
    expect(await stage.domain.totals(owner)).toMatchObject({ files: 0, activeUploads: 0 });
  });
});

describe("a one-shot body in the blob store", () => {
  const body = Buffer.alloc(mebibyte + 9, "hawser");

  async function fill(stage: Stage, id: string, key: number, shot: OneShotRequest): Promise<void> {
    for (const [i, digest] of shot.digests.entries()) {
      const chunk = i + 1;
      stage.bytes.put(id, chunk, body.subarray(i * mebibyte, chunk * mebibyte));
      const sizeBytes = chunkLength(chunk, body.length);
      await stage.domain.commit([{ kind: "chunk", key, chunk, sizeBytes, digest }]);
    }
  }

  async function begin(stage: Stage, shot: OneShotRequest): Promise<{ id: string; key: number }> {
    const admission = await stage.domain.beginOneShot(shot);
    if (admission.kind === "done") throw new Error("It was done before.");
    await stage.domain.admitRun({ ...stage.run(admission.id, 1, 2, body.length), digests: shot.digests });
    return admission;
  }

  test("[S1] begins, is filled and finishes with its plain hash proven", async () => {
    const stage = createStage();
    const shot = request(body, { fields: { filename: "a", sha256: toHex(sha256(body)) }, idempotencyKey: "k" });
    const { id, key } = await begin(stage, shot);
    await fill(stage, id, key, shot);
    const outcome = await stage.domain.finishOneShot(owner, id);
    expect(outcome).toMatchObject({ created: true, file: { sha256: toHex(sha256(body)), size: body.length } });
    const again = { created: false, file: outcome.file };
    expect(await stage.domain.beginOneShot(shot)).toEqual({ kind: "done", outcome: again });
    expect(await stage.domain.finishOneShot(owner, id)).toEqual(again);
  });

  test("[S4] a wrong plain hash is found at the end, and nothing is kept", async () => {
    const stage = createStage();
    const shot = request(body, { fields: { filename: "a", sha256: wrong } });
    const { id, key } = await begin(stage, shot);
    expect(await codeOf(stage.domain.finishOneShot(owner, id))).toBe("chunks_missing");
    await fill(stage, id, key, shot);
    expect(await codeOf(stage.domain.finishOneShot(owner, id))).toBe("file_mismatch");
    await stage.settle();
    expect((await stage.record(id))?.state).toBe("cancelled");
    expect(stage.bytes.stored.size).toBe(0);
  });

  test("[R5] after a broken line the same key goes on with the same upload", async () => {
    const stage = createStage();
    const shot = request(body, { idempotencyKey: "k" });
    const first = await begin(stage, shot);
    expect(await codeOf(stage.domain.finishOneShot(owner, first.id))).toBe("chunks_missing");
    expect(await begin(stage, shot)).toEqual(first);
    await fill(stage, first.id, first.key, shot);
    expect((await stage.domain.finishOneShot(owner, first.id)).created).toBe(true);
  });

  test("[S15] after a body that proved wrong nothing is kept, and the same key may send the right one", async () => {
    const stage = createStage();
    const shot = request(body, { idempotencyKey: "k" });
    const first = await begin(stage, shot);
    await fill(stage, first.id, first.key, shot);
    await stage.domain.abandonOneShot(owner, first.id);
    await stage.settle();
    expect(stage.bytes.stored.size).toBe(0);
    const second = await begin(stage, shot);
    expect(await stage.record(first.id)).toBeUndefined();
    await fill(stage, second.id, second.key, shot);
    expect((await stage.domain.finishOneShot(owner, second.id)).created).toBe(true);
  });
});
