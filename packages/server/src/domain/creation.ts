import type { Sha256 } from "@hawser/protocol";
import type { Clock, CreateId } from "../ports/clock.ts";
import type { Ledger, LedgerTransaction, NewUpload, UploadRecord } from "../ports/ledger.ts";
import { completedData, type Proof } from "./completion.ts";
import type { Description } from "./description.ts";
import type { Changes } from "./events.ts";
import { bindKey, type KeyedRequest, type KeysInUse } from "./idempotency.ts";
import type { ResolvedOptions } from "./options.ts";
import type { Removal } from "./removal.ts";
import type { Space } from "./space.ts";

/** What it takes to begin an upload, whichever way it comes. */
export interface CreationParts {
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly createId: CreateId;
  readonly sha256: Sha256;
  readonly changes: Changes;
  readonly keysInUse: KeysInUse;
  readonly removal: Removal;
  readonly space: Space;
  readonly options: ResolvedOptions;
}

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
  const record = { ...upload, key: await tx.insertUpload(upload) };
  await bindKey(tx, keyed, upload.id);
  await tx.insertEvent(record, "created", upload.createdAt, {});
  return record;
}

/** What has arrived of an upload, and where it is. */
export type Received = Pick<NewUpload, "receivedChunks" | "receivedBytes" | "bytesIn">;

/**
 * Writes a small file down whose bytes and proof are at hand: it begins as completed, with one event. Receipts and
 * body follow in the same transaction.
 */
export async function insertFile(
  tx: LedgerTransaction,
  upload: NewUpload,
  received: Received,
  proof: Proof,
): Promise<UploadRecord> {
  const at = upload.createdAt;
  const file: NewUpload = { ...upload, ...received, ...proof, state: "completed", completedAt: at };
  const key = await tx.insertUpload(file);
  await tx.insertEvent({ ...file, key }, "completed", at, completedData(file));
  return { ...file, key };
}
