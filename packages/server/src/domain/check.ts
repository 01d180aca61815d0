import { type Candidate, type CheckResponse, isSha256Hex, limits, normalizeFilename } from "@hawser/protocol";
import type { ByteKeeper } from "../ports/byte-keeper.ts";
import type { Ledger, LedgerReader, UploadRecord } from "../ports/ledger.ts";
import { invalid, readTime } from "./description.ts";
import { type CheckQuery, rankCandidates } from "./evidence.ts";
import type { ResolvedOptions } from "./options.ts";
import { readChunkPage } from "./pages.ts";
import { isSize } from "./sizes.ts";
import { formatTime } from "./views.ts";

/** Missing ranges that a candidate is described with; `/resume` has them all. */
const candidateCaps = { ranges: 100, receipts: 4_096 };

export interface Check {
  /** The caller's active uploads that may be this file, best evidence first. */
  check(owner: string, query: CheckQuery): Promise<CheckResponse>;
}

export function createCheck(ledger: Ledger, bytes: Pick<ByteKeeper, "runAlign">, options: ResolvedOptions): Check {
  async function toCandidate(reader: LedgerReader, record: UploadRecord): Promise<Candidate> {
    const { missing } = await readChunkPage(reader, record, 1, candidateCaps);
    return {
      id: record.id,
      filename: record.filename,
      size: record.sizeBytes,
      ...(record.lastModified === null ? {} : { lastModified: record.lastModified }),
      evidence: record.evidence,
      receivedBytes: record.receivedBytes,
      missingChunks: missing,
      runAlign: bytes.runAlign,
      createdAt: formatTime(record.createdAt),
      expiresAt: formatTime(record.lastActivityAt + options.expiryMs),
    };
  }

  return {
    async check(owner, query) {
      const asked = readQuery(query);
      return ledger.read(async (reader) => {
        const { filename, size } = asked;
        const found = await reader.candidates(owner, filename, size ?? null, limits.maxCandidates);
        const candidates: Candidate[] = [];
        for (const record of rankCandidates(asked, found)) candidates.push(await toCandidate(reader, record));
        return { candidates };
      });
    },
  };
}

/** Brings a query into the forms in which uploads are kept. @throws HawserError `invalid_request` */
function readQuery(query: CheckQuery): CheckQuery {
  const filename = normalizeFilename(query.filename);
  if (filename === undefined) throw invalid("filename");
  if (query.size !== undefined && !isSize(query.size)) throw invalid("size");
  if (query.sampledHash !== undefined && !isSha256Hex(query.sampledHash)) throw invalid("sampledHash");
  if (query.sha256 !== undefined && !isSha256Hex(query.sha256)) throw invalid("sha256");
  const { lastModified } = query;
  return { ...query, filename, lastModified: lastModified === undefined ? undefined : readTime(lastModified) };
}
