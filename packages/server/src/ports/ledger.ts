import type { BundleLabel, Evidence, Metadata, Priority, UploadState } from "@hawser/protocol";
import type { EventKind, UploadEvent } from "./event-bus.ts";

/** An upload as the ledger keeps it. Times are milliseconds since 1970. */
export interface UploadRecord {
  /** The storage's own short name for the row; rows of receipts, prefixes and events hang on it. */
  readonly key: number;
  readonly id: string;
  readonly owner: string;
  readonly state: UploadState;
  readonly filename: string;
  readonly contentType: string;
  readonly sizeBytes: number | null;
  readonly lastModified: string | null;
  readonly metadata: Metadata;
  readonly evidence: Evidence;
  readonly priority: Priority;
  readonly bundle: BundleLabel | null;
  readonly sealed: boolean;
  /** Sums over the receipts; changed in the transaction that changes them. */
  readonly receivedChunks: number;
  readonly receivedBytes: number;
  readonly createdAt: number;
  readonly lastActivityAt: number;
  readonly completedAt: number | null;
  /** When a final state other than completed was reached, or the file was deleted: the tombstone's start. */
  readonly endedAt: number | null;
  readonly deletedAt: number | null;
  /** Tree digest, lower-case hex without `tree:`; set at completion. */
  readonly digest: string | null;
  /** Plain SHA-256 of the whole file, hex: asked for while assembling, proven once completed. */
  readonly sha256: string | null;
  readonly failure: { readonly code: string; readonly detail: string } | null;
  /** Where the bytes are: nowhere yet or no more, in the blob store, or in the ledger itself (a small file). */
  readonly bytesIn: "none" | "blobs" | "ledger";
}

export type NewUpload = Omit<UploadRecord, "key">;
/** What may change of an upload after its creation. */
export type UploadPatch = Partial<Omit<UploadRecord, "key" | "id" | "owner" | "createdAt">>;

export interface Receipt {
  readonly chunk: number;
  readonly sizeBytes: number;
  readonly digest: Uint8Array;
}

/** The durable prefix of a chunk that has no receipt. */
export interface Prefix {
  readonly chunk: number;
  readonly sizeBytes: number;
}

/** A chunk that was found damaged: only `digest` may fill it again. */
export interface Damage {
  readonly chunk: number;
  readonly digest: Uint8Array;
}

export interface IdempotencyRecord {
  /** SHA-256 hex of the request that the key is bound to. */
  readonly fingerprint: string;
  readonly uploadId: string;
}

export interface Totals {
  readonly activeUploads: number;
  readonly files: number;
  readonly fileBytes: number;
}

/** Questions to the ledger. Inside `read` the answers come from one snapshot of what is durable. */
export interface LedgerReader {
  /** The upload `id` of `owner`; someone else's is not there. */
  upload(owner: string, id: string): Promise<UploadRecord | undefined>;
  /** Any owner's upload: for sweep, recovery and the orphan search only. */
  anyUpload(id: string): Promise<UploadRecord | undefined>;
  /** The upload that a commit names by its key. */
  uploadByKey(key: number): Promise<UploadRecord | undefined>;
  /** Uploads that have not ended, oldest activity first. `idleSince`: only those whose last activity is not after it. */
  uploadsInState(state: "active" | "assembling", limit: number, idleSince?: number): Promise<UploadRecord[]>;
  /** Active uploads of `owner` with this name and, where given, size (a null size matches any), newest first. */
  candidates(owner: string, filename: string, sizeBytes: number | null, limit: number): Promise<UploadRecord[]>;
  /** Completed, not deleted, newest first; `before` is the key of the last row of the page before. */
  files(owner: string, limit: number, before?: number): Promise<UploadRecord[]>;
  /** Those of `owner` that have not ended, newest first; `before` as for files, `bundleId`: of this bundle alone. */
  uploadsOnTheirWay(owner: string, limit: number, before?: number, bundleId?: string): Promise<UploadRecord[]>;
  /** Uploads that have ended (or whose file was deleted) and still have bytes or receipts. */
  awaitingRemoval(limit: number): Promise<UploadRecord[]>;
  /** Ended uploads whose tombstone started at or before `endedBefore` and whose bytes are gone. */
  expiredTombstones(endedBefore: number, limit: number): Promise<UploadRecord[]>;
  receipt(key: number, chunk: number): Promise<Receipt | undefined>;
  /** Receipts of chunks `first` to `last` in rising order, at most `limit`. */
  receipts(key: number, first: number, last: number, limit: number): Promise<Receipt[]>;
  countReceipts(key: number, first: number, last: number): Promise<number>;
  /** Highest chunk that has a receipt or a prefix; 0 when there is none. */
  highestChunk(key: number): Promise<number>;
  prefixes(key: number, first: number, last: number, limit: number): Promise<Prefix[]>;
  damages(key: number): Promise<Damage[]>;
  /** Cached nodes of the tree hash over 1,024 chunks each, rising from group 0. */
  treeNodes(key: number): Promise<{ readonly group: number; readonly root: Uint8Array }[]>;
  idempotency(owner: string, route: string, key: string): Promise<IdempotencyRecord | undefined>;
  smallBody(key: number): Promise<Uint8Array | undefined>;
  /** `key`: of this upload alone. */
  eventsAfter(seq: number, limit: number, key?: number): Promise<UploadEvent[]>;
  /** Number of the newest event that there ever was; 0 when there was none. Never falls. */
  lastEventSeq(): Promise<number>;
  totals(owner: string): Promise<Totals>;
}

