import { toHex } from "@hawser/protocol";
import { describe, expect, test } from "vitest";
import { codeOf, createStage, errorOf, mebibyte, owner, type Stage, sha256 } from "../../test/support/domain-stage.ts";

const content = Buffer.alloc(2 * mebibyte + 5, "hawser");

async function makeFile(stage: Stage): Promise<string> {
  const id = await stage.begin(content.length);
  await stage.sendBytes(id, content);
  await stage.domain.finalize(owner, id, {});
  return id;
}

describe("files", () => {
  test("[S9] there is no file before it is completed, and none after it was deleted", async () => {
    const stage = createStage();
    const id = await stage.begin(content.length);
    await stage.sendBytes(id, content);
    expect(await codeOf(stage.domain.locateFile(owner, id))).toBe("not_found");
    expect(await codeOf(stage.domain.deleteFile(owner, id))).toBe("not_found");
    await stage.domain.finalize(owner, id, {});
    expect(await stage.domain.locateFile(owner, id)).toMatchObject({ file: { id }, smallBody: null });
    expect(await stage.domain.totals(owner)).toEqual({ activeUploads: 0, files: 1, fileBytes: content.length });

    await stage.domain.deleteFile(owner, id);
    for (const work of [
      () => stage.domain.locateFile(owner, id),
      () => stage.domain.deleteFile(owner, id),
      () => stage.domain.finalize(owner, id, {}),
      () => stage.domain.admitRun(stage.run(id, 1, 1, content.length)),
    ]) {
      expect(await codeOf(work())).toBe("gone");
    }
    const upload = await stage.domain.upload(owner, id);
    expect(upload.state).toBe("completed");
    expect(upload.deletedAt).toBeDefined();
    expect(upload.file).toBeUndefined();
    expect((await stage.domain.files(owner, null)).files).toEqual([]);
    await stage.settle();
    expect(stage.bytes.stored.has(id)).toBe(false);
    expect((await stage.record(id))?.bytesIn).toBe("none");
  });

  test("[S1] files come newest first, in pages, each owner's own", async () => {
    const stage = createStage();
    const ids: string[] = [];
    for (let i = 0; i < 1_003; i++) {
      const id = await stage.begin(0);
      await stage.domain.finalize(owner, id, {});
      ids.unshift(id);
    }
    const first = await stage.domain.files(owner, null);
    const second = await stage.domain.files(owner, first.next ?? null);
    expect(first.files).toHaveLength(1_000);
    expect([...first.files, ...second.files].map(({ id }) => id)).toEqual(ids);
    expect(second.next).toBeUndefined();
    expect((await stage.domain.files("eve", null)).files).toEqual([]);
    expect(await codeOf(stage.domain.files(owner, "1 OR 1=1"))).toBe("invalid_request");
  });
});

