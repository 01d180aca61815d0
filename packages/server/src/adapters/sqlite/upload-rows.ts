import type { SQLInputValue } from "node:sqlite";
import type { NewUpload, UploadPatch, UploadRecord } from "../../ports/ledger.ts";

/** A row of `uploads` under the column names of the schema. */
export interface UploadRow {
  readonly key: number;
  readonly id: string;
  readonly owner: string;
  readonly state: UploadRecord["state"];
  readonly filename: string;
  readonly content_type: string;
  readonly size_bytes: number | null;
  readonly last_modified: string | null;
  readonly metadata: string;
  readonly evidence: string;
  readonly priority: UploadRecord["priority"];
  readonly bundle: string | null;
  readonly sealed: number;
  readonly received_chunks: number;
  readonly received_bytes: number;
  readonly created_at: number;
  readonly last_activity_at: number;
  readonly completed_at: number | null;
  readonly ended_at: number | null;
  readonly deleted_at: number | null;
  readonly digest: string | null;
  readonly sha256: string | null;
  readonly failure: string | null;
  readonly bytes_in: UploadRecord["bytesIn"];
}

/** The column of each field that can be written. */
const columns: { readonly [Field in keyof NewUpload]: keyof UploadRow } = {
  id: "id",
  owner: "owner",
  state: "state",
  filename: "filename",
  contentType: "content_type",
  sizeBytes: "size_bytes",
  lastModified: "last_modified",
  metadata: "metadata",
  evidence: "evidence",
  priority: "priority",
  bundle: "bundle",
  sealed: "sealed",
  receivedChunks: "received_chunks",
  receivedBytes: "received_bytes",
  createdAt: "created_at",
  lastActivityAt: "last_activity_at",
  completedAt: "completed_at",
  endedAt: "ended_at",
  deletedAt: "deleted_at",
  digest: "digest",
  sha256: "sha256",
  failure: "failure",
  bytesIn: "bytes_in",
};

/** Columns and their values, in one order. */
interface ColumnValues {
  readonly names: readonly string[];
  readonly values: readonly SQLInputValue[];
}

/** What to write for the fields that `fields` has. */
export function toColumns(fields: NewUpload | UploadPatch): ColumnValues {
  const names: string[] = [];
  const values: SQLInputValue[] = [];
  for (const [field, column] of Object.entries(columns)) {
    const value: unknown = fields[field as keyof typeof fields];
    if (value === undefined) continue;
    names.push(column);
    values.push(toValue(value));
  }
  return { names, values };
}

/** Objects are kept as JSON, booleans as 0 and 1. */
function toValue(value: unknown): SQLInputValue {
  if (typeof value === "boolean") return value ? 1 : 0;
  if (typeof value === "object" && value !== null) return JSON.stringify(value);
  return value as SQLInputValue;
}

export function toUpload(row: UploadRow): UploadRecord {
  return {
    key: row.key,
    id: row.id,
    owner: row.owner,
    state: row.state,
    filename: row.filename,
    contentType: row.content_type,
    sizeBytes: row.size_bytes,
    lastModified: row.last_modified,
    metadata: JSON.parse(row.metadata),
    evidence: JSON.parse(row.evidence),
    priority: row.priority,
    bundle: parseNullable(row.bundle),
    sealed: row.sealed === 1,
    receivedChunks: row.received_chunks,
    receivedBytes: row.received_bytes,
    createdAt: row.created_at,
    lastActivityAt: row.last_activity_at,
    completedAt: row.completed_at,
    endedAt: row.ended_at,
    deletedAt: row.deleted_at,
    digest: row.digest,
    sha256: row.sha256,
    failure: parseNullable(row.failure),
    bytesIn: row.bytes_in,
  };
}

function parseNullable<T>(json: string | null): T | null {
  return json === null ? null : (JSON.parse(json) as T);
}
