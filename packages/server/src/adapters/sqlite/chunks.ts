import { digestBytes } from "@hawser/protocol";
import type { Damage, Prefix, Receipt } from "../../ports/ledger.ts";
import type { Connection } from "./connection.ts";

type ReceiptTuple = [chunk: number, sizeBytes: number, digestHex: string];

export function selectReceipt(connection: Connection, upload: number, chunk: number): Receipt | undefined {
  return selectReceipts(connection, upload, chunk, chunk, 1)[0];
}

/**
 * The digests share one buffer: a buffer for each would cost more than all the rest, and be the garbage collector's
 * burden. So they come as hex, which is twice as fast as blobs.
 */
export function selectReceipts(
  connection: Connection,
  upload: number,
  first: number,
  last: number,
  limit: number,
): Receipt[] {
  const sql = `
    SELECT chunk, size_bytes, hex(digest) FROM receipts
    WHERE upload = ? AND chunk BETWEEN ? AND ?
    ORDER BY chunk LIMIT ?`;
  const tuples = connection.tuples<ReceiptTuple>(sql, upload, first, last, limit);
  const digests = new Uint8Array(Buffer.from(tuples.map(([, , hex]) => hex).join(""), "hex"));
  return tuples.map(([chunk, sizeBytes], index) => {
    const from = index * digestBytes;
    return { chunk, sizeBytes, digest: digests.subarray(from, from + digestBytes) };
  });
}

export function countReceipts(connection: Connection, upload: number, first: number, last: number): number {
  const sql = "SELECT count(*) AS count FROM receipts WHERE upload = ? AND chunk BETWEEN ? AND ?";
  return connection.get<{ count: number }>(sql, upload, first, last)?.count ?? 0;
}

export function selectHighestChunk(connection: Connection, upload: number): number {
  const sql = `
    SELECT max(
      coalesce((SELECT max(chunk) FROM receipts WHERE upload = ?1), 0),
      coalesce((SELECT max(chunk) FROM prefixes WHERE upload = ?1), 0)
    ) AS highest`;
  return connection.get<{ highest: number }>(sql, upload)?.highest ?? 0;
}

export function selectPrefixes(
  connection: Connection,
  upload: number,
  first: number,
  last: number,
  limit: number,
): Prefix[] {
  const sql = `
    SELECT chunk, size_bytes FROM prefixes
    WHERE upload = ? AND chunk BETWEEN ? AND ?
    ORDER BY chunk LIMIT ?`;
  return connection
    .tuples<[number, number]>(sql, upload, first, last, limit)
    .map(([chunk, sizeBytes]) => ({ chunk, sizeBytes }));
}

export function selectDamages(connection: Connection, upload: number): Damage[] {
  const sql = "SELECT chunk, digest FROM damages WHERE upload = ? ORDER BY chunk";
  return connection.tuples<[number, Uint8Array]>(sql, upload).map(([chunk, digest]) => ({ chunk, digest }));
}

export function selectTreeNodes(connection: Connection, upload: number): { group: number; root: Uint8Array }[] {
  const sql = "SELECT chunk_group, root FROM tree_nodes WHERE upload = ? ORDER BY chunk_group";
  return connection.tuples<[number, Uint8Array]>(sql, upload).map(([group, root]) => ({ group, root }));
}

export function selectSmallBody(connection: Connection, upload: number): Uint8Array | undefined {
  return connection.get<{ bytes: Uint8Array }>("SELECT bytes FROM small_bodies WHERE upload = ?", upload)?.bytes;
}

/** The first receipt of a chunk stands. */
export function insertReceipts(connection: Connection, upload: number, receipts: readonly Receipt[]): void {
  const sql = "INSERT INTO receipts VALUES (?, ?, ?, ?) ON CONFLICT (upload, chunk) DO NOTHING";
  for (const { chunk, sizeBytes, digest } of receipts) connection.run(sql, upload, chunk, sizeBytes, digest);
}

export function deleteReceipts(connection: Connection, upload: number, first: number, last: number): void {
  connection.run("DELETE FROM receipts WHERE upload = ? AND chunk BETWEEN ? AND ?", upload, first, last);
}

export function putPrefix(connection: Connection, upload: number, { chunk, sizeBytes }: Prefix): void {
  const sql = `
    INSERT INTO prefixes VALUES (?, ?, ?)
    ON CONFLICT (upload, chunk) DO UPDATE SET size_bytes = excluded.size_bytes`;
  connection.run(sql, upload, chunk, sizeBytes);
}

export function deletePrefixes(connection: Connection, upload: number, chunks: readonly number[]): void {
  for (const chunk of chunks) connection.run("DELETE FROM prefixes WHERE upload = ? AND chunk = ?", upload, chunk);
}

export function putDamages(connection: Connection, upload: number, damages: readonly Damage[]): void {
  const sql = `
    INSERT INTO damages VALUES (?, ?, ?)
    ON CONFLICT (upload, chunk) DO UPDATE SET digest = excluded.digest`;
  for (const { chunk, digest } of damages) connection.run(sql, upload, chunk, digest);
}

export function deleteDamage(connection: Connection, upload: number, chunk: number): void {
  connection.run("DELETE FROM damages WHERE upload = ? AND chunk = ?", upload, chunk);
}

export function putTreeNode(connection: Connection, upload: number, group: number, root: Uint8Array): void {
  const sql = `
    INSERT INTO tree_nodes VALUES (?, ?, ?)
    ON CONFLICT (upload, chunk_group) DO UPDATE SET root = excluded.root`;
  connection.run(sql, upload, group, root);
}

export function deleteTreeNode(connection: Connection, upload: number, group: number): void {
  connection.run("DELETE FROM tree_nodes WHERE upload = ? AND chunk_group = ?", upload, group);
}

export function insertSmallBody(connection: Connection, upload: number, bytes: Uint8Array): void {
  connection.run("INSERT INTO small_bodies VALUES (?, ?)", upload, bytes);
}

/** The tables below an upload, each with the rest of its primary key. */
const childTables: readonly (readonly [table: string, column: string])[] = [
  ["receipts", "chunk"],
  ["prefixes", "chunk"],
  ["damages", "chunk"],
  ["tree_nodes", "chunk_group"],
  ["small_bodies", "upload"],
];

/** Removes at most `limit` rows over all child tables; true when none is left. */
export function deleteChildren(connection: Connection, upload: number, limit: number): boolean {
  let left = limit;
  for (const [table, column] of childTables) {
    const sql = `
      DELETE FROM ${table} WHERE upload = ?1 AND ${column} IN (
        SELECT ${column} FROM ${table} WHERE upload = ?1 ORDER BY ${column} LIMIT ?2
      )`;
    left -= connection.run(sql, upload, left).changes;
  }
  return left > 0 || !hasChildren(connection, upload);
}

function hasChildren(connection: Connection, upload: number): boolean {
  const tables = childTables.map(([table]) => `SELECT 1 FROM ${table} WHERE upload = ?1`);
  return connection.get(`${tables.join(" UNION ALL ")} LIMIT 1`, upload) !== undefined;
}
