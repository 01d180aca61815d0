import { expect, test } from "vitest";
import type { Ledger, LedgerTransaction, Receipt } from "../../src/ports/ledger.ts";
import {
  change,
  childrenGiven,
  childrenOf,
  digestOf,
  everything,
  insert,
  insertChildren,
  receipt,
  receiptsOf,
} from "./ledger-samples.ts";

export function chunkTests(current: () => Ledger): void {
  test("[R5] the first receipt of a chunk stands", async () => {
    const key = await insert(current(), {});
    await change(current(), (tx) => tx.insertReceipts(key, [receipt(2), receipt(1), { ...receipt(1), sizeBytes: 9 }]));
    const other: Receipt = { chunk: 2, sizeBytes: 1, digest: digestOf(77) };
    await change(current(), (tx) => tx.insertReceipts(key, [other, receipt(3)]));
    expect(await receiptsOf(current(), key)).toEqual([receipt(1), receipt(2), receipt(3)]);
  });

  test("[S2] receipts: ranges, pages and counts, far beyond 32 bits", async () => {
    const key = await insert(current(), {});
    const neighbour = await insert(current(), { id: "neighbour" });
    const chunks = [1, 2, 4, 2 ** 32 + 1, 2 ** 33];
    await change(current(), (tx) => tx.insertReceipts(key, chunks.map(receipt)));
    await change(current(), (tx) => tx.insertReceipts(neighbour, [receipt(3)]));
    await current().read(async (reader) => {
      const numbers = async (first: number, last: number, limit: number) =>
        (await reader.receipts(key, first, last, limit)).map(({ chunk }) => chunk);
      expect(await numbers(2, 4, 9)).toEqual([2, 4]);
      expect(await numbers(1, everything, 3)).toEqual([1, 2, 4]);
      expect(await numbers(5, everything, 9)).toEqual([2 ** 32 + 1, 2 ** 33]);
      expect(await reader.countReceipts(key, 2, 2 ** 33)).toBe(4);
      expect(await reader.receipt(key, 2 ** 33)).toEqual(receipt(2 ** 33));
      expect(await reader.receipt(key, 3)).toBeUndefined();
      expect(await reader.countReceipts(key + 99, 1, everything)).toBe(0);
    });
    await change(current(), (tx) => tx.deleteReceipts(key, 2, 4));
    expect((await receiptsOf(current(), key)).map(({ chunk }) => chunk)).toEqual([1, 2 ** 32 + 1, 2 ** 33]);
    expect(await receiptsOf(current(), neighbour)).toHaveLength(1);
  });

  test("[R7] a digest is kept as it was, even when the caller's buffer is used again", async () => {
    const key = await insert(current(), {});
    const pooled = new Uint8Array(64).fill(5);
    const digest = pooled.subarray(16, 48);
    await change(current(), async (tx) => {
      await tx.insertReceipts(key, [{ chunk: 1, sizeBytes: 1, digest }]);
      await tx.insertSmallBody(key, digest);
    });
    pooled.fill(0);
    await current().read(async (reader) => {
      expect((await reader.receipt(key, 1))?.digest).toEqual(new Uint8Array(32).fill(5));
      expect(await reader.smallBody(key)).toEqual(new Uint8Array(32).fill(5));
    });
  });

  test("[R8] prefixes are replaced, listed in order and forgotten; the highest chunk counts both kinds", async () => {
    const key = await insert(current(), {});
    const highest = () => current().read((reader) => reader.highestChunk(key));
    expect(await highest()).toBe(0);
    await change(current(), (tx) => tx.insertReceipts(key, [receipt(3)]));
    expect(await highest()).toBe(3);
    await change(current(), async (tx) => {
      for (const chunk of [7, 5, 9]) await tx.putPrefix(key, { chunk, sizeBytes: chunk });
      await tx.putPrefix(key, { chunk: 5, sizeBytes: 1_000 });
    });
    expect(await highest()).toBe(9);
    const ask = (first: number, last: number, limit: number) =>
      current().read((reader) => reader.prefixes(key, first, last, limit));
    expect(await ask(1, 8, 9)).toEqual([
      { chunk: 5, sizeBytes: 1_000 },
      { chunk: 7, sizeBytes: 7 },
    ]);
    expect(await ask(6, 9, 1)).toEqual([{ chunk: 7, sizeBytes: 7 }]);
    await change(current(), (tx) => tx.deletePrefixes(key, [9, 7, 100]));
    expect(await ask(1, everything, 9)).toEqual([{ chunk: 5, sizeBytes: 1_000 }]);
  });

  test("[R7] damages bind a digest until they are deleted; tree nodes are replaced", async () => {
    const key = await insert(current(), {});
    await change(current(), async (tx) => {
      await tx.putDamages(
        key,
        [8, 2].map((chunk) => ({ chunk, digest: digestOf(chunk) })),
      );
      await tx.putDamages(key, [{ chunk: 2, digest: digestOf(2) }]);
      for (const group of [1, 0, 2]) await tx.putTreeNode(key, group, digestOf(group));
      await tx.putTreeNode(key, 1, digestOf(50));
      await tx.deleteTreeNode(key, 2);
    });
    await current().read(async (reader) => {
      expect(await reader.damages(key)).toEqual([2, 8].map((chunk) => ({ chunk, digest: digestOf(chunk) })));
      expect(await reader.treeNodes(key)).toEqual([
        { group: 0, root: digestOf(0) },
        { group: 1, root: digestOf(50) },
      ]);
    });
    await change(current(), (tx) => tx.deleteDamage(key, 2));
    expect(await current().read((reader) => reader.damages(key))).toEqual([{ chunk: 8, digest: digestOf(8) }]);
  });

  test("[R8] rows below an upload that is not there are refused", async () => {
    const orphan = (work: (tx: LedgerTransaction) => Promise<void>) =>
      expect(change(current(), work)).rejects.toMatchObject({ code: "internal" });
    await orphan((tx) => tx.insertReceipts(99, [receipt(1)]));
    await orphan((tx) => tx.putPrefix(99, { chunk: 1, sizeBytes: 1 }));
    await orphan((tx) => tx.insertSmallBody(99, Uint8Array.of(1)));
    await orphan((tx) => tx.insertEvent({ key: 99, id: "nobody", owner: "local" }, "created", 1, {}));
    await orphan((tx) => tx.insertIdempotency("local", "r", "k", { fingerprint: "f", uploadId: "nobody" }));
  });
}