describe("verify", () => {
  test("[R7] a damaged file is not served until the damaged chunk, and only it, came again", async () => {
    const stage = createStage();
    const id = await makeFile(stage);
    expect(await stage.domain.verify(owner, id)).toEqual({ checked: [[1, 3]], damaged: [] });
    const before = await stage.domain.locateFile(owner, id);
    stage.bytes.put(id, 2, Buffer.alloc(mebibyte, "damage"));
    expect(await stage.domain.verify(owner, id)).toEqual({ checked: [[1, 3]], damaged: [[2, 2]] });

    const refusal = { code: "file_damaged", details: { missingChunks: [[2, 2]] } };
    expect(await errorOf(stage.domain.locateFile(owner, id))).toMatchObject(refusal);
    expect(await errorOf(stage.domain.finalize(owner, id, {}))).toMatchObject(refusal);
    expect(await stage.domain.upload(owner, id)).toMatchObject({
      state: "completed",
      damaged: [[2, 2]],
      missingCount: 1,
    });
    expect((await stage.domain.verify(owner, id)).damaged).toEqual([[2, 2]]);

    const piece = content.subarray(mebibyte, 2 * mebibyte);
    const run = (digest: Uint8Array) => stage.run(id, 2, 2, content.length, { digests: [digest] });
    expect(await codeOf(stage.domain.admitRun(run(sha256(Buffer.from("other")))))).toBe("chunk_conflict");
    const { key } = await stage.domain.admitRun(run(sha256(piece)));
    stage.bytes.put(id, 2, piece);
    await stage.domain.commit([{ kind: "chunk", key, chunk: 2, sizeBytes: mebibyte, digest: sha256(piece) }]);
    expect(await stage.domain.locateFile(owner, id)).toEqual(before);
    await stage.settle();
    expect(stage.events.map(({ kind }) => kind).slice(-2)).toEqual(["damaged", "repaired"]);
    expect(stage.events.at(-2)?.data).toEqual({ chunks: [[2, 2]] });
  });

  test("[R7] an active upload loses the receipt, and its digest binds", async () => {
    const stage = createStage();
    const id = await stage.begin(content.length);
    await stage.sendBytes(id, content);
    stage.bytes.put(id, 3, Buffer.from("damage"));
    expect((await stage.domain.verify(owner, id)).damaged).toEqual([[3, 3]]);
    expect(await stage.domain.resume(owner, id, 1)).toMatchObject({
      missingChunks: [[3, 3]],
      receivedBytes: 2 * mebibyte,
    });
    expect(await codeOf(stage.domain.finalize(owner, id, {}))).toBe("chunks_missing");
    await stage.sendBytes(id, content);
    expect(await stage.domain.finalize(owner, id, {})).toMatchObject({ status: 200 });
  });

  test("[R7] the digest of a repaired upload of many chunks is what it was", async () => {
    const stage = createStage();
    const total = 1_025;
    const size = total * mebibyte;
    const id = await stage.begin(size);
    const chunks = Array.from({ length: total }, (_, i) => i + 1);
    await stage.send(id, chunks, size);
    const { damaged } = await stage.domain.verify(owner, id);
    expect(damaged).toEqual([[1, total]]);
    const { key } = (await stage.record(id)) ?? { key: 0 };
    expect(await stage.ledger.read((reader) => reader.treeNodes(key))).toEqual([]);
    await stage.send(id, chunks, size);
    expect(await stage.ledger.read((reader) => reader.treeNodes(key))).toHaveLength(1);
    expect(await stage.domain.finalize(owner, id, {})).toMatchObject({ status: 200 });
  });

  test("[R7] a small body that the ledger keeps is checked, reported and refused from then on", async () => {
    const stage = createStage();
    const body = Buffer.from("hello");
    const request = {
      owner,
      fields: { filename: "a" },
      sizeBytes: 5,
      digests: [sha256(Buffer.from("another"))],
      idempotencyKey: null,
    };
    const { file } = await stage.domain.storeSmallFile(request, body);
    expect(await stage.domain.verify(owner, file.id)).toEqual({ checked: [[1, 1]], damaged: [[1, 1]] });
    expect(await codeOf(stage.domain.locateFile(owner, file.id))).toBe("file_damaged");
    const run = stage.run(file.id, 1, 1, 5, { digests: request.digests });
    expect(await codeOf(stage.domain.admitRun(run))).toBe("state_conflict");
  });

  test("[R7] what has ended cannot be verified, and two who ask at once share the reading", async () => {
    const stage = createStage();
    const id = await makeFile(stage);
    const [a, b] = await Promise.all([stage.domain.verify(owner, id), stage.domain.verify(owner, id)]);
    expect(a).toBe(b);
    await stage.domain.deleteFile(owner, id);
    expect(await codeOf(stage.domain.verify(owner, id))).toBe("gone");
  });

  test("[X5] the digest that a file shows is the one its manifest leads to", async () => {
    const stage = createStage();
    const id = await makeFile(stage);
    const { chunks } = await stage.domain.manifest(owner, id, 1);
    expect(chunks).toEqual(
      [0, 1, 2].map((i) => [i + 1, toHex(sha256(content.subarray(i * mebibyte, (i + 1) * mebibyte)))]),
    );
  });
});
