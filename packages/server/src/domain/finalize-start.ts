import { type FinalizeRequest, HawserError, type Sha256 } from "@hawser/protocol";
import type { LedgerTransaction, UploadRecord } from "../ports/ledger.ts";
import { beginAssembly, compareFile, complete, isRefuted, plainDigest, readDigest } from "./completion.ts";
import { checkSize, readExtent } from "./sizes.ts";
import { countMissing } from "./standing.ts";
import { applyChange } from "./transition.ts";

export interface StartParts {
  readonly at: number;
  readonly sha256: Sha256;
  readonly maxSizeBytes: number;
}

/**
 * The checks of finalize and the change of state, in one transaction. Where nothing has to be read back, the file is
 * complete with it: finishing costs one sync, whatever the size. Returns the upload as it is then; an active one still
 * has chunks missing.
 * @throws HawserError `size_unknown`, `size_conflict`, `size_too_large` or `file_mismatch`; nothing has changed then
 */
export async function startFinalize(
  tx: LedgerTransaction,
  found: UploadRecord,
  body: FinalizeRequest,
  parts: StartParts,
): Promise<UploadRecord> {
  if (found.state !== "active") return found;
  const { at, sha256 } = parts;
  const record = await settleSize(tx, found, body.size, parts);
  if (countMissing(record) !== 0) return record;
  if (isRefuted(record, body.sha256)) throw new HawserError("file_mismatch");
  const digest = await readDigest(tx, record, sha256);
  const known = { sizeBytes: record.sizeBytes, digest, sha256: null };
  compareFile(known, body);
  const asked = body.sha256 ?? null;
  const assembling = await beginAssembly(tx, record, at, asked);
  if (asked !== null && plainDigest(known) === null) return assembling;
  return complete(tx, assembling, at, { digest, sha256: asked });
}

/** Fixes an unknown size. It stays fixed when chunks are missing of a file of that size: now it is known which. */
async function settleSize(
  tx: LedgerTransaction,
  record: UploadRecord,
  sizeBytes: number | undefined,
  { at, maxSizeBytes }: StartParts,
): Promise<UploadRecord> {
  if (record.sizeBytes !== null) {
    if (sizeBytes !== undefined && sizeBytes !== record.sizeBytes) throw new HawserError("file_mismatch");
    return record;
  }
  if (sizeBytes === undefined) throw new HawserError("size_unknown");
  checkSize(sizeBytes, await readExtent(tx, record.key, sizeBytes), maxSizeBytes);
  return applyChange(tx, record, { kind: "size_fixed", at, patch: { sizeBytes }, data: { size: sizeBytes } });
}
