import { countChunks, missingRanges, type Ranges, transferLimits } from "@hawser/protocol";
import { runLanes } from "./lanes.ts";
import { loadPart } from "./part.ts";
import { alignRanges, RunQueue, wholeGroups } from "./plan.ts";
import { planned, type Supply } from "./supply.ts";
import { Transfer } from "./transfer.ts";
import type { Named, UploadJob, UploadParts } from "./upload.ts";

/**
 * Sends what the server lacks.
 * @throws HawserError, or the signal's reason
 */
export async function sendMissing(
  upload: Named,
  job: UploadJob,
  parts: UploadParts,
  signal: AbortSignal,
): Promise<void> {
  const { work } = job;
  const { id, runAlign } = upload;
  job.tell({ type: "sending" });
  const supply = await supplyOf(upload, job, parts);
  const { options, api, platform, throttle, stall, made } = parts;
  const maxRunBytes = options.runChunks * transferLimits.chunkSizeBytes;
  made.transfer ??= new Transfer({ maxLanes: options.maxLanes, maxRunBytes, throttle, stall });
  const budgetChunks = options.budgetBytes / transferLimits.chunkSizeBytes;
  const onConfirmed = (bytes: number) => {
    job.tell({ type: "confirmed", bytes });
    supply.advance?.();
  };
  const lanesJob = {
    api,
    uploadId: id,
    supply,
    leaves: work.leaves,
    progress: work.progress,
    transfer: made.transfer,
    throttle,
    stall,
    platform,
    maxLanes: upload.maxLanes ?? transferLimits.maxLanes,
    runAlign,
    maxRunChunks: wholeGroups(Math.min(upload.maxRunChunks, budgetChunks), runAlign),
    onConfirmed: (ranges: Ranges) => onConfirmed(work.progress.confirm(ranges, job.sizeBytes)),
    onPrefix: (chunk: number, bytes: number) => onConfirmed(work.progress.confirmPrefix(chunk, bytes)),
    onShown: () => job.shown(),
  };
  await runLanes(lanesJob, signal);
}

async function supplyOf({ runAlign }: Named, job: UploadJob, parts: UploadParts): Promise<Supply> {
  const { source, work, sizeBytes, record } = job;
  const { leaves, progress } = work;
  if (source.replayable && sizeBytes !== null) {
    const totalChunks = countChunks(sizeBytes);
    const missing = alignRanges(missingRanges(progress.held.ranges, 1, totalChunks), runAlign, totalChunks);
    // Where runs have to be aligned, a chunk in the middle of a group cannot start one.
    const queue = new RunQueue(missing, runAlign === 1 ? progress.prefixes : []);
    return planned(queue, sizeBytes, { source, leaves, reading: parts });
  }
  const { Sequential } = await loadPart(import("./sequential.ts"));
  return new Sequential({
    source,
    work,
    reading: parts,
    runAlign,
    sizeBytes,
    isOpenEnded: record.source.sizeBytes === null,
    onMeasured: (measuredBytes) => job.tell({ type: "measured", sizeBytes: measuredBytes }),
  });
}
