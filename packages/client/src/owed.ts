import type { JournalRecord } from "./journal/journal.ts";

/** Where records are kept. */
export interface RecordKeeper {
  put(record: JournalRecord): Promise<void>;
  remove(id: string): Promise<void>;
}

/** One record of the journal: one write at a time, and what was said last is what stands there in the end. */
export class Owed {
  readonly #keeper: RecordKeeper;
  #record: JournalRecord;
  #isSaved: boolean;
  #isErased = false;
  #writing: Promise<void> = Promise.resolve();

  /** @param isSaved whether the record stands in the journal already */
  constructor(keeper: RecordKeeper, record: JournalRecord, isSaved: boolean) {
    this.#keeper = keeper;
    this.#record = record;
    this.#isSaved = isSaved;
  }

  get record(): JournalRecord {
    return this.#record;
  }

  revise(change: Partial<JournalRecord>): void {
    this.#record = { ...this.#record, ...change };
    this.#isSaved = false;
  }

  /** Resolves when the record is durable as it is now; rejects when the journal failed, and may be asked again. */
  save(): Promise<void> {
    this.#writing = this.idle().then(async () => {
      if (this.#isSaved || this.#isErased) return;
      this.#isSaved = true;
      try {
        await this.#keeper.put(this.#record);
      } catch (error) {
        this.#isSaved = false;
        throw error;
      }
    });
    return this.#writing;
  }

  /** Takes it out of the journal, for good. */
  erase(): Promise<void> {
    this.#isErased = true;
    this.#writing = this.idle().then(() => this.#keeper.remove(this.#record.id));
    return this.#writing;
  }

  /** Resolves when nothing is being written. */
  idle(): Promise<void> {
    return this.#writing.catch(() => undefined);
  }
}
