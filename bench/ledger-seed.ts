// Writes facts straight into the ledger of a stopped server, where receiving them would take hours. It multiplies
// rows that a real server has made, so that every column has a value that the server itself would write.
import { closeSync, openSync, readdirSync, readSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { countChunks, limits } from "@hawser/protocol";

const databaseMark = "SQLite format 3\0";

function openLedger(folder: string): DatabaseSync {
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile() && startsWith(path, databaseMark)) return new DatabaseSync(path);
  }
  throw new Error("The data folder has no ledger.");
}

function startsWith(path: string, mark: string): boolean {
  const fd = openSync(path, "r");
  try {
    const head = Buffer.alloc(mark.length);
    readSync(fd, head, 0, head.length, 0);
    return head.toString("latin1") === mark;
  } finally {
    closeSync(fd);
  }
}

function inTransaction(folder: string, work: (database: DatabaseSync) => void): void {
  const database = openLedger(folder);
  try {
    database.exec("BEGIN");
    work(database);
    database.exec("COMMIT");
    database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  } finally {
    database.close();
  }
}

/** Makes the only upload, which has chunk 1, one of `sizeBytes` that has every odd chunk. */
export function fillEverySecondChunk(folder: string, sizeBytes: number): void {
  inTransaction(folder, (database) => {
    const chunks = countChunks(sizeBytes);
    const receipts = Math.ceil(chunks / 2);
    database
      .prepare(
        `WITH RECURSIVE odd (chunk) AS (SELECT 3 UNION ALL SELECT chunk + 2 FROM odd WHERE chunk + 2 <= ?)
         INSERT INTO receipts (upload, chunk, size_bytes, digest)
         SELECT upload, odd.chunk, size_bytes, digest FROM receipts, odd WHERE receipts.chunk = 1`,
      )
      .run(chunks);
    database
      .prepare("UPDATE uploads SET size_bytes = ?, received_chunks = ?, received_bytes = ?")
      .run(sizeBytes, receipts, receipts * limits.chunkSizeBytes);
  });
}

/**
 * Copies each upload that is there, with its receipts, events and small body, until there are `uploads` of them.
 * The copies get ids of their own; their chunks in the blob store do not exist.
 */
export function multiplyUploads(folder: string, uploads: number): void {
  inTransaction(folder, (database) => {
    const templates = database.prepare("SELECT key FROM uploads").all() as { key: number }[];
    const copies = Math.ceil(uploads / templates.length) - 1;
    for (const { key } of templates) copyUpload(database, key, copies);
  });
}

function copyUpload(database: DatabaseSync, key: number, copies: number): void {
  const columns = (table: string) => {
    const rows = database.prepare(`SELECT name FROM pragma_table_info('${table}')`).all() as { name: string }[];
    return rows.map(({ name }) => name);
  };
  const highest = (database.prepare("SELECT max(key) AS key FROM uploads").get() as { key: number }).key;
  const own = columns("uploads").filter((name) => name !== "key" && name !== "id");
  database
    .prepare(
      `WITH RECURSIVE copy (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM copy WHERE number < ?1)
       INSERT INTO uploads (id, ${own.join(", ")})
       SELECT lower(hex(randomblob(16))), ${own.join(", ")} FROM uploads, copy WHERE key = ?2`,
    )
    .run(copies, key);
  for (const table of ["receipts", "events", "small_bodies", "tree_nodes"]) {
    const rest = columns(table).filter((name) => name !== "upload" && name !== "seq");
    database
      .prepare(
        `INSERT INTO ${table} (upload, ${rest.join(", ")})
         SELECT copy.key, ${rest.map((name) => `own.${name}`).join(", ")}
         FROM uploads AS copy, ${table} AS own WHERE copy.key > ?1 AND own.upload = ?2`,
      )
      .run(highest, key);
  }
}
