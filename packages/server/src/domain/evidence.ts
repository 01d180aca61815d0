import type { UploadRecord } from "../ports/ledger.ts";

/** What a caller knows about a file that it may have begun to send. */
export interface CheckQuery {
  readonly filename: string;
  readonly size?: number | undefined;
  readonly lastModified?: string | undefined;
  readonly sampledHash?: string | undefined;
  readonly sha256?: string | undefined;
}

/**
 * The uploads that may be this file, best evidence first and newer before older. One whose hash is known and differs
 * is another file and is left out.
 */
export function rankCandidates(query: CheckQuery, uploads: readonly UploadRecord[]): UploadRecord[] {
  return uploads
    .map((upload) => ({ upload, strength: strengthOf(query, upload) }))
    .filter(({ strength }) => strength > 0)
    .sort((a, b) => b.strength - a.strength || b.upload.createdAt - a.upload.createdAt)
    .map(({ upload }) => upload);
}

/** 5 full hash, 4 sampled hash, 3 time and size, 2 size, 1 name alone, 0 another file. */
function strengthOf(query: CheckQuery, upload: UploadRecord): number {
  const { sha256, sampledHash } = upload.evidence;
  if (differ(query.sha256, sha256)) return 0;
  if (query.sha256 !== undefined && query.sha256 === sha256) return 5;
  if (differ(query.sampledHash, sampledHash)) return 0;
  if (query.sampledHash !== undefined && query.sampledHash === sampledHash) return 4;
  if (query.size === undefined || query.size !== upload.sizeBytes) return 1;
  return query.lastModified !== undefined && query.lastModified === upload.lastModified ? 3 : 2;
}

function differ(given: string | undefined, known: string | undefined): boolean {
  return given !== undefined && known !== undefined && given !== known;
}
