import type { UploadState } from "@hawser/protocol";
import type { NewUpload, Totals, UploadPatch, UploadRecord } from "../../ports/ledger.ts";
import type { Connection } from "./connection.ts";
import { toColumns, toUpload, type UploadRow } from "./upload-rows.ts";

/** Word for word the conditions of the partial indexes, else SQLite would not use them. */
const underWay = "state IN ('active', 'assembling')";
const ended = "(state IN ('failed', 'cancelled', 'expired') OR deleted_at IS NOT NULL)";

export function selectUpload(connection: Connection, owner: string, id: string): UploadRecord | undefined {
  const row = connection.get<UploadRow>("SELECT * FROM uploads WHERE id = ? AND owner = ?", id, owner);
  return row && toUpload(row);
}

export function selectAnyUpload(connection: Connection, id: string): UploadRecord | undefined {
  const row = connection.get<UploadRow>("SELECT * FROM uploads WHERE id = ?", id);
  return row && toUpload(row);
}

export function selectUploadByKey(connection: Connection, key: number): UploadRecord | undefined {
  const row = connection.get<UploadRow>("SELECT * FROM uploads WHERE key = ?", key);
  return row && toUpload(row);
}

export function selectUploadsInState(
  connection: Connection,
  state: "active" | "assembling",
  limit: number,
  idleSince = Number.MAX_SAFE_INTEGER,
): UploadRecord[] {
  const sql = `
    SELECT * FROM uploads
    WHERE state = ? AND last_activity_at <= ? AND ${underWay}
    ORDER BY last_activity_at, key LIMIT ?`;
  return connection.all<UploadRow>(sql, state, idleSince, limit).map(toUpload);
}

export function selectCandidates(
  connection: Connection,
  owner: string,
  filename: string,
  sizeBytes: number | null,
  limit: number,
): UploadRecord[] {
  const sql = `
    SELECT * FROM uploads
    WHERE state = 'active' AND owner = ?1 AND filename = ?2
      AND (?3 IS NULL OR size_bytes IS NULL OR size_bytes = ?3)
    ORDER BY key DESC LIMIT ?4`;
  return connection.all<UploadRow>(sql, owner, filename, sizeBytes, limit).map(toUpload);
}

export function selectFiles(
  connection: Connection,
  owner: string,
  limit: number,
  before = Number.MAX_SAFE_INTEGER,
): UploadRecord[] {
  const sql = `
    SELECT * FROM uploads
    WHERE state = 'completed' AND deleted_at IS NULL AND owner = ? AND key < ?
    ORDER BY key DESC LIMIT ?`;
  return connection.all<UploadRow>(sql, owner, before, limit).map(toUpload);
}

export function selectUploadsOnTheirWay(
  connection: Connection,
  owner: string,
  limit: number,
  before = Number.MAX_SAFE_INTEGER,
  bundleId?: string,
): UploadRecord[] {
  const select = `SELECT * FROM uploads WHERE owner = ? AND key < ? AND ${underWay}`;
  const rows =
    bundleId === undefined
      ? connection.all<UploadRow>(`${select} ORDER BY key DESC LIMIT ?`, owner, before, limit)
      : connection.all<UploadRow>(
          `${select} AND bundle IS NOT NULL AND bundle ->> '$.id' = ? ORDER BY key DESC LIMIT ?`,
          ...[owner, before, bundleId, limit],
        );
  return rows.map(toUpload);
}

export function selectAwaitingRemoval(connection: Connection, limit: number): UploadRecord[] {
  const sql = `
    SELECT * FROM uploads WHERE bytes_in <> 'none' AND ${ended}
    ORDER BY ended_at, key LIMIT ?`;
  return connection.all<UploadRow>(sql, limit).map(toUpload);
}

export function selectExpiredTombstones(connection: Connection, endedBefore: number, limit: number): UploadRecord[] {
  const sql = `
    SELECT * FROM uploads WHERE bytes_in = 'none' AND ${ended} AND ended_at <= ?
    ORDER BY ended_at, key LIMIT ?`;
  return connection.all<UploadRow>(sql, endedBefore, limit).map(toUpload);
}

export function selectTotals(connection: Connection, owner: string): Totals {
  const sql = `
    SELECT active_uploads AS activeUploads, files, file_bytes AS fileBytes
    FROM totals WHERE owner = ?`;
  return { activeUploads: 0, files: 0, fileBytes: 0, ...connection.get<Totals>(sql, owner) };
}

export function insertUpload(connection: Connection, upload: NewUpload): number {
  const { names, values } = toColumns(upload);
  const sql = `INSERT INTO uploads (${names.join(", ")}) VALUES (${names.map(() => "?").join(", ")})`;
  return connection.run(sql, ...values).lastKey;
}

/** Compare-and-set on the state. The sums of `totals` move only when `state`, `size_bytes` or `deleted_at` is named. */
export function updateUpload(connection: Connection, key: number, expected: UploadState, patch: UploadPatch): boolean {
  const { names, values } = toColumns(patch);
  if (names.length === 0) {
    return connection.get("SELECT 1 FROM uploads WHERE key = ? AND state = ?", key, expected) !== undefined;
  }
  const assignments = names.map((name) => `${name} = ?`).join(", ");
  const sql = `UPDATE uploads SET ${assignments} WHERE key = ? AND state = ?`;
  return connection.run(sql, ...values, key, expected).changes === 1;
}

/** Refused by the foreign keys while the upload has children. */
export function deleteUpload(connection: Connection, key: number): void {
  connection.run("DELETE FROM events WHERE upload = ?", key);
  connection.run("DELETE FROM idempotency WHERE upload = ?", key);
  connection.run("DELETE FROM uploads WHERE key = ?", key);
}
