import { HawserError } from "@hawser/protocol";
import type { Database } from "../journal/database.ts";
import type { Spool, SpoolCopy, ToCopy } from "./spool.ts";

/** Up to this size a row of the database costs less than a file. */
const maxRowBytes = 262_144;

/** Copies of small files as rows of the client's database; many of them go into one transaction. */
export class DatabaseSpool implements Spool {
  readonly maxCopyBytes = maxRowBytes;
  readonly #database: Database;
  readonly #now: () => number;

  constructor(database: Database, now: () => number) {
    this.#database = database;
    this.#now = now;
  }

  list(): Promise<readonly SpoolCopy[]> {
    return this.#database.read(["copies"], async (reading) => {
      const copies: SpoolCopy[] = [];
      // One by one: together they may be more than fits in memory.
      for (let row = await reading.objectStore("copies").openCursor(); row !== null; row = await row.continue()) {
        const { bytes, storedAt } = row.value;
        copies.push({ spoolId: row.key, sizeBytes: bytes.byteLength, changedAt: storedAt });
      }
      return copies;
    });
  }

  async copy(copies: readonly ToCopy[], signal: AbortSignal): Promise<void> {
    const storedAt = this.#now();
    const rows = await Promise.all(copies.map(async ({ spoolId, blob }) => ({ spoolId, bytes: await readAll(blob) })));
    signal.throwIfAborted();
    await this.#database.write(["copies"], async (change) => {
      const store = change.objectStore("copies");
      await Promise.all(rows.map(({ spoolId, bytes }) => store.put({ bytes, storedAt }, spoolId)));
    });
  }

  async open(spoolId: string): Promise<Blob | null> {
    const row = await this.#database.read(["copies"], (reading) => reading.objectStore("copies").get(spoolId));
    return row === undefined ? null : new Blob([row.bytes]);
  }

  async remove(spoolId: string): Promise<void> {
    await this.#database.write(["copies"], (change) => change.objectStore("copies").delete(spoolId));
  }

  async close(): Promise<void> {}
}

async function readAll(blob: Blob): Promise<ArrayBuffer> {
  try {
    return await blob.arrayBuffer();
  } catch (cause) {
    throw new HawserError("source_unreadable", { detail: "The file changed or went while it was copied." }, { cause });
  }
}
