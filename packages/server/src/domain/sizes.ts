import { chunkLength, countChunks, HawserError, limits } from "@hawser/protocol";
import type { LedgerReader } from "../ports/ledger.ts";

/** What is acknowledged of an upload of unknown size, as far as a size could contradict it. */
export interface Extent {
  /** Highest chunk of which anything is acknowledged; 0 when nothing is. */
  readonly highestChunk: number;
  /** Bytes acknowledged of the chunk that would be the last one: a receipt's, or a prefix's. */
  readonly lastReceiptBytes: number | null;
  readonly lastPrefixBytes: number | null;
}

/** Reads the extent against which {@link checkSize} holds `sizeBytes`. */
export async function readExtent(reader: LedgerReader, key: number, sizeBytes: number): Promise<Extent> {
  const last = countChunks(sizeBytes);
  const damaged = (await reader.damages(key)).map(({ chunk }) => chunk);
  const receipt = await reader.receipt(key, last);
  const [prefix] = await reader.prefixes(key, last, last, 1);
  return {
    highestChunk: damaged.reduce((high, chunk) => Math.max(high, chunk), await reader.highestChunk(key)),
    // A chunk that was found damaged was acknowledged, and while the size is unknown every chunk is full.
    lastReceiptBytes: damaged.includes(last) ? limits.chunkSizeBytes : (receipt?.sizeBytes ?? null),
    lastPrefixBytes: prefix?.sizeBytes ?? null,
  };
}

/**
 * Whether an unknown size may become `sizeBytes`.
 * @throws HawserError `size_too_large`, or `size_conflict` when it is impossible for what is acknowledged
 */
export function checkSize(sizeBytes: number, extent: Extent, maxSizeBytes: number): void {
  if (sizeBytes > maxSizeBytes) throw new HawserError("size_too_large");
  const last = countChunks(sizeBytes);
  const lastBytes = chunkLength(last, sizeBytes);
  const { highestChunk, lastReceiptBytes, lastPrefixBytes } = extent;
  const isPossible =
    highestChunk <= last &&
    (lastReceiptBytes === null || lastReceiptBytes === lastBytes) &&
    (lastPrefixBytes === null || lastPrefixBytes <= lastBytes);
  if (!isPossible) {
    throw new HawserError("size_conflict", {
      detail: "Chunks are acknowledged that a file of this size does not have.",
    });
  }
}

/** Whether `sizeBytes` can be a size at all. */
export function isSize(sizeBytes: number): boolean {
  return Number.isSafeInteger(sizeBytes) && sizeBytes >= 0;
}
