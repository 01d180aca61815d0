import { countChunks, HawserError, limits, type Sha256, toHex } from "@hawser/protocol";
import type { OneShotOutcome, OneShotRequest } from "../ports/facts.ts";
import type { Ledger, UploadRecord } from "../ports/ledger.ts";
import type { Description } from "./description.ts";
import { findKeyed, findOther, type KeyedRequest, keyBusy, keyRequest } from "./idempotency.ts";
import { describeOneShot } from "./one-shot-fields.ts";
import type { Removal } from "./removal.ts";
import { hasEnded, isDamaged, refuseEnded } from "./standing.ts";
import { toFile } from "./views.ts";

/** A one-shot request that may be carried out. */
export interface ReadOneShot {
  readonly description: Description;
  readonly keyed: KeyedRequest | null;
}

/** @throws HawserError `body_too_long`, `invalid_request`, `size_too_large` or `digest_required` */
export function readOneShot(request: OneShotRequest, maxSizeBytes: number, sha256: Sha256): ReadOneShot {
  const { owner, fields, sizeBytes, digests, idempotencyKey } = request;
  if (sizeBytes > limits.maxOneShotBytes) throw new HawserError("body_too_long");
  const description = describeOneShot(fields, sizeBytes, maxSizeBytes);
  if (digests.length !== countChunks(sizeBytes)) throw new HawserError("digest_required");
  const content = { fields, sizeBytes, digests: digests.map(toHex) };
  return { description, keyed: keyRequest({ owner, route: "one-shot", key: idempotencyKey, content }, sha256) };
}

/**
 * The upload that the key stands for. One that ended without a file gives the key free, with all that is left of it:
 * a body that proved wrong, or never came, must not keep the right one out. What was begun with it in chunks counts as
 * well, once it is complete.
 * @throws HawserError `idempotency_busy` while that is on its way
 */
export async function findEarlier(
  ledger: Ledger,
  removal: Removal,
  { description, keyed }: ReadOneShot,
): Promise<UploadRecord | undefined> {
  if (keyed === null) return undefined;
  const [earlier, other] = await ledger.read(async (reader) => [
    await findKeyed(reader, keyed),
    await findOther(reader, keyed, description),
  ]);
  if (other?.state === "completed") return other;
  if (other !== undefined) throw keyBusy();
  if (earlier === undefined || earlier.deletedAt !== null || !hasEnded(earlier)) return earlier;
  await removal.forget(earlier);
  return undefined;
}

/** @throws HawserError `gone` or `file_damaged` when the file cannot be had any more */
export function toOutcome(record: UploadRecord, created: boolean): OneShotOutcome {
  refuseEnded(record);
  if (isDamaged(record)) throw new HawserError("file_damaged");
  return { created, file: toFile(record) };
}
