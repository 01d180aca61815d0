import { limits } from "@hawser/protocol";
import type { Ledger, LedgerTransaction, NewUpload, Receipt } from "../../src/ports/ledger.ts";

/** As a last chunk or a limit: no bound. */
export const everything = Number.MAX_SAFE_INTEGER;

export function change<T>(ledger: Ledger, work: (tx: LedgerTransaction) => Promise<T>): Promise<T> {
  return ledger.transact("initialize", work);
}

export function insert(ledger: Ledger, fields: Partial<NewUpload>): Promise<number> {
  return change(ledger, (tx) => tx.insertUpload(newUpload(fields)));
}

type ListName =
  | "uploadsInState"
  | "uploadsOnTheirWay"
  | "candidates"
  | "files"
  | "awaitingRemoval"
  | "expiredTombstones";

export async function ids<Name extends ListName>(
  ledger: Ledger,
  name: Name,
  ...args: Parameters<LedgerTransaction[Name]>
): Promise<string[]> {
  const records = await ledger.read((reader) =>
    (reader[name] as (...args: unknown[]) => Promise<{ id: string }[]>)(...args),
  );
  return records.map(({ id }) => id);
}

export function receiptsOf(ledger: Ledger, key: number): Promise<Receipt[]> {
  return ledger.read((reader) => reader.receipts(key, 1, everything, everything));
}

export function childrenOf(ledger: Ledger, key: number) {
  return ledger.read(async (reader) => ({
    receipts: await reader.receipts(key, 1, everything, everything),
    prefixes: await reader.prefixes(key, 1, everything, everything),
    damages: await reader.damages(key),
    treeNodes: await reader.treeNodes(key),
    smallBodies: [await reader.smallBody(key)].filter((body) => body !== undefined),
  }));
}

/** Nine rows, of every kind. */
export function childrenGiven() {
  return {
    receipts: [1, 2, 3].map(receipt),
    prefixes: [4, 5].map((chunk) => ({ chunk, sizeBytes: 1 })),
    damages: [6, 7].map((chunk) => ({ chunk, digest: digestOf(chunk) })),
    treeNodes: [{ group: 0, root: digestOf(0) }],
    smallBodies: [Uint8Array.of(1, 2)],
  };
}

export async function insertChildren(ledger: Ledger, key: number): Promise<void> {
  const given = childrenGiven();
  await change(ledger, async (tx) => {
    await tx.insertReceipts(key, given.receipts);
    for (const prefix of given.prefixes) await tx.putPrefix(key, prefix);
    await tx.putDamages(key, given.damages);
    for (const { group, root } of given.treeNodes) await tx.putTreeNode(key, group, root);
    for (const body of given.smallBodies) await tx.insertSmallBody(key, body);
  });
}

export async function everythingOf(ledger: Ledger, id: string) {
  const record = await ledger.read((reader) => reader.anyUpload(id));
  const children = await childrenOf(ledger, record?.key as number);
  const events = await ledger.read((reader) => reader.eventsAfter(0, 99));
  const binding = await ledger.read((reader) => reader.idempotency("local", "initialize", "k"));
  return { record, ...children, events, binding };
}

export function receipt(chunk: number): Receipt {
  return { chunk, sizeBytes: limits.chunkSizeBytes, digest: digestOf(chunk) };
}

export function digestOf(number: number): Uint8Array {
  return new Uint8Array(32).fill(number % 251);
}

export function newUpload(fields: Partial<NewUpload>): NewUpload {
  return {
    id: "id",
    owner: "local",
    state: "active",
    filename: "file",
    contentType: "application/octet-stream",
    sizeBytes: 10,
    lastModified: null,
    metadata: {},
    evidence: {},
    priority: "normal",
    bundle: null,
    sealed: false,
    receivedChunks: 0,
    receivedBytes: 0,
    createdAt: 1,
    lastActivityAt: 2,
    completedAt: null,
    endedAt: null,
    deletedAt: null,
    digest: null,
    sha256: null,
    failure: null,
    bytesIn: "none",
    ...fields,
  };
}
