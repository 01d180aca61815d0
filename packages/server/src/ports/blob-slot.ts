import { HawserError, isUploadId, limits } from "@hawser/protocol";

/** Refuses what is no id before anything is derived from it. @throws HawserError `not_found` */
export function checkId(id: string): void {
  if (!isUploadId(id)) throw new HawserError("not_found", { detail: "Malformed upload id." });
}

/** Refuses bytes that would leave the slot of their chunk. @throws HawserError `invalid_chunk` */
export function checkSlot(chunk: number, from: number, sizeBytes: number): void {
  const isSlot = Number.isSafeInteger(chunk) && chunk >= 1 && Number.isSafeInteger(from) && from >= 0;
  if (!isSlot || from + sizeBytes > limits.chunkSizeBytes) {
    throw new HawserError("invalid_chunk", { detail: `Bytes ${from}+${sizeBytes} leave the slot of chunk ${chunk}.` });
  }
}
