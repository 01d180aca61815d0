import { HawserError } from "@hawser/protocol";
import type { Journal, JournalRecord, KeptRecord } from "./journal.ts";

/** Records in memory that several journals have open, as the tabs of a browser do. */
export class SharedMemory {
  readonly #kept = new Map<string, KeptRecord>();

  /** @param holder a name that no other opening has */
  open(holder: string): Journal {
    const kept = this.#kept;
    /** Records that are carried here: one that is gone all the same was ended by somebody else. */
    const mine = new Set<string>();
    const ensureMine = (id: string) => {
      const found = kept.get(id);
      if (found === undefined ? mine.has(id) : found.holder !== holder) {
        // Stays refused when it is gone later: what wakes up late must not bring it back.
        mine.add(id);
        throw new HawserError("taken_over", { detail: `${id} is carried elsewhere, or is gone.` });
      }
    };
    const peek = async () => ({ kept: structuredClone([...kept.values()]), unreadable: 0 });
    const claim = async (seen: readonly Pick<KeptRecord, "id" | "holder">[]) => {
      const records: JournalRecord[] = [];
      for (const { id, holder: before } of seen) {
        const found = kept.get(id);
        if (found === undefined || found.holder !== before) continue;
        kept.set(id, { ...found, holder });
        mine.add(id);
        records.push(structuredClone(found.record));
      }
      return records;
    };
    return {
      shared: { holder, peek, claim },
      load: async () => ({ records: await claim([...kept.values()]), unreadable: 0 }),
      put: async (record) => {
        ensureMine(record.id);
        mine.add(record.id);
        kept.set(record.id, { id: record.id, holder, record: structuredClone(record) });
      },
      remove: async (id) => {
        ensureMine(id);
        mine.delete(id);
        kept.delete(id);
      },
      close: async () => undefined,
    };
  }
}
