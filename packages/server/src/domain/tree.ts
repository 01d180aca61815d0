import { HawserError, type Sha256, treeGroupChunks, treeRoot } from "@hawser/protocol";
import type { LedgerReader, LedgerTransaction } from "../ports/ledger.ts";

/** The group of the tree hash, from 0, in which a chunk lies. */
export function groupOf(chunk: number): number {
  return Math.floor((chunk - 1) / treeGroupChunks);
}

function firstOf(group: number): number {
  return group * treeGroupChunks + 1;
}

async function readLeaves(reader: LedgerReader, key: number, first: number, last: number): Promise<Uint8Array[]> {
  const receipts = await reader.receipts(key, first, last, treeGroupChunks);
  // The sums said that every chunk is there; receipts that say otherwise are a defect of the ledger.
  if (receipts.length !== last - first + 1) {
    throw new HawserError("internal", { detail: `Receipts of chunks ${first} to ${last} are not all there.` });
  }
  return receipts.map((receipt) => receipt.digest);
}

/** Caches the root of each of `groups` that is full, so that finalize never reads all receipts of a large file. */
export async function cacheFullGroups(
  tx: LedgerTransaction,
  key: number,
  groups: Iterable<number>,
  sha256: Sha256,
): Promise<void> {
  for (const group of groups) {
    const first = firstOf(group);
    const last = first + treeGroupChunks - 1;
    if ((await tx.countReceipts(key, first, last)) < treeGroupChunks) continue;
    await tx.putTreeNode(key, group, treeRoot(await readLeaves(tx, key, first, last), sha256));
  }
}

/** The tree digest of an upload whose `totalChunks` chunks are all acknowledged: over cached roots and the rest. */
export async function fileRoot(
  reader: LedgerReader,
  key: number,
  totalChunks: number,
  sha256: Sha256,
): Promise<Uint8Array> {
  const cached = new Map((await reader.treeNodes(key)).map(({ group, root }) => [group, root]));
  const roots: Uint8Array[] = [];
  for (let first = 1; first <= totalChunks; first += treeGroupChunks) {
    const last = Math.min(first + treeGroupChunks - 1, totalChunks);
    roots.push(cached.get(groupOf(first)) ?? treeRoot(await readLeaves(reader, key, first, last), sha256));
  }
  return treeRoot(roots, sha256);
}
