import type { LedgerTransaction, NewUpload, UploadRecord } from "../ports/ledger.ts";
import type { Description } from "./description.ts";
import { bindKey, type KeyedRequest } from "./idempotency.ts";

/** A new upload of which nothing has arrived. */
export function newUpload(description: Description, id: string, owner: string, at: number): NewUpload {
  return {
    ...description,
    id,
    owner,
    state: "active",
    receivedChunks: 0,
    receivedBytes: 0,
    createdAt: at,
    lastActivityAt: at,
    completedAt: null,
    endedAt: null,
    deletedAt: null,
    digest: null,
    sha256: null,
    failure: null,
    bytesIn: "none",
  };
}

/** Writes a new upload down, with the key that its request came with. */
export async function insertUpload(
  tx: LedgerTransaction,
  upload: NewUpload,
  keyed: KeyedRequest | null,
): Promise<UploadRecord> {
  const key = await tx.insertUpload(upload);
  await bindKey(tx, keyed, upload.id);
  await tx.insertEvent(upload, "created", upload.createdAt, {});
  return { ...upload, key };
}
