import type { UploadEvent } from "../../ports/event-bus.ts";
import type { Damage, IdempotencyRecord, Prefix, Receipt, UploadRecord } from "../../ports/ledger.ts";

/** An upload and the rows below it, by chunk (tree nodes: by group; small body: under 0). */
export interface UploadEntry {
  readonly record: UploadRecord;
  readonly receipts: ReadonlyMap<number, Receipt>;
  readonly prefixes: ReadonlyMap<number, Prefix>;
  readonly damages: ReadonlyMap<number, Damage>;
  readonly treeNodes: ReadonlyMap<number, Uint8Array>;
  readonly smallBody: ReadonlyMap<number, Uint8Array>;
}

export const childTables = ["receipts", "prefixes", "damages", "treeNodes", "smallBody"] as const;
export type ChildTable = (typeof childTables)[number];

export interface IdempotencyRow extends IdempotencyRecord {
  readonly owner: string;
  readonly route: string;
  readonly key: string;
}

/**
 * Everything a memory ledger holds. Never changed: a transaction makes the next one, which shares with it what
 * stayed the same. So a snapshot costs nothing, and any of them can be opened again.
 */
export interface LedgerSnapshot {
  readonly uploads: ReadonlyMap<number, UploadEntry>;
  readonly keysById: ReadonlyMap<string, number>;
  readonly events: readonly UploadEvent[];
  readonly idempotency: readonly IdempotencyRow[];
  readonly lastKey: number;
  readonly lastSeq: number;
}

export const emptySnapshot: LedgerSnapshot = {
  uploads: new Map(),
  keysById: new Map(),
  events: [],
  idempotency: [],
  lastKey: 0,
  lastSeq: 0,
};

export function hasEnded({ state, deletedAt }: UploadRecord): boolean {
  return state === "failed" || state === "cancelled" || state === "expired" || deletedAt !== null;
}
