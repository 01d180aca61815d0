import { HawserError } from "@hawser/protocol";
import type { EventKind, UploadEvent } from "../../ports/event-bus.ts";
import type { IdempotencyRecord } from "../../ports/ledger.ts";
import type { Connection } from "./connection.ts";

interface EventRow {
  readonly seq: number;
  readonly uploadId: string;
  readonly owner: string;
  readonly kind: EventKind;
  readonly at: number;
  readonly data: string;
}

export function selectEventsAfter(connection: Connection, seq: number, limit: number, key?: number): UploadEvent[] {
  const select = `
    SELECT seq, uploads.id AS uploadId, owner, kind, at, data
    FROM events JOIN uploads ON uploads.key = events.upload`;
  const rows =
    key === undefined
      ? connection.all<EventRow>(`${select} WHERE seq > ? ORDER BY seq LIMIT ?`, seq, limit)
      : connection.all<EventRow>(`${select} WHERE upload = ? AND seq > ? ORDER BY seq LIMIT ?`, key, seq, limit);
  return rows.map((row) => ({ ...row, data: JSON.parse(row.data) }));
}

export function selectLastEventSeq(connection: Connection): number {
  return connection.get<{ seq: number }>("SELECT seq FROM sqlite_sequence WHERE name = 'events'")?.seq ?? 0;
}

/** Refused by the foreign key when there is no such upload. */
export function insertEvent(
  connection: Connection,
  upload: number,
  kind: EventKind,
  at: number,
  data: Record<string, unknown>,
): void {
  connection.run(
    "INSERT INTO events (upload, kind, at, data) VALUES (?, ?, ?, ?)",
    upload,
    kind,
    at,
    JSON.stringify(data),
  );
}

export function selectIdempotency(
  connection: Connection,
  owner: string,
  route: string,
  key: string,
): IdempotencyRecord | undefined {
  const sql = `
    SELECT fingerprint, uploads.id AS uploadId
    FROM idempotency JOIN uploads ON uploads.key = idempotency.upload
    WHERE idempotency.owner = ? AND route = ? AND idempotency.key = ?`;
  const row = connection.get<IdempotencyRecord>(sql, owner, route, key);
  return row && { ...row };
}

export function insertIdempotency(
  connection: Connection,
  owner: string,
  route: string,
  key: string,
  { fingerprint, uploadId }: IdempotencyRecord,
): void {
  const sql = `
    INSERT INTO idempotency (owner, route, key, fingerprint, upload)
    SELECT ?, ?, ?, ?, key FROM uploads WHERE id = ?`;
  const { changes } = connection.run(sql, owner, route, key, fingerprint, uploadId);
  if (changes === 0) throw new HawserError("internal", { detail: `Key of the unknown upload ${uploadId}.` });
}
