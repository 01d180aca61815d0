import { HawserError } from "@hawser/protocol";
import type { FileHandle } from "../source/file-handle.ts";
import type { SourceOrigin } from "../source/source.ts";
import type { Database, Writing } from "./database.ts";
import type { Journal, JournalRecord, KeptRecord, SharedJournal } from "./journal.ts";
import { parseRow } from "./row.ts";

/** Changes that go into one transaction: a page is not held up by more of them. */
const batchChanges = 256;
const stores: ["records", "handles", "copies"] = ["records", "handles", "copies"];
type Change = Writing<typeof stores>;

/** The last change to one record that is not written yet; a record of null removes it. */
interface Pending {
  readonly id: string;
  record: JournalRecord | null;
  readonly done: PromiseWithResolvers<void>;
}

/**
 * A journal in IndexedDB, which several tabs may have open. What changes in one turn is written in one transaction, in
 * which each record's holder is checked too. Rows that cannot be understood are moved to the store `aside`; those of a
 * newer program are left alone; both are counted and stop nobody.
 *
 * A record that names a file handle or a small copy takes it along when it goes.
 * @throws HawserError from each change: `taken_over`, `storage_full`, `internal`
 */
export function indexedDbJournal(database: Database, opening: Opening): Journal {
  return new IndexedDbJournal(database, opening);
}

export interface Opening {
  /** A name that no other opening has. */
  readonly holder: string;
  /** Handles that are written together with the record that names them, by `handleId`; taken out then. */
  readonly handles: Map<string, FileHandle>;
  /** Called when no record names this copy any more. */
  readonly onDropped: (spoolId: string) => void;
}

class IndexedDbJournal implements Journal {
  readonly shared: SharedJournal;
  readonly #database: Database;
  readonly #holder: string;
  readonly #handles: Map<string, FileHandle>;
  readonly #onDropped: (spoolId: string) => void;
  /** Records that were carried here: one that is not carried here any more was ended or taken by somebody else. */
  readonly #mine = new Set<string>();
  #waiting = new Map<string, Pending>();
  #writing: Promise<void> | null = null;
  #isClosed = false;

