import {
  chunkLength,
  chunkOffset,
  countChunks,
  HawserError,
  type Ranges,
  toHex,
  transferLimits,
} from "@hawser/protocol";
import { digestChunks, readFully } from "./reading.ts";
import type { UploadJob, UploadParts } from "./upload.ts";

/**
 * Compares chunks of an earlier life with the source: hash only, nothing is sent.
 * @param chunks which of them have to agree afterwards
 * @throws HawserError `source_changed`; `chunks_missing` when the server lacks one of `chunks`
 */
export async function compareEarlier(
  id: string,
  job: UploadJob,
  parts: UploadParts,
  signal: AbortSignal,
  chunks: Ranges,
): Promise<void> {
  const { leaves } = job.work;
  const totalChunks = countChunks(job.sizeBytes as number);
  const openFrom = (chunk: number) => {
    for (const [first, last] of chunks) {
      const open = leaves.firstOpen(last, Math.max(first, chunk));
      if (open !== undefined) return open;
    }
    return undefined;
  };
  let doneBytes = 0;
  for (let from = openFrom(1); from !== undefined; ) {
    const page = await parts.api.manifest(id, from, signal);
    for (const [chunk, receipt] of page.chunks) {
      if (chunk > totalChunks || leaves.isAgreed(chunk)) continue;
      job.tell({ type: "preparing", work: "comparing", doneBytes });
      const digest = leaves.get(chunk) ?? (await digestOf(chunk, job, parts, signal));
      if (toHex(digest) !== receipt) {
        throw new HawserError("source_changed", { detail: `Chunk ${chunk} differs from what was sent before.` });
      }
      leaves.agree(chunk, chunk);
      doneBytes += transferLimits.chunkSizeBytes;
    }
    from = page.next === undefined ? undefined : openFrom(page.next);
  }
  if (openFrom(1) !== undefined) {
    throw new HawserError("chunks_missing", { detail: "The server lacks chunks that it had." });
  }
}

async function digestOf(chunk: number, job: UploadJob, parts: UploadParts, signal: AbortSignal): Promise<Uint8Array> {
  const sizeBytes = job.sizeBytes as number;
  return parts.budget.use(chunkLength(chunk, sizeBytes), signal, async (bytes) => {
    await readFully(job.source, chunkOffset(chunk), bytes, signal);
    const [digest] = await digestChunks([chunk, chunk], bytes, sizeBytes, job.work.leaves, parts);
    return digest as Uint8Array;
  });
}
