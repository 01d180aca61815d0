import { HawserError } from "@hawser/protocol";
import type { Journal, JournalRecord } from "./journal.ts";

export interface Tolerance {
  /** A record is durable, where none was before. */
  readonly onFirstPut: () => void;
  /** What could not be written, and whether everything that is owed is on record all the same. */
  readonly onTrouble: (error: HawserError) => void;
  readonly onDurable: (isDurable: boolean) => void;
}

/**
 * A journal that no upload has to stop for: what it cannot write is told, and the upload goes on without. Only that
 * somebody else carries a record by now still stops its upload.
 */
export function tolerantJournal(journal: Journal, { onFirstPut, onTrouble, onDurable }: Tolerance): Journal {
  /** Records whose last form is not on record. */
  const unwritten = new Set<string>();
  let hasPut = false;
  const tolerate = async (id: string, change: Promise<void>) => {
    try {
      await change;
      if (unwritten.delete(id)) onDurable(unwritten.size === 0);
    } catch (thrown) {
      const error = HawserError.from(thrown);
      if (error.code === "taken_over") throw error;
      unwritten.add(id);
      onTrouble(error);
      onDurable(false);
    }
  };
  return {
    load: () => journal.load(),
    put: async (record: JournalRecord) => {
      await tolerate(record.id, journal.put(record));
      if (hasPut || unwritten.has(record.id)) return;
      hasPut = true;
      onFirstPut();
    },
    remove: async (id) => {
      await tolerate(id, journal.remove(id));
      // Nothing is owed any more that could get lost.
      if (unwritten.delete(id)) onDurable(unwritten.size === 0);
    },
    close: () => journal.close(),
    ...(journal.shared && { shared: journal.shared }),
  };
}
