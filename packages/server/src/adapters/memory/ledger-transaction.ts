import { HawserError, type UploadState } from "@hawser/protocol";
import type { EventKind } from "../../ports/event-bus.ts";
import type {
  Damage,
  IdempotencyRecord,
  LedgerTransaction,
  NewUpload,
  Prefix,
  Receipt,
  UploadPatch,
  UploadRecord,
} from "../../ports/ledger.ts";
import { MemoryReader } from "./ledger-reader.ts";
import { type ChildTable, childTables, type LedgerSnapshot, type UploadEntry } from "./ledger-state.ts";

/** Builds the next snapshot out of one; nothing that the first holds is changed. */
export class MemoryTransaction extends MemoryReader implements LedgerTransaction {
  /** What the transaction holds now; the ledger takes it as committed when the work succeeds. */
  result(): LedgerSnapshot {
    return this.snapshot;
  }

  async insertUpload(upload: NewUpload): Promise<number> {
    if (this.snapshot.keysById.has(upload.id)) throw broken(`The upload ${upload.id} exists.`);
    const key = this.snapshot.lastKey + 1;
    this.snapshot = {
      ...this.snapshot,
      keysById: new Map(this.snapshot.keysById).set(upload.id, key),
      lastKey: key,
    };
    this.#setEntry(key, {
      record: { ...upload, key },
      receipts: new Map(),
      prefixes: new Map(),
      damages: new Map(),
      treeNodes: new Map(),
      smallBody: new Map(),
    });
    return key;
  }

  async updateUpload(key: number, expected: UploadState, patch: UploadPatch): Promise<boolean> {
    const entry = this.entry(key);
    if (entry?.record.state !== expected) return false;
    this.#setEntry(key, { ...entry, record: { ...entry.record, ...patch } });
    return true;
  }

  async insertReceipts(key: number, receipts: readonly Receipt[]): Promise<void> {
    this.#change(key, "receipts", (rows) => {
      for (const row of receipts) {
        if (!rows.has(row.chunk)) rows.set(row.chunk, { ...row, digest: row.digest.slice() });
      }
    });
  }

  async deleteReceipts(key: number, first: number, last: number): Promise<void> {
    const doomed = await this.receipts(key, first, last, Infinity);
    if (doomed.length === 0) return;
    this.#change(key, "receipts", (rows) => {
      for (const { chunk } of doomed) rows.delete(chunk);
    });
  }

  async deleteChildren(key: number, limit: number): Promise<boolean> {
    let left = limit;
    for (const table of childTables) {
      const doomed = [...(this.entry(key)?.[table].keys() ?? [])].sort((a, b) => a - b).slice(0, left);
      if (doomed.length === 0) continue;
      left -= doomed.length;
      this.#change(key, table, (rows) => {
        for (const row of doomed) rows.delete(row);
      });
    }
    return !this.#hasChildren(key);
  }

  async putPrefix(key: number, prefix: Prefix): Promise<void> {
    this.#change(key, "prefixes", (rows) => rows.set(prefix.chunk, { ...prefix }));
  }

  async deletePrefixes(key: number, chunks: readonly number[]): Promise<void> {
    if (this.entry(key) === undefined) return;
    this.#change(key, "prefixes", (rows) => {
      for (const chunk of chunks) rows.delete(chunk);
    });
  }

  async putDamages(key: number, damages: readonly Damage[]): Promise<void> {
    this.#change(key, "damages", (rows) => {
      for (const row of damages) rows.set(row.chunk, { ...row, digest: row.digest.slice() });
    });
  }

  async deleteDamage(key: number, chunk: number): Promise<void> {
    if (this.entry(key) !== undefined) this.#change(key, "damages", (rows) => rows.delete(chunk));
  }

  async putTreeNode(key: number, group: number, root: Uint8Array): Promise<void> {
    this.#change(key, "treeNodes", (rows) => rows.set(group, root.slice()));
  }

  async deleteTreeNode(key: number, group: number): Promise<void> {
    if (this.entry(key) !== undefined) this.#change(key, "treeNodes", (rows) => rows.delete(group));
  }

  async insertIdempotency(owner: string, route: string, key: string, record: IdempotencyRecord): Promise<void> {
    if ((await this.idempotency(owner, route, key)) !== undefined) throw broken(`The key ${key} is taken.`);
    if (!this.snapshot.keysById.has(record.uploadId)) throw broken(`Key of the unknown upload ${record.uploadId}.`);
    const row = { owner, route, key, ...record };
    this.snapshot = { ...this.snapshot, idempotency: [...this.snapshot.idempotency, row] };
  }

  async insertSmallBody(key: number, bytes: Uint8Array): Promise<void> {
    if (this.entry(key)?.smallBody.size) throw broken(`The upload ${key} has a body.`);
    this.#change(key, "smallBody", (rows) => rows.set(0, bytes.slice()));
  }

  async insertEvent(
    upload: Pick<UploadRecord, "key" | "id" | "owner">,
    kind: EventKind,
    at: number,
    data: Record<string, unknown>,
  ): Promise<void> {
    if (this.entry(upload.key) === undefined) throw broken(`Event of the unknown upload ${upload.id}.`);
    const seq = this.snapshot.lastSeq + 1;
    const event = { seq, uploadId: upload.id, owner: upload.owner, kind, at, data: { ...data } };
    this.snapshot = { ...this.snapshot, events: [...this.snapshot.events, event], lastSeq: seq };
  }

  async deleteUpload(key: number): Promise<void> {
    const id = this.entry(key)?.record.id;
    if (id === undefined) return;
    if (this.#hasChildren(key)) throw broken(`The upload ${id} has children.`);
    const uploads = new Map(this.snapshot.uploads);
    const keysById = new Map(this.snapshot.keysById);
    uploads.delete(key);
    keysById.delete(id);
    const events = this.snapshot.events.filter((event) => event.uploadId !== id);
    const idempotency = this.snapshot.idempotency.filter((row) => row.uploadId !== id);
    this.snapshot = { ...this.snapshot, uploads, keysById, events, idempotency };
  }

  #hasChildren(key: number): boolean {
    const entry = this.entry(key);
    return entry !== undefined && childTables.some((table) => entry[table].size > 0);
  }

  #setEntry(key: number, entry: UploadEntry): void {
    this.snapshot = { ...this.snapshot, uploads: new Map(this.snapshot.uploads).set(key, entry) };
  }

  /** Lets `change` have a copy of one table of an upload and takes the copy. */
  #change<Table extends ChildTable>(key: number, table: Table, change: (rows: Rows<Table>) => void): void {
    const entry = this.entry(key);
    if (entry === undefined) throw broken(`There is no upload ${key}.`);
    const rows = new Map<number, unknown>(entry[table]) as Rows<Table>;
    change(rows);
    this.#setEntry(key, { ...entry, [table]: rows });
  }
}

type Rows<Table extends ChildTable> =
  UploadEntry[Table] extends ReadonlyMap<number, infer Row> ? Map<number, Row> : never;

function broken(detail: string): HawserError {
  return new HawserError("internal", { detail });
}
