import type { UploadEvent } from "../../ports/event-bus.ts";
import type {
  Damage,
  IdempotencyRecord,
  LedgerReader,
  Prefix,
  Receipt,
  Totals,
  UploadRecord,
} from "../../ports/ledger.ts";
import { hasEnded, type LedgerSnapshot, type UploadEntry } from "./ledger-state.ts";

/** The port's questions to one snapshot; a transaction replaces its snapshot as it goes. */
export class MemoryReader implements LedgerReader {
  protected snapshot: LedgerSnapshot;

  constructor(snapshot: LedgerSnapshot) {
    this.snapshot = snapshot;
  }

  async upload(owner: string, id: string): Promise<UploadRecord | undefined> {
    const record = await this.anyUpload(id);
    return record?.owner === owner ? record : undefined;
  }

  async anyUpload(id: string): Promise<UploadRecord | undefined> {
    return this.entry(this.snapshot.keysById.get(id))?.record;
  }

  async uploadByKey(key: number): Promise<UploadRecord | undefined> {
    return this.entry(key)?.record;
  }

  async uploadsInState(state: "active" | "assembling", limit: number, idleSince = Infinity): Promise<UploadRecord[]> {
    return this.#records((record) => record.state === state && record.lastActivityAt <= idleSince)
      .sort((a, b) => a.lastActivityAt - b.lastActivityAt || a.key - b.key)
      .slice(0, limit);
  }

  async candidates(owner: string, filename: string, sizeBytes: number | null, limit: number): Promise<UploadRecord[]> {
    const fits = (size: number | null) => sizeBytes === null || size === null || size === sizeBytes;
    return this.#records(
      (record) =>
        record.state === "active" && record.owner === owner && record.filename === filename && fits(record.sizeBytes),
    )
      .reverse()
      .slice(0, limit);
  }

  async files(owner: string, limit: number, before = Infinity): Promise<UploadRecord[]> {
    return this.#records((record) => isFile(record) && record.owner === owner && record.key < before)
      .reverse()
      .slice(0, limit);
  }

  async uploadsOnTheirWay(owner: string, limit: number, before = Infinity, bundleId?: string): Promise<UploadRecord[]> {
    const fits = ({ bundle }: UploadRecord) => bundleId === undefined || bundle?.id === bundleId;
    return this.#records(
      (record) =>
        (record.state === "active" || record.state === "assembling") &&
        record.owner === owner &&
        record.key < before &&
        fits(record),
    )
      .reverse()
      .slice(0, limit);
  }

  async awaitingRemoval(limit: number): Promise<UploadRecord[]> {
    return this.#records((record) => hasEnded(record) && record.bytesIn !== "none")
      .sort(byEnd)
      .slice(0, limit);
  }

  async expiredTombstones(endedBefore: number, limit: number): Promise<UploadRecord[]> {
    return this.#records(
      (record) =>
        hasEnded(record) && record.bytesIn === "none" && record.endedAt !== null && record.endedAt <= endedBefore,
    )
      .sort(byEnd)
      .slice(0, limit);
  }

  async receipt(key: number, chunk: number): Promise<Receipt | undefined> {
    return this.entry(key)?.receipts.get(chunk);
  }

  async receipts(key: number, first: number, last: number, limit: number): Promise<Receipt[]> {
    return inRange(this.entry(key)?.receipts, first, last).slice(0, limit);
  }

  async countReceipts(key: number, first: number, last: number): Promise<number> {
    return inRange(this.entry(key)?.receipts, first, last).length;
  }

  async highestChunk(key: number): Promise<number> {
    const entry = this.entry(key);
    let highest = 0;
    for (const chunk of entry?.receipts.keys() ?? []) highest = Math.max(highest, chunk);
    for (const chunk of entry?.prefixes.keys() ?? []) highest = Math.max(highest, chunk);
    return highest;
  }

  async prefixes(key: number, first: number, last: number, limit: number): Promise<Prefix[]> {
    return inRange(this.entry(key)?.prefixes, first, last).slice(0, limit);
  }

  async damages(key: number): Promise<Damage[]> {
    return inRange(this.entry(key)?.damages, 1, Infinity);
  }

  async treeNodes(key: number): Promise<{ group: number; root: Uint8Array }[]> {
    const nodes = [...(this.entry(key)?.treeNodes ?? [])];
    return nodes.map(([group, root]) => ({ group, root })).sort((a, b) => a.group - b.group);
  }

  async idempotency(owner: string, route: string, key: string): Promise<IdempotencyRecord | undefined> {
    const row = this.snapshot.idempotency.find((row) => row.owner === owner && row.route === route && row.key === key);
    return row && { fingerprint: row.fingerprint, uploadId: row.uploadId };
  }

  async smallBody(key: number): Promise<Uint8Array | undefined> {
    return this.entry(key)?.smallBody.get(0)?.slice();
  }

  async eventsAfter(seq: number, limit: number, key?: number): Promise<UploadEvent[]> {
    const id = this.entry(key)?.record.id;
    const fits = (event: UploadEvent) => key === undefined || event.uploadId === id;
    return this.snapshot.events.filter((event) => event.seq > seq && fits(event)).slice(0, limit);
  }

  async lastEventSeq(): Promise<number> {
    return this.snapshot.lastSeq;
  }

  async totals(owner: string): Promise<Totals> {
    const owned = this.#records((record) => record.owner === owner);
    const files = owned.filter(isFile);
    return {
      activeUploads: owned.filter((record) => record.state === "active").length,
      files: files.length,
      fileBytes: files.reduce((sum, record) => sum + (record.sizeBytes ?? 0), 0),
    };
  }

  protected entry(key: number | undefined): UploadEntry | undefined {
    return key === undefined ? undefined : this.snapshot.uploads.get(key);
  }

  /** In the order of their keys, which is that of their creation. */
  #records(matches: (record: UploadRecord) => boolean): UploadRecord[] {
    const found: UploadRecord[] = [];
    for (const { record } of this.snapshot.uploads.values()) if (matches(record)) found.push(record);
    return found.sort((a, b) => a.key - b.key);
  }
}

function isFile({ state, deletedAt }: UploadRecord): boolean {
  return state === "completed" && deletedAt === null;
}

function byEnd(a: UploadRecord, b: UploadRecord): number {
  return (a.endedAt ?? 0) - (b.endedAt ?? 0) || a.key - b.key;
}

function inRange<Row extends { readonly chunk: number }>(
  rows: ReadonlyMap<number, Row> | undefined,
  first: number,
  last: number,
): Row[] {
  const found: Row[] = [];
  for (const row of rows?.values() ?? []) if (row.chunk >= first && row.chunk <= last) found.push(row);
  return found.sort((a, b) => a.chunk - b.chunk);
}
