import type { Journal, JournalRecord } from "./journal.ts";

/** A journal that ends with the process: for tests, and where nothing has to survive. */
export function createMemoryJournal(records: readonly JournalRecord[] = []): Journal {
  const kept = new Map(records.map((record) => [record.id, structuredClone(record)]));
  return {
    load: async () => ({ records: structuredClone([...kept.values()]), unreadable: 0 }),
    put: async (record) => {
      kept.set(record.id, structuredClone(record));
    },
    remove: async (id) => {
      kept.delete(id);
    },
    close: async () => undefined,
  };
}
