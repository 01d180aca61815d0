import { countChunks, HawserError, limits, missingRanges, type Range } from "@hawser/protocol";
import type { LedgerReader, UploadRecord } from "../ports/ledger.ts";

/** What is there of chunks `from` to `next - 1`, or to the end where there is no `next`. */
export interface ChunkPage {
  readonly received: [number, number][];
  /** Null while the size is unknown. */
  readonly missing: [number, number][] | null;
  readonly partial: [number, number][];
  readonly next: number | null;
}

export interface PageCaps {
  /** Most ranges in each of a page's lists. */
  readonly ranges: number;
  /** Most receipts that are looked at. */
  readonly receipts: number;
}

const protocolCaps: PageCaps = { ranges: limits.maxRangesPerPage, receipts: limits.maxReceiptsPerPage };
const receiptsPerStep = 4_096;

/** @throws HawserError `invalid_request` for what is no chunk number */
export function checkFrom(from: number): void {
  if (!Number.isSafeInteger(from) || from < 1) {
    throw new HawserError("invalid_request", { detail: "A page starts at a chunk number, from 1." });
  }
}

/** Reads one page; its cost depends on the caps and not on the size of the upload. */
export async function readChunkPage(
  reader: LedgerReader,
  record: Pick<UploadRecord, "key" | "sizeBytes">,
  from: number,
  caps: PageCaps = protocolCaps,
): Promise<ChunkPage> {
  const { key, sizeBytes } = record;
  const lastChunk = sizeBytes === null ? Number.MAX_SAFE_INTEGER : countChunks(sizeBytes);
  const walked = await walkReceipts(reader, key, from, lastChunk, caps);
  const prefixes = await reader.prefixes(key, from, walked.end, caps.ranges);
  const lastPrefix = prefixes.at(-1);
  const isCut = prefixes.length === caps.ranges && lastPrefix !== undefined;
  const end = isCut ? Math.min(walked.end, lastPrefix.chunk) : walked.end;
  const received = clip(walked.received, end);
  return {
    received,
    missing: sizeBytes === null ? null : missingRanges(received, from, end),
    partial: prefixes.map((prefix) => [prefix.chunk, prefix.sizeBytes]),
    next: end < lastChunk ? end + 1 : null,
  };
}

/** Walks the receipts in steps, so that a page of many short ranges does not read what it cannot show. */
async function walkReceipts(
  reader: LedgerReader,
  key: number,
  from: number,
  lastChunk: number,
  caps: PageCaps,
): Promise<{ received: [number, number][]; end: number }> {
  const received: [number, number][] = [];
  let looked = 0;
  let at = from;
  while (at <= lastChunk) {
    const limit = Math.min(receiptsPerStep, caps.receipts - looked);
    if (limit === 0) return { received, end: at - 1 };
    const receipts = await reader.receipts(key, at, lastChunk, limit);
    for (const { chunk } of receipts) {
      const tail = received.at(-1);
      if (tail !== undefined && chunk === tail[1] + 1) tail[1] = chunk;
      // Between and after n ranges lie up to n + 1 gaps; so one range less keeps both lists within the cap.
      else if (tail !== undefined && received.length === caps.ranges - 1) return { received, end: tail[1] };
      else received.push([chunk, chunk]);
      at = chunk + 1;
    }
    if (receipts.length < limit) break;
    looked += limit;
  }
  return { received, end: lastChunk };
}

function clip(ranges: readonly Range[], end: number): [number, number][] {
  return ranges.filter(([first]) => first <= end).map(([first, last]) => [first, Math.min(last, end)]);
}
