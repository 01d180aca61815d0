import type { Journal, JournalRecord } from "../journal/journal.ts";
import { createMemoryJournal } from "../journal/memory.ts";

/** A journal in memory that outlives an uploader, and fails where a test wants it to. */
export class FaultyJournal implements Journal {
  readonly #kept = createMemoryJournal();
  readonly records = new Map<string, JournalRecord>();
  /** Asked before each change; what it throws is what the journal rejects with. */
  fail: ((change: "put" | "remove", id: string) => void) | null = null;

  /** Called when its uploader has let go of it. */
  closed: (() => void) | null = null;

  load(): ReturnType<Journal["load"]> {
    return this.#kept.load();
  }

  async put(record: JournalRecord): Promise<void> {
    this.fail?.("put", record.id);
    await this.#kept.put(record);
    this.records.set(record.id, record);
  }

  async remove(id: string): Promise<void> {
    this.fail?.("remove", id);
    await this.#kept.remove(id);
    this.records.delete(id);
  }

  async close(): Promise<void> {
    this.closed?.();
  }
}
