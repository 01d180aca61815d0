import { describe, expect, test } from "vitest";
import type { Journal, JournalRecord } from "../../src/journal/journal.ts";

/** A record with every field in use. */
export function sampleRecord(id: string, changes: Partial<JournalRecord> = {}): JournalRecord {
  return {
    version: 1,
    id,
    endpoint: "https://files.example/",
    source: { name: "Zoë.txt", sizeBytes: 5, contentType: "text/plain", lastModified: "2026-01-02T03:04:05.678Z" },
    origin: { kind: "path", path: "/data/Zoë.txt" },
    evidence: { sampledHash: "0".repeat(64) },
    metadata: { album: "a1", rating: 5, raw: false, note: null },
    priority: "high",
    bundle: { id: "post-1", position: 3 },
    contentType: null,
    idempotencyKey: `key-${id}`,
    upload: { id: "f".repeat(32), runAlign: 1, maxRunChunks: 64 },
    paused: ["user"],
    parked: { code: "storage_full", detail: "The storage is full." },
    position: 7,
    createdAt: 1_700_000_000_000,
    ...changes,
  };
}

const byId = (records: readonly JournalRecord[]) => records.toSorted((a, b) => (a.id < b.id ? -1 : 1));

/** What every journal promises. `reopen` gives a second view of the same records, where they outlive the first. */
export function journalContract(
  kind: string,
  open: () => Promise<{ journal: Journal; reopen?: () => Promise<Journal> }>,
) {
  describe(`a journal: ${kind}`, () => {
    test("[R8] is empty at first", async () => {
      const { journal } = await open();
      expect(await journal.load()).toEqual({ records: [], unreadable: 0 });
    });

    test("[R8] gives back what was put, the last form of each record, and not what was removed", async () => {
      const { journal, reopen } = await open();
      await journal.put(sampleRecord("a"));
      await journal.put(sampleRecord("b", { origin: null, upload: null, paused: [], parked: null, bundle: null }));
      await journal.put(sampleRecord("c", { origin: { kind: "spool", spoolId: "s" } }));
      await journal.put(sampleRecord("a", { paused: [], position: -1.5 }));
      await journal.remove("c");
      await journal.remove("never-put");
      const expected = [
        sampleRecord("a", { paused: [], position: -1.5 }),
        sampleRecord("b", { origin: null, upload: null, paused: [], parked: null, bundle: null }),
      ];
      expect(byId((await journal.load()).records)).toEqual(expected);
      await journal.close();
      const again = await reopen?.();
      if (again) expect(byId((await again.load()).records)).toEqual(expected);
    });

    test("[R8] changes that are not awaited happen in their order", async () => {
      const { journal, reopen } = await open();
      const changes: Promise<void>[] = [];
      for (let position = 0; position < 50; position++) {
        changes.push(journal.put(sampleRecord("a", { position })));
        changes.push(position % 2 === 0 ? journal.remove("b") : journal.put(sampleRecord("b", { position })));
        changes.push(position % 2 === 1 ? journal.remove("c") : journal.put(sampleRecord("c", { position })));
        if (position % 10 === 0) await changes.at(-1);
      }
      await Promise.all(changes);
      const expected = [sampleRecord("a", { position: 49 }), sampleRecord("b", { position: 49 })];
      const again = reopen ? await reopen() : journal;
      expect(byId((await again.load()).records)).toEqual(expected);
    });

    test("[S16] keeps a record as it was when it was put, and gives away nothing of its own", async () => {
      const { journal } = await open();
      const metadata = { word: "before" };
      const putting = journal.put(sampleRecord("a", { metadata }));
      metadata.word = "after";
      await putting;
      const [first] = (await journal.load()).records;
      expect(first?.metadata).toEqual({ word: "before" });
      Object.assign(first ?? {}, { position: 99 });
      expect((await journal.load()).records).toEqual([sampleRecord("a", { metadata: { word: "before" } })]);
    });

    test("[S17] 2,000 records at once", async () => {
      const { journal, reopen } = await open();
      const records = Array.from({ length: 2_000 }, (_, at) => sampleRecord(`record-${at}`, { position: at }));
      await Promise.all(records.map((record) => journal.put(record)));
      const again = reopen ? await reopen() : journal;
      expect(byId((await again.load()).records)).toEqual(byId(records));
    });
  });
}
