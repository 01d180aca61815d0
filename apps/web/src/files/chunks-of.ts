import type { UploadState } from "@hawser/client";
import { countChunks, limits } from "@hawser/protocol";
import type { ChunkRange, RopeChunks } from "../design/rope-shape.ts";

/**
 * What can be drawn of a state: its own ranges, those that were told before, or a prefix of the same length.
 * @param told confirmed chunks as last told; absent before anything was
 */
export function chunksOf(state: UploadState, told: readonly ChunkRange[] | undefined): RopeChunks {
  const { confirmedBytes, sizeBytes } = state;
  const prefix = Math.floor(confirmedBytes / limits.chunkSizeBytes);
  const isWhole = sizeBytes !== null && sizeBytes > 0 && confirmedBytes >= sizeBytes;
  // Where the end is not known, there is always a piece of thread left.
  const total = sizeBytes === null ? Math.ceil((prefix + 4) * 1.25) : Math.max(1, countChunks(sizeBytes));
  const prefixRanges: readonly ChunkRange[] = prefix === 0 ? [] : [[1, prefix]];
  return {
    total,
    safe: isWhole ? [[1, total]] : (told ?? prefixRanges),
    moving: state.status === "uploading" ? state.travellingChunks : [],
    again: [],
  };
}