export function removalTests(current: () => Ledger): void {
  test("[S9] children go in bounded steps, whatever kind they are of, and then the upload", async () => {
    const key = await insert(current(), { id: "doomed" });
    const neighbour = await insert(current(), { id: "neighbour" });
    for (const each of [key, neighbour]) await insertChildren(current(), each);
    const count = async () => {
      const rows = await childrenOf(current(), key);
      return Object.values(rows).reduce((sum, { length }) => sum + length, 0);
    };
    expect(await count()).toBe(9);
    await expect(change(current(), (tx) => tx.deleteUpload(key))).rejects.toMatchObject({ code: "internal" });
    const step = () => change(current(), (tx) => tx.deleteChildren(key, 4));
    expect(await step()).toBe(false);
    expect(await count()).toBe(5);
    expect(await step()).toBe(false);
    expect(await count()).toBe(1);
    expect(await step()).toBe(true);
    expect(await count()).toBe(0);
    expect(await step()).toBe(true);
    await change(current(), (tx) => tx.deleteUpload(key));
    expect(await current().read((reader) => reader.anyUpload("doomed"))).toBeUndefined();
    expect(await childrenOf(current(), neighbour)).toEqual(childrenGiven());
  });

  test("[S9] a step that removes exactly the last rows says so", async () => {
    const key = await insert(current(), {});
    await insertChildren(current(), key);
    expect(await change(current(), (tx) => tx.deleteChildren(key, 9))).toBe(true);
  });

  test("[S9] an upload takes its events and idempotency keys along, and no key is given twice", async () => {
    const key = await insert(current(), { id: "doomed" });
    const other = await insert(current(), { id: "other" });
    await change(current(), async (tx) => {
      for (const [each, id] of [
        [key, "doomed"],
        [other, "other"],
      ] as const) {
        await tx.insertEvent({ key: each, id, owner: "local" }, "created", 1, {});
        await tx.insertIdempotency("local", "r", `k-${id}`, { fingerprint: "f", uploadId: id });
      }
    });
    await change(current(), async (tx) => {
      await tx.deleteUpload(other);
      await tx.deleteUpload(key);
      await tx.deleteUpload(key);
    });
    await current().read(async (reader) => {
      expect(await reader.eventsAfter(0, 9)).toEqual([]);
      expect(await reader.idempotency("local", "r", "k-doomed")).toBeUndefined();
    });
    const again = await insert(current(), { id: "doomed" });
    expect(again).toBeGreaterThan(key + 1);
    await change(current(), (tx) => tx.insertEvent({ key: again, id: "doomed", owner: "local" }, "created", 1, {}));
    const [event] = await current().read((reader) => reader.eventsAfter(0, 9));
    expect(event?.seq).toBe(3);
  });
}
