import type { LedgerTransaction, UploadRecord } from "../ports/ledger.ts";
import { applyChange } from "./transition.ts";

/**
 * active → cancelled or expired. Whether or not a receipt says so, a request in flight may have written bytes; so the
 * row says that there are some, until they were looked for and removed.
 */
export function endUpload(
  tx: LedgerTransaction,
  record: UploadRecord,
  state: "cancelled" | "expired",
  at: number,
): Promise<UploadRecord> {
  return applyChange(tx, record, { kind: state, at, patch: { state, endedAt: at, bytesIn: "blobs" } });
}
