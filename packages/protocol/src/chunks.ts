import { transferLimits } from "./limits.ts";

const { chunkSizeBytes } = transferLimits;

/** Number of chunks of a file of `sizeBytes`; an empty file has none. */
export function countChunks(sizeBytes: number): number {
  return Math.ceil(sizeBytes / chunkSizeBytes);
}

/** Length of chunk `chunk` (from 1) of a file of `sizeBytes`, or of a full chunk while the size is unknown. */
export function chunkLength(chunk: number, sizeBytes: number | null): number {
  if (sizeBytes === null) return chunkSizeBytes;
  return Math.max(0, Math.min(chunkSizeBytes, sizeBytes - chunkOffset(chunk)));
}

/** Where chunk `chunk` (from 1) starts in the file. */
export function chunkOffset(chunk: number): number {
  return (chunk - 1) * chunkSizeBytes;
}

/** Length of the run of chunks `first` to `last`, both included. */
export function runLength(first: number, last: number, sizeBytes: number | null): number {
  const end = last * chunkSizeBytes;
  return (sizeBytes === null ? end : Math.min(end, sizeBytes)) - chunkOffset(first);
}
