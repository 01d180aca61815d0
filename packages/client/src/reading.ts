import { chunkLength, chunkOffset, HawserError } from "@hawser/protocol";
import type { Budget } from "./budget.ts";
import type { Leaves } from "./leaves.ts";
import type { Run } from "./plan.ts";
import type { Platform } from "./platform.ts";
import type { Source } from "./source/source.ts";

/** What reading needs beside the source. */
export interface ReadingParts {
  readonly platform: Pick<Platform, "sha256" | "createSha256">;
  readonly budget: Budget;
}

/** Fills all of `target`. @throws HawserError `source_changed` when the source is shorter */
export async function readFully(
  source: Source,
  offset: number,
  target: Uint8Array,
  signal: AbortSignal,
): Promise<void> {
  const readBytes = await source.read(offset, target, signal);
  if (readBytes < target.length) throw sourceChanged("It became shorter.");
}

/**
 * Digests of the chunks in `bytes`, which start with chunk `first`; they are noted in `leaves`.
 * @throws HawserError `source_changed` when other bytes were read there before
 */
export async function digestChunks(
  [first, last]: Run,
  bytes: Uint8Array,
  sizeBytes: number | null,
  leaves: Leaves,
  { platform }: Pick<ReadingParts, "platform">,
): Promise<Uint8Array[]> {
  const chunks = Array.from({ length: last - first + 1 }, (_, i) => {
    const start = chunkOffset(i + 1);
    return bytes.subarray(start, start + chunkLength(first + i, sizeBytes));
  });
  const digests = await Promise.all(chunks.map((chunk) => platform.sha256(chunk)));
  for (const [i, digest] of digests.entries()) {
    if (!leaves.note(first + i, digest)) throw sourceChanged("It was edited while it was sent.");
  }
  return digests;
}

/** @throws HawserError `source_changed` when the source is not what it was when it was opened */
export async function ensureUnchanged(source: Source): Promise<void> {
  const now = await source.refresh?.();
  if (now === undefined) return;
  const { sizeBytes, lastModified } = source.facts;
  if (now.sizeBytes !== sizeBytes || now.lastModified !== lastModified) {
    throw sourceChanged("It was edited while it was sent.");
  }
}

export function sourceChanged(detail: string): HawserError {
  return new HawserError("source_changed", { detail });
}
