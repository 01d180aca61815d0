import { finalStates, limits, uploadStates } from "@hawser/protocol";
import { expect, test } from "vitest";
import type { Ledger, UploadPatch } from "../../src/ports/ledger.ts";
import { change, ids, insert, newUpload } from "./ledger-samples.ts";

export function uploadTests(current: () => Ledger): void {
  test("[S5] a record comes back as it was given, at its limits too", async () => {
    const full = newUpload({
      sizeBytes: limits.maxSizeBytes,
      receivedBytes: limits.maxSizeBytes,
      receivedChunks: 8_589_934_592,
      lastModified: "2026-01-02T03:04:05.000Z",
      metadata: { text: "naïve \u0000 \u{1f600}", number: -1.5, yes: true, nothing: null },
      evidence: { sampledHash: "ab".repeat(32) },
      bundle: { id: "post", position: 3 },
      sealed: true,
      completedAt: 3,
      endedAt: 4,
      deletedAt: 5,
      digest: "cd".repeat(32),
      sha256: "ef".repeat(32),
      failure: { code: "file_mismatch", detail: 'It\'s "this".' },
      bytesIn: "blobs",
    });
    const plain = newUpload({ id: "plain", sizeBytes: null });
    const key = await change(current(), (tx) => tx.insertUpload(full));
    const plainKey = await change(current(), (tx) => tx.insertUpload(plain));
    await current().read(async (reader) => {
      expect(await reader.anyUpload(full.id)).toEqual({ ...full, key });
      expect(await reader.uploadByKey(key)).toEqual({ ...full, key });
      expect(await reader.uploadByKey(key + 100)).toBeUndefined();
      expect(await reader.upload("local", "plain")).toEqual({ ...plain, key: plainKey });
      expect(await reader.anyUpload("unknown")).toBeUndefined();
    });
  });

  test("[S5] each state can be stored", async () => {
    for (const state of uploadStates) await insert(current(), { id: state, state });
    await current().read(async (reader) => {
      for (const state of uploadStates) expect((await reader.anyUpload(state))?.state).toBe(state);
    });
  });

  test("[S6] someone else's upload is not there", async () => {
    await insert(current(), { id: "mine" });
    await current().read(async (reader) => {
      expect(await reader.upload("other", "mine")).toBeUndefined();
      expect((await reader.upload("local", "mine"))?.id).toBe("mine");
      expect((await reader.anyUpload("mine"))?.id).toBe("mine");
    });
  });

  test("[R5] an id is taken once", async () => {
    await insert(current(), { id: "a", filename: "first" });
    await expect(insert(current(), { id: "a", filename: "second" })).rejects.toMatchObject({ code: "internal" });
    expect((await current().read((reader) => reader.anyUpload("a")))?.filename).toBe("first");
  });

  test("[S8] a change is made only in the expected state, and by one of many", async () => {
    const key = await insert(current(), {});
    const moves = Array.from({ length: 8 }, (_, n) =>
      change(current(), (tx) => tx.updateUpload(key, "active", { state: "assembling", lastActivityAt: 100 + n })),
    );
    const won = await Promise.all(moves);
    expect(won.filter(Boolean)).toHaveLength(1);
    const record = await current().read((reader) => reader.anyUpload("id"));
    expect(record).toMatchObject({ state: "assembling", lastActivityAt: 100 + won.indexOf(true) });
    expect(await change(current(), (tx) => tx.updateUpload(key, "active", {}))).toBe(false);
    expect(await change(current(), (tx) => tx.updateUpload(key, "assembling", {}))).toBe(true);
    expect(await change(current(), (tx) => tx.updateUpload(key + 1, "active", {}))).toBe(false);
  });

  test("[S8] a patch changes what it names, every field of it", async () => {
    const key = await insert(current(), {});
    const patch: Required<UploadPatch> = {
      state: "completed",
      filename: "new name",
      contentType: "text/plain",
      sizeBytes: 12,
      lastModified: "2026-01-02T03:04:05.000Z",
      metadata: { a: 1 },
      evidence: { sha256: "00".repeat(32) },
      priority: "high",
      bundle: { id: "b", position: 0 },
      sealed: true,
      receivedChunks: 1,
      receivedBytes: 12,
      lastActivityAt: 20,
      completedAt: 21,
      endedAt: 22,
      deletedAt: 23,
      digest: "11".repeat(32),
      sha256: "22".repeat(32),
      failure: { code: "c", detail: "d" },
      bytesIn: "ledger",
    };
    for (const [field, value] of Object.entries(patch)) {
      if (field === "state") continue;
      const before = await current().read((reader) => reader.anyUpload("id"));
      expect(await change(current(), (tx) => tx.updateUpload(key, "active", { [field]: value }))).toBe(true);
      expect(await current().read((reader) => reader.anyUpload("id"))).toEqual({ ...before, [field]: value });
    }
    await change(current(), (tx) =>
      tx.updateUpload(key, "active", { state: "completed", bundle: null, sizeBytes: null }),
    );
    const after = await current().read((reader) => reader.anyUpload("id"));
    expect(after).toEqual({ ...newUpload({}), ...patch, key, bundle: null, sizeBytes: null });
  });

  test("[R5] candidates: active, by name and size, an unknown size on either side fits, newest first", async () => {
    await insert(current(), { id: "ten", sizeBytes: 10 });
    await insert(current(), { id: "unknown", sizeBytes: null });
    await insert(current(), { id: "eleven", sizeBytes: 11 });
    await insert(current(), { id: "other name", sizeBytes: 10, filename: "another" });
    await insert(current(), { id: "other owner", sizeBytes: 10, owner: "other" });
    await insert(current(), { id: "done", sizeBytes: 10, state: "completed" });
    const ask = (size: number | null, limit = 9) => ids(current(), "candidates", "local", "file", size, limit);
    expect(await ask(10)).toEqual(["unknown", "ten"]);
    expect(await ask(null)).toEqual(["eleven", "unknown", "ten"]);
    expect(await ask(null, 2)).toEqual(["eleven", "unknown"]);
    expect(await ask(99)).toEqual(["unknown"]);
  });

  test("[S5] files are paged from the newest; deleted and unfinished ones are not among them", async () => {
    const keys = new Map<string, number>();
    for (const id of ["a", "b", "c", "d"]) keys.set(id, await insert(current(), { id, state: "completed" }));
    await insert(current(), { id: "e", state: "completed", owner: "other" });
    await insert(current(), { id: "f", state: "assembling" });
    await change(current(), (tx) => tx.updateUpload(keys.get("c") as number, "completed", { deletedAt: 9 }));
    expect(await ids(current(), "files", "local", 2)).toEqual(["d", "b"]);
    expect(await ids(current(), "files", "local", 2, keys.get("b") as number)).toEqual(["a"]);
  });

  test("[S7] uploads on their way are paged from the newest, all of an owner or those of a bundle", async () => {
    const bundle = { id: "trip", position: 0 };
    const keys = new Map<string, number>();
    for (const id of ["a", "b", "c", "d"])
      keys.set(id, await insert(current(), { id, ...(id > "b" ? { bundle } : {}) }));
    await insert(current(), { id: "whole", state: "assembling", bundle });
    await insert(current(), { id: "done", state: "completed", bundle });
    await insert(current(), { id: "gone", state: "cancelled", bundle });
    await insert(current(), { id: "elsewhere", owner: "other", bundle });
    await insert(current(), { id: "another bundle", bundle: { id: "trips", position: 0 } });
    const ask = (limit: number, before?: string, bundleId?: string) =>
      ids(
        current(),
        "uploadsOnTheirWay",
        "local",
        limit,
        before === undefined ? undefined : keys.get(before),
        bundleId,
      );
    expect(await ask(9)).toEqual(["another bundle", "whole", "d", "c", "b", "a"]);
    expect(await ask(2)).toEqual(["another bundle", "whole"]);
    expect(await ask(2, "c")).toEqual(["b", "a"]);
    expect(await ask(9, undefined, "trip")).toEqual(["whole", "d", "c"]);
    expect(await ask(1, "d", "trip")).toEqual(["c"]);
    await change(current(), (tx) => tx.updateUpload(keys.get("d") as number, "active", { state: "cancelled" }));
    expect(await ask(9, undefined, "trip")).toEqual(["whole", "c"]);
  });

  test("[S10] totals follow every change", async () => {
    const totals = () => current().read((reader) => reader.totals("local"));
    expect(await totals()).toEqual({ activeUploads: 0, files: 0, fileBytes: 0 });
    const a = await insert(current(), { id: "a", sizeBytes: null });
    await insert(current(), { id: "b" });
    await insert(current(), { id: "c", state: "completed", sizeBytes: 2 ** 40 });
    await insert(current(), { id: "d", state: "completed", owner: "other" });
    expect(await totals()).toEqual({ activeUploads: 2, files: 1, fileBytes: 2 ** 40 });
    await change(current(), (tx) => tx.updateUpload(a, "active", { state: "assembling", sizeBytes: 5 }));
    expect(await totals()).toEqual({ activeUploads: 1, files: 1, fileBytes: 2 ** 40 });
    await change(current(), (tx) => tx.updateUpload(a, "assembling", { state: "completed" }));
    expect(await totals()).toEqual({ activeUploads: 1, files: 2, fileBytes: 2 ** 40 + 5 });
    await change(current(), (tx) => tx.updateUpload(a, "completed", { deletedAt: 7 }));
    expect(await totals()).toEqual({ activeUploads: 1, files: 1, fileBytes: 2 ** 40 });
    await change(current(), (tx) => tx.deleteUpload(a));
    expect(await totals()).toEqual({ activeUploads: 1, files: 1, fileBytes: 2 ** 40 });
    await change(current(), async (tx) => tx.deleteUpload((await tx.anyUpload("c"))?.key as number));
    expect(await totals()).toEqual({ activeUploads: 1, files: 0, fileBytes: 0 });
  });
}

