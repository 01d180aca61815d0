import { countChunks, HawserError, limits, type Sha256, toHex } from "@hawser/protocol";
import type { LedgerTransaction, UploadRecord } from "../ports/ledger.ts";
import { applyChange } from "./transition.ts";
import { fileRoot } from "./tree.ts";

/** What is proven about a whole upload. */
export interface Proof {
  /** Tree digest, hex. */
  readonly digest: string;
  /** Plain SHA-256, hex, where somebody asked for it. */
  readonly sha256: string | null;
}

/** Computes the tree digest of an upload of known size whose chunks are all acknowledged. */
export async function readDigest(tx: LedgerTransaction, record: UploadRecord, sha256: Sha256): Promise<string> {
  return toHex(await fileRoot(tx, record.key, countChunks(record.sizeBytes as number), sha256));
}

/** active → assembling. */
export function beginAssembly(
  tx: LedgerTransaction,
  record: UploadRecord,
  at: number,
  askedSha256: string | null,
): Promise<UploadRecord> {
  const patch = { state: "assembling", sha256: askedSha256, failure: null } as const;
  return applyChange(tx, record, { kind: "assembly_started", at, patch });
}

/** assembling → completed: from the commit of this transaction on, there is a file. */
export function complete(tx: LedgerTransaction, record: UploadRecord, at: number, proof: Proof): Promise<UploadRecord> {
  const { digest, sha256 } = proof;
  const patch = { state: "completed", completedAt: at, digest, sha256 } as const;
  return applyChange(tx, record, { kind: "completed", at, patch, data: completedData({ ...record, digest }) });
}

/** What the event of a completed file says. */
export function completedData({
  sizeBytes,
  digest,
}: Pick<UploadRecord, "sizeBytes" | "digest">): Record<string, unknown> {
  return { size: sizeBytes, digest };
}

/**
 * assembling → active: the bytes do not have the digest that was asked for. The failure and the refuted digest stay
 * on record, so that whoever got a 202 learns it from the status and from asking again.
 */
export function reactivate(tx: LedgerTransaction, record: UploadRecord, at: number): Promise<UploadRecord> {
  const failure = { code: "file_mismatch", detail: "The whole file does not have the SHA-256 that was given." };
  const patch = { state: "active", failure, lastActivityAt: Math.max(record.lastActivityAt, at) } as const;
  return applyChange(tx, record, { kind: "reactivated", at, patch, data: failure });
}

/** Whether it is known already that the stored bytes do not have this SHA-256. */
export function isRefuted(record: UploadRecord, sha256: string | undefined): boolean {
  return sha256 !== undefined && record.failure?.code === "file_mismatch" && record.sha256 === sha256;
}

/**
 * The plain SHA-256 of a file, hex, as far as it is known. The tree over one chunk, or none, is the plain hash: such
 * files need no reading.
 */
export function plainDigest({ sizeBytes, digest, sha256 }: KnownFile): string | null {
  return sha256 ?? (sizeBytes !== null && sizeBytes <= limits.chunkSizeBytes ? digest : null);
}

type KnownFile = Pick<UploadRecord, "sizeBytes" | "digest" | "sha256">;

/**
 * Holds what a caller says about a file against what is known of it.
 * @throws HawserError `file_mismatch`
 */
export function compareFile(
  known: KnownFile,
  claim: { readonly size?: number; readonly digest?: string; readonly sha256?: string },
): void {
  const { sizeBytes, digest } = known;
  const sha256 = plainDigest(known);
  const isOther =
    (claim.size !== undefined && claim.size !== sizeBytes) ||
    (claim.digest !== undefined && digest !== null && claim.digest !== `tree:${digest}`) ||
    (claim.sha256 !== undefined && sha256 !== null && claim.sha256 !== sha256);
  if (isOther) throw new HawserError("file_mismatch");
}