  constructor(database: Database, { holder, handles, onDropped }: Opening) {
    this.#database = database;
    this.#holder = holder;
    this.#handles = handles;
    this.#onDropped = onDropped;
    this.shared = { holder, peek: () => this.#peek(), claim: (seen) => this.#claim(seen) };
  }

  async load(): ReturnType<Journal["load"]> {
    const { kept, unreadable } = await this.#peek();
    return { records: await this.#claim(kept), unreadable };
  }

  async put(record: JournalRecord): Promise<void> {
    await this.#change(record.id, structuredClone(record));
  }

  remove(id: string): Promise<void> {
    return this.#change(id, null);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#writing;
    await this.#database.close();
  }

  async #change(id: string, record: JournalRecord | null): Promise<void> {
    if (this.#isClosed) throw new HawserError("internal", { detail: "The journal was closed." });
    const pending = this.#waiting.get(id) ?? { id, record, done: Promise.withResolvers<void>() };
    pending.record = record;
    this.#waiting.set(id, pending);
    this.#writing ??= this.#writeWaiting();
    await pending.done.promise;
  }

  /** Writes batch after batch until nothing waits. Never rejects: each change hears of its own failure. */
  async #writeWaiting(): Promise<void> {
    // Whatever changes in this turn goes into the first batch.
    await Promise.resolve();
    while (this.#waiting.size > 0) {
      const batch = [...this.#waiting.values()].slice(0, batchChanges);
      for (const { id } of batch) this.#waiting.delete(id);
      const isWritten = await this.#write(batch).then(
        () => true,
        () => false,
      );
      // One that does not fit must not take the others along, least of all those that make room.
      if (!isWritten) for (const pending of batch) await this.#write([pending]).catch(pending.done.reject);
    }
    this.#writing = null;
  }

  async #write(batch: readonly Pending[]): Promise<void> {
    const outcomes = await this.#database.write(stores, (change) =>
      Promise.all(batch.map((pending) => this.#apply(change, pending))),
    );
    for (const [at, { id, record, done }] of batch.entries()) {
      const outcome = outcomes[at];
      if (outcome === undefined || outcome === "refused") {
        // Stays refused when it is gone later: what wakes up late must not bring it back.
        this.#mine.add(id);
        done.reject(new HawserError("taken_over", { detail: `${id} is carried elsewhere, or is gone.` }));
        continue;
      }
      if (record === null) this.#mine.delete(id);
      else this.#mine.add(id);
      if (record?.origin?.kind === "handle") this.#handles.delete(record.origin.handleId);
      if (outcome?.kind === "spool") this.#onDropped(outcome.spoolId);
      done.resolve();
    }
  }

  /** @returns what no record names any more; "refused" where somebody else carries the record or has ended it */
  async #apply(change: Change, { id, record }: Pending): Promise<SourceOrigin | null | "refused"> {
    const records = change.objectStore("records");
    const row = await records.get(id);
    const before = parseRow(id, row);
    const isMine = this.#mine.has(id);
    const isFree = before.kind === "record" ? before.kept.holder === this.#holder : isMine !== (row === undefined);
    if (!isFree) return "refused";
    const earlier = before.kind === "record" ? before.kept.record.origin : null;
    const origin = record?.origin ?? null;
    const dropped = earlier !== null && !isSameOrigin(earlier, origin) ? earlier : null;
    if (dropped?.kind === "handle") await change.objectStore("handles").delete(dropped.handleId);
    if (dropped?.kind === "spool") await change.objectStore("copies").delete(dropped.spoolId);
    if (origin?.kind === "handle") await this.#putHandle(change, origin.handleId);
    if (record === null) await records.delete(id);
    else await records.put({ id, holder: this.#holder, record });
    return dropped;
  }

  async #putHandle(change: Change, handleId: string): Promise<void> {
    const handle = this.#handles.get(handleId);
    if (handle === undefined) return;
    try {
      await change.objectStore("handles").put(handle, handleId);
    } catch (error) {
      // What cannot be kept is not found again, and needs the person then.
      if ((error as Error).name !== "DataCloneError") throw error;
    }
  }

  async #peek(): ReturnType<SharedJournal["peek"]> {
    const kept: KeptRecord[] = [];
    const damaged: string[] = [];
    let unreadable = 0;
    for (const [key, row] of await this.#rows()) {
      const parsed = parseRow(key, row);
      if (parsed.kind === "record") {
        kept.push(parsed.kept);
        continue;
      }
      unreadable++;
      if (parsed.kind === "unreadable" && row !== undefined) damaged.push(key);
    }
    // What cannot even be moved stays where it is: it stops nobody, and is counted again the next time.
    if (damaged.length > 0) await this.#setAside(damaged).catch(() => undefined);
    return { kept, unreadable };
  }

  /** All rows with their keys; undefined for a row that the browser itself cannot read any more. */
  #rows(): Promise<(readonly [string, unknown])[]> {
    const all = () =>
      this.#database.read(["records"], async (reading) => {
        const records = reading.objectStore("records");
        const [keys, rows] = await Promise.all([records.getAllKeys(), records.getAll()]);
        return keys.map((key, at) => [key, rows[at]] as const);
      });
    return all().catch(async () => {
      // One row that cannot be read spoils a reading of all.
      const keys = await this.#database.read(["records"], (reading) => reading.objectStore("records").getAllKeys());
      const rows: (readonly [string, unknown])[] = [];
      for (const key of keys) {
        const row = this.#database.read(["records"], (reading) => reading.objectStore("records").get(key));
        rows.push([key, await row.catch(() => undefined)]);
      }
      return rows;
    });
  }

  async #setAside(keys: readonly string[]): Promise<void> {
    await this.#database.write(["records", "aside"], async (change) => {
      const records = change.objectStore("records");
      for (const key of keys) {
        const row = await records.get(key);
        if (row === undefined || parseRow(key, row).kind !== "unreadable") continue;
        await change.objectStore("aside").add({ key, row });
        await records.delete(key);
      }
    });
  }

  async #claim(seen: readonly Pick<KeptRecord, "id" | "holder">[]): ReturnType<SharedJournal["claim"]> {
    if (seen.length === 0) return [];
    const claimed = await this.#database.write(["records"], async (change) => {
      const records = change.objectStore("records");
      const found = await Promise.all(
        seen.map(async ({ id, holder }) => {
          const row = parseRow(id, await records.get(id));
          if (row.kind !== "record" || row.kept.holder !== holder) return [];
          const { record } = row.kept;
          if (holder !== this.#holder) await records.put({ id, holder: this.#holder, record });
          return [record];
        }),
      );
      return found.flat();
    });
    for (const { id } of claimed) this.#mine.add(id);
    return claimed;
  }
}

function isSameOrigin(one: SourceOrigin, other: SourceOrigin | null): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
