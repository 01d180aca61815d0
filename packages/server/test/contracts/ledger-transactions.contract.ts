import { HawserError } from "@hawser/protocol";
import { expect, test } from "vitest";
import type { Ledger } from "../../src/ports/ledger.ts";
import { change, insert, newUpload, receipt } from "./ledger-samples.ts";

export function eventTests(current: () => Ledger): void {
  test("[S7] events come in rising order, with what they were given, and after a number", async () => {
    const a = { key: await insert(current(), { id: "a" }), id: "a", owner: "local" };
    const b = { key: await insert(current(), { id: "b", owner: "other" }), id: "b", owner: "other" };
    await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        change(current(), async (tx) => {
          await tx.insertEvent(a, "created", n, { n });
          await tx.insertEvent(b, "damaged", n, { chunks: [[1, 2]] });
        }),
      ),
    );
    const events = await current().read((reader) => reader.eventsAfter(0, 100));
    expect(events).toHaveLength(40);
    for (const [index, event] of events.entries()) {
      expect(event.seq).toBeGreaterThan(events[index - 1]?.seq ?? 0);
      expect(event).toMatchObject(index % 2 === 0 ? { uploadId: "a", kind: "created" } : { uploadId: "b" });
      expect(event.at).toBe(Math.floor(index / 2));
    }
    expect(events[1]).toEqual({
      seq: events[1]?.seq,
      uploadId: "b",
      owner: "other",
      kind: "damaged",
      at: 0,
      data: { chunks: [[1, 2]] },
    });
    const seq = events[9]?.seq as number;
    expect(await current().read((reader) => reader.eventsAfter(seq, 3))).toEqual(events.slice(10, 13));
    const ofB = events.filter(({ uploadId }) => uploadId === "b");
    expect(await current().read((reader) => reader.eventsAfter(0, 100, b.key))).toEqual(ofB);
    expect(await current().read((reader) => reader.eventsAfter(seq, 2, b.key))).toEqual(ofB.slice(5, 7));
  });

  test("[R5] an idempotency key is bound once, by owner and route", async () => {
    await insert(current(), { id: "a" });
    const bind = (owner: string, route: string, fingerprint: string) =>
      change(current(), (tx) => tx.insertIdempotency(owner, route, "k", { fingerprint, uploadId: "a" }));
    await bind("local", "one", "f1");
    await bind("local", "two", "f2");
    await bind("other", "one", "f3");
    await expect(bind("local", "one", "f4")).rejects.toMatchObject({ code: "internal" });
    await current().read(async (reader) => {
      expect(await reader.idempotency("local", "one", "k")).toEqual({ fingerprint: "f1", uploadId: "a" });
      expect(await reader.idempotency("local", "two", "k")).toEqual({ fingerprint: "f2", uploadId: "a" });
      expect(await reader.idempotency("other", "two", "k")).toBeUndefined();
    });
  });
}

export function transactionTests(current: () => Ledger): void {
  test("[X1] a work that throws leaves nothing, and the works around it everything", async () => {
    const failure = new HawserError("state_conflict");
    const works = Array.from({ length: 16 }, (_, n) =>
      change(current(), async (tx) => {
        const key = await tx.insertUpload(newUpload({ id: `u${n}` }));
        await tx.insertReceipts(key, [receipt(1)]);
        await tx.insertEvent({ key, id: `u${n}`, owner: "local" }, "created", n, {});
        if (n === 7) throw failure;
        return n;
      }),
    );
    const settled = await Promise.allSettled(works);
    expect(settled[7]).toEqual({ status: "rejected", reason: failure });
    const others = settled.filter((_, n) => n !== 7);
    expect(others.every(({ status }) => status === "fulfilled")).toBe(true);
    await current().read(async (reader) => {
      expect(await reader.anyUpload("u7")).toBeUndefined();
      expect(await reader.uploadsInState("active", 99)).toHaveLength(15);
      const events = await reader.eventsAfter(0, 99);
      expect(events.map(({ uploadId }) => uploadId)).not.toContain("u7");
      expect(events).toHaveLength(15);
    });
  });

  test("[X1] a refused statement undoes the whole work when it is passed on", async () => {
    await insert(current(), { id: "taken" });
    const work = change(current(), async (tx) => {
      await tx.insertUpload(newUpload({ id: "fresh" }));
      await tx.insertUpload(newUpload({ id: "taken" }));
    });
    await expect(work).rejects.toMatchObject({ code: "internal" });
    expect(await current().read((reader) => reader.anyUpload("fresh"))).toBeUndefined();
  });

  test("[S6] works run one after the other, in the order given, and see what came before", async () => {
    const key = await insert(current(), {});
    const seen = await Promise.all(
      Array.from({ length: 50 }, () =>
        change(current(), async (tx) => {
          const { receivedChunks } = (await tx.anyUpload("id")) as { receivedChunks: number };
          await tx.updateUpload(key, "active", { receivedChunks: receivedChunks + 1 });
          return receivedChunks;
        }),
      ),
    );
    expect(seen).toEqual(seen.map((_, n) => n));
  });

  test("[X1] a read sees what is committed, never what an open transaction holds", async () => {
    const early: Promise<unknown>[] = [];
    await change(current(), async (tx) => {
      await tx.insertUpload(newUpload({ id: "new" }));
      early.push(current().read((reader) => reader.anyUpload("new")));
      for (let turn = 0; turn < 100; turn++) await tx.anyUpload("new");
    });
    expect(await Promise.all(early)).toEqual([undefined]);
    expect(await current().read((reader) => reader.anyUpload("new"))).toBeDefined();
  });

  test("[X1] all answers of one read come from one snapshot", async () => {
    await insert(current(), { id: "a" });
    let changed: Promise<unknown> | undefined;
    const counts = await current().read(async (reader) => {
      const before = await reader.uploadsInState("active", 9);
      changed = insert(current(), { id: "b" });
      for (let turn = 0; turn < 100; turn++) await reader.totals("local");
      const after = await reader.uploadsInState("active", 9);
      return [before.length, after.length, (await reader.totals("local")).activeUploads];
    });
    expect(counts).toEqual([1, 1, 1]);
    await changed;
  });

  test("[S15] a failed read harms no other", async () => {
    await insert(current(), { id: "a" });
    const failed = current().read(() => Promise.reject(new HawserError("not_found")));
    const fine = current().read((reader) => reader.anyUpload("a"));
    await expect(failed).rejects.toMatchObject({ code: "not_found" });
    expect(await fine).toBeDefined();
  });

  test("[S5] closing waits for what was given and refuses what comes after", async () => {
    const given = insert(current(), { id: "a" });
    const reading = current().read((reader) => reader.totals("local"));
    await current().close();
    expect(await given).toBeGreaterThan(0);
    expect(await reading).toBeDefined();
    await expect(insert(current(), { id: "b" })).rejects.toMatchObject({ code: "unavailable" });
    await expect(current().read((reader) => reader.totals("local"))).rejects.toMatchObject({ code: "unavailable" });
    await current().close();
  });
}
