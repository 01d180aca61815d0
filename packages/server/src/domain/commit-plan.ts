import { chunkLength, countChunks, type ErrorCode, equalDigests } from "@hawser/protocol";
import type { CommitEntry, CommitOutcome } from "../ports/facts.ts";
import type { Receipt, UploadRecord } from "../ports/ledger.ts";
import { isWritable } from "./admission.ts";
import { hasEnded } from "./standing.ts";

/** What the ledger knows about the chunks of a batch, all of one upload. */
export interface SlotsKnown {
  readonly receipts: ReadonlyMap<number, Uint8Array>;
  readonly prefixes: ReadonlyMap<number, number>;
  readonly damages: ReadonlyMap<number, Uint8Array>;
}

/** What a batch changes, and what each of its entries is answered. */
export interface CommitPlan {
  /** In the order of the entries; the missing count is known when the batch is applied. */
  readonly results: readonly Omit<CommitOutcome, "missingCount">[];
  readonly receipts: readonly Receipt[];
  /** Length of the prefixes that became longer. */
  readonly prefixes: ReadonlyMap<number, number>;
  /** Chunks whose prefix goes, because they are whole now. */
  readonly obsoletePrefixes: readonly number[];
  /** Chunks that were damaged and are whole again. */
  readonly repaired: readonly number[];
}

const recorded = { result: "recorded" } as const;
const held = { result: "held" } as const;
const refused = (code: ErrorCode) => ({ result: "refused", code }) as const;

/**
 * Decides a batch of synced chunks and prefixes of one upload, entry by entry. What an entry records is known to
 * those after it, so a batch may hold the same chunk more than once.
 */
export function planCommit(record: UploadRecord, entries: readonly CommitEntry[], known: SlotsKnown): CommitPlan {
  const receipts = new Map<number, Receipt>();
  const prefixes = new Map<number, number>();
  const obsoletePrefixes = new Set<number>();
  const repaired: number[] = [];

  function decide(entry: CommitEntry): Omit<CommitOutcome, "missingCount"> {
    const { chunk, sizeBytes } = entry;
    if (hasEnded(record)) return refused("gone");
    const acknowledged = receipts.get(chunk)?.digest ?? known.receipts.get(chunk);
    if (acknowledged !== undefined) {
      const isSame = entry.kind === "prefix" || equalDigests(acknowledged, entry.digest);
      return isSame ? held : refused("chunk_conflict");
    }
    const bound = known.damages.get(chunk);
    if (!isWritable(record, bound !== undefined)) return refused("state_conflict");
    if (!fits(entry, record.sizeBytes)) return refused("size_conflict");
    if (entry.kind === "prefix") {
      if (sizeBytes <= (prefixes.get(chunk) ?? known.prefixes.get(chunk) ?? 0)) return held;
      prefixes.set(chunk, sizeBytes);
      return recorded;
    }
    if (bound !== undefined) {
      if (!equalDigests(bound, entry.digest)) return refused("chunk_conflict");
      repaired.push(chunk);
    }
    receipts.set(chunk, { chunk, sizeBytes, digest: entry.digest });
    if (known.prefixes.has(chunk)) obsoletePrefixes.add(chunk);
    prefixes.delete(chunk);
    return recorded;
  }

  return {
    results: entries.map(decide),
    receipts: [...receipts.values()],
    prefixes,
    obsoletePrefixes: [...obsoletePrefixes],
    repaired,
  };
}

/** The size may have become known after the run was admitted; what does not fit it is no part of the file. */
function fits(entry: CommitEntry, fileBytes: number | null): boolean {
  const whole = chunkLength(entry.chunk, fileBytes);
  if (fileBytes !== null && entry.chunk > countChunks(fileBytes)) return false;
  return entry.kind === "chunk" ? entry.sizeBytes === whole : entry.sizeBytes <= whole;
}