/** Changes; all of one `transact` become durable together or not at all. */
export interface LedgerTransaction extends LedgerReader {
  insertUpload(upload: NewUpload): Promise<number>;
  /** Compare-and-set: changes the row only while its state is `expected`; false when it is not. */
  updateUpload(key: number, expected: UploadState, patch: UploadPatch): Promise<boolean>;
  /** Adds receipts; a chunk that has one already keeps it. Does not touch the upload's sums. */
  insertReceipts(key: number, receipts: readonly Receipt[]): Promise<void>;
  deleteReceipts(key: number, first: number, last: number): Promise<void>;
  /** Removes at most `limit` of the rows (receipts, prefixes, damages, tree nodes, small body) below an upload; true when none is left. */
  deleteChildren(key: number, limit: number): Promise<boolean>;
  putPrefix(key: number, prefix: Prefix): Promise<void>;
  deletePrefixes(key: number, chunks: readonly number[]): Promise<void>;
  putDamages(key: number, damages: readonly Damage[]): Promise<void>;
  deleteDamage(key: number, chunk: number): Promise<void>;
  putTreeNode(key: number, group: number, root: Uint8Array): Promise<void>;
  deleteTreeNode(key: number, group: number): Promise<void>;
  insertIdempotency(owner: string, route: string, key: string, record: IdempotencyRecord): Promise<void>;
  insertSmallBody(key: number, bytes: Uint8Array): Promise<void>;
  insertEvent(
    upload: Pick<UploadRecord, "key" | "id" | "owner">,
    kind: EventKind,
    at: number,
    data: Record<string, unknown>,
  ): Promise<void>;
  /** Removes the upload's row, its events' and its idempotency key's rows; its children must be gone. */
  deleteUpload(key: number): Promise<void>;
}

/** The one place where facts about uploads are kept. */
export interface Ledger {
  /**
   * Runs `work` and makes its changes durable before the promise resolves. Transactions that wait together share
   * one commit; each is still all or nothing by itself: when `work` throws, only its own changes are undone and
   * its promise rejects. `work` may await nothing but the transaction's own methods.
   * @param name what is done, for logs, metrics and fault injection
   * @throws HawserError `storage_fenced` after a commit failed: from then on nothing is taken until a restart
   */
  transact<T>(name: TransactionName, work: (tx: LedgerTransaction) => Promise<T>): Promise<T>;
  /** Runs `work` on a snapshot of what is durable; never waits for a commit. */
  read<T>(work: (reader: LedgerReader) => Promise<T>): Promise<T>;
  /** Waits for transactions that were given, then lets go of the storage. */
  close(): Promise<void>;
}

/** Every durable step of the domain has a name. */
export type TransactionName =
  | "initialize"
  | "fix-size"
  | "commit-chunks"
  | "drop-prefix"
  | "one-shot"
  | "begin-assembly"
  | "complete"
  | "reactivate"
  | "cancel"
  | "expire"
  | "delete-file"
  | "note-damage"
  | "remove-children"
  | "bytes-removed"
  | "remove-tombstone";
