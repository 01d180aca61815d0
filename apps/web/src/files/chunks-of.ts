import type { UploadState } from "@hawser/client";
import { countChunks, limits } from "@hawser/protocol";
import type { ChunkRange, RopeChunks } from "../design/rope-shape.ts";

/**
 * What can be drawn of a state: its own ranges, those that were told before, or a prefix of the same length.
 * @param told confirmed chunks as last told; absent before anything was
 */
export function chunksOf(state: UploadState, told: readonly ChunkRange[] | undefined): RopeChunks {
  const { confirmedBytes, sizeBytes } = state;
  const prefix = prefixOf(confirmedBytes, sizeBytes);
  const isWhole = sizeBytes !== null && sizeBytes > 0 && confirmedBytes >= sizeBytes;
  return {
    ...prefix,
    safe: isWhole ? prefix.safe : (told ?? prefix.safe),
    moving: state.status === "uploading" ? state.travellingChunks : [],
  };
}

/** As many chunks from the first on as there are bytes. */
export function prefixOf(confirmedBytes: number, sizeBytes: number | null): RopeChunks {
  const isWhole = sizeBytes !== null && sizeBytes > 0 && confirmedBytes >= sizeBytes;
  const whole = Math.floor(confirmedBytes / limits.chunkSizeBytes);
  // Where the end is not known, there is always a piece of thread left.
  const total = sizeBytes === null ? Math.ceil((whole + 4) * 1.25) : Math.max(1, countChunks(sizeBytes));
  const last = isWhole ? total : whole;
  return { total, safe: last === 0 ? [] : [[1, last]], moving: [], again: [] };
}