export function listTests(current: () => Ledger): void {
  test("[R6] uploads in a state, the longest idle first, and only those idle since a time", async () => {
    await insert(current(), { id: "young", lastActivityAt: 30 });
    await insert(current(), { id: "old", lastActivityAt: 10 });
    await insert(current(), { id: "middle", lastActivityAt: 20 });
    await insert(current(), { id: "assembling", state: "assembling", lastActivityAt: 1 });
    expect(await ids(current(), "uploadsInState", "active", 9)).toEqual(["old", "middle", "young"]);
    expect(await ids(current(), "uploadsInState", "active", 9, 20)).toEqual(["old", "middle"]);
    expect(await ids(current(), "uploadsInState", "active", 1, 20)).toEqual(["old"]);
    expect(await ids(current(), "uploadsInState", "assembling", 9)).toEqual(["assembling"]);
  });

  test("[S10] what has ended waits for removal until its bytes are noted as gone, then becomes a tombstone", async () => {
    for (const [index, state] of uploadStates.entries()) {
      await insert(current(), { id: state, state, endedAt: 100 - index, bytesIn: "blobs" });
      await insert(current(), { id: `${state}, deleted`, state: "completed", deletedAt: 1, endedAt: 50 - index });
    }
    await insert(current(), { id: "in the ledger", state: "failed", endedAt: 1, bytesIn: "ledger" });
    const ended = finalStates.filter((state) => state !== "completed").reverse();
    expect(await ids(current(), "awaitingRemoval", 9)).toEqual(["in the ledger", ...ended]);
    expect(await ids(current(), "awaitingRemoval", 2)).toEqual(["in the ledger", "expired"]);
    const tombstones = uploadStates.map((state) => `${state}, deleted`).reverse();
    expect(await ids(current(), "expiredTombstones", 100, 9)).toEqual(tombstones);
    expect(await ids(current(), "expiredTombstones", 46, 9)).toEqual(tombstones.slice(0, 2));
    expect(await ids(current(), "expiredTombstones", 100, 1)).toEqual(tombstones.slice(0, 1));
    await change(current(), async (tx) => {
      const { key } = (await tx.anyUpload("expired")) as { key: number };
      expect(await tx.updateUpload(key, "expired", { bytesIn: "none" })).toBe(true);
    });
    expect(await ids(current(), "awaitingRemoval", 9)).not.toContain("expired");
    expect(await ids(current(), "expiredTombstones", 100, 9)).toContain("expired");
  });
}
