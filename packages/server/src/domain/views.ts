import { countChunks, type File, limits, type Range, rangesOf, type Upload } from "@hawser/protocol";
import type { LedgerReader, UploadRecord } from "../ports/ledger.ts";
import { countMissing, isDamaged } from "./standing.ts";

/** ISO 8601 in UTC, as the protocol writes times. */
export function formatTime(at: number): string {
  return new Date(at).toISOString();
}

/** When an upload expires unless something happens; null once it is not active any more. */
export function expiryOf(record: UploadRecord, expiryMs: number): string | null {
  return record.state === "active" ? formatTime(record.lastActivityAt + expiryMs) : null;
}

/** A completed upload as the message of its file. */
export function toFile(record: UploadRecord): File {
  return {
    id: record.id,
    filename: record.filename,
    contentType: record.contentType,
    size: record.sizeBytes as number,
    digest: `tree:${record.digest}`,
    ...(record.sha256 === null ? {} : { sha256: record.sha256 }),
    metadata: record.metadata,
    ...(record.bundle === null ? {} : { bundle: record.bundle }),
    completedAt: formatTime(record.completedAt as number),
    url: `/files/${record.id}`,
  };
}

/**
 * An upload as its message.
 * @param damaged the chunks that were found damaged, as ranges
 */
export function toUpload(record: UploadRecord, damaged: readonly Range[], expiryMs: number): Upload {
  const { sizeBytes } = record;
  const isServed = record.state === "completed" && record.deletedAt === null && !isDamaged(record);
  return {
    id: record.id,
    state: record.state,
    filename: record.filename,
    contentType: record.contentType,
    size: sizeBytes,
    chunkSize: limits.chunkSizeBytes,
    totalChunks: sizeBytes === null ? null : countChunks(sizeBytes),
    receivedBytes: record.receivedBytes,
    missingCount: countMissing(record),
    ...(record.lastModified === null ? {} : { lastModified: record.lastModified }),
    metadata: record.metadata,
    evidence: record.evidence,
    priority: record.priority,
    ...(record.bundle === null ? {} : { bundle: record.bundle }),
    sealed: record.sealed,
    inspection: "none",
    jobs: [],
    createdAt: formatTime(record.createdAt),
    lastActivityAt: formatTime(record.lastActivityAt),
    expiresAt: expiryOf(record, expiryMs),
    ...(record.completedAt === null ? {} : { completedAt: formatTime(record.completedAt) }),
    ...(record.deletedAt === null ? {} : { deletedAt: formatTime(record.deletedAt) }),
    ...(damaged.length === 0 ? {} : { damaged: damaged.map(([first, last]) => [first, last]) }),
    ...(record.failure === null ? {} : { failure: record.failure }),
    ...(isServed ? { file: toFile(record) } : {}),
  };
}

/** An upload as its message, with what was found damaged of it. */
export async function readView(reader: LedgerReader, record: UploadRecord, expiryMs: number): Promise<Upload> {
  return toUpload(record, await readDamage(reader, record), expiryMs);
}

/** The damaged chunks of an upload, as ranges. */
async function readDamage(reader: LedgerReader, record: UploadRecord): Promise<Range[]> {
  if (record.state !== "active" && !isDamaged(record)) return [];
  return rangesOf((await reader.damages(record.key)).map(({ chunk }) => chunk).sort((a, b) => a - b));
}
