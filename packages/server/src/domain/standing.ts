import { countChunks, HawserError, isUploadId } from "@hawser/protocol";
import type { LedgerReader, UploadRecord } from "../ports/ledger.ts";

/**
 * The upload that a caller asks for.
 * @throws HawserError `not_found` for an unknown, a malformed and someone else's id alike
 */
export async function findUpload(reader: LedgerReader, owner: string, id: string): Promise<UploadRecord> {
  const record = isUploadId(id) ? await reader.upload(owner, id) : undefined;
  if (record === undefined) throw new HawserError("not_found");
  return record;
}

/** Whether an upload ended without a file, or its file was deleted. */
export function hasEnded(record: UploadRecord): boolean {
  const { state } = record;
  return record.deletedAt !== null || state === "failed" || state === "cancelled" || state === "expired";
}

/** @throws HawserError `gone` with the state of an upload that has ended */
export function refuseEnded(record: UploadRecord): void {
  if (hasEnded(record)) throw new HawserError("gone", { state: record.state });
}

/** Chunks without a receipt; null while the size is unknown. */
export function countMissing(record: Pick<UploadRecord, "sizeBytes" | "receivedChunks">): number | null {
  return record.sizeBytes === null ? null : countChunks(record.sizeBytes) - record.receivedChunks;
}

/**
 * Whether chunks of a completed file were found damaged and are not filled again yet. A completed upload has a
 * receipt for every chunk, so the sums alone tell.
 */
export function isDamaged(record: UploadRecord): boolean {
  return record.state === "completed" && countMissing(record) !== 0;
}
