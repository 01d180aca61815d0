import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { newUpload, receipt } from "../../../test/contracts/ledger-samples.ts";
import { insertReceipts, selectReceipts } from "./chunks.ts";
import { type Connection, openWriter } from "./connection.ts";
import { openSqliteLedger } from "./ledger.ts";
import { migrate } from "./migrate.ts";
import { first } from "./migrations/0001-first.ts";
import { insertUpload, selectAnyUpload } from "./uploads.ts";

let folder: string;
let path: string;
let writer: Connection;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hawser-migrate-"));
  path = join(folder, "ledger.db");
  writer = openWriter(path, () => {});
});
afterEach(async () => {
  writer.close();
  await rm(folder, { recursive: true });
});

const schemaNumber = () => writer.get<{ user_version: number }>("PRAGMA user_version")?.user_version;
const tables = () => writer.all<{ name: string }>("SELECT name FROM sqlite_schema WHERE type = 'table'").length;

test("[R12] an empty database gets the schema once, and a second start changes nothing", () => {
  expect(schemaNumber()).toBe(0);
  migrate(writer);
  expect(schemaNumber()).toBe(2);
  const before = writer.all("SELECT * FROM sqlite_schema");
  migrate(writer);
  expect(writer.all("SELECT * FROM sqlite_schema")).toEqual(before);
});

test("[R12] rows written under the first schema are there under every later one", () => {
  migrate(writer, [first]);
  const key = insertUpload(writer, newUpload({ id: "old" }));
  insertReceipts(writer, key, [receipt(1)]);
  migrate(writer);
  expect(selectAnyUpload(writer, "old")).toEqual({ ...newUpload({ id: "old" }), key });
  expect(selectReceipts(writer, key, 1, 9, 9)).toEqual([receipt(1)]);
});

test("[R12] only missing migrations run, in order, each with its number", () => {
  migrate(writer, ["CREATE TABLE one (a) "]);
  migrate(writer, ["CREATE TABLE one (a)", "ALTER TABLE one ADD b; CREATE TABLE two (a)", "DROP TABLE two"]);
  expect(schemaNumber()).toBe(3);
  expect(tables()).toBe(1);
});

test("[R12] a migration that fails leaves the schema of the one before", () => {
  const migrations = ["CREATE TABLE one (a)", "CREATE TABLE two (a); CREATE TABLE two (a)"];
  expect(() => migrate(writer, migrations)).toThrow(expect.objectContaining({ code: "internal" }));
  expect(schemaNumber()).toBe(1);
  expect(tables()).toBe(1);
});

test("[R12] a database of a newer release is refused and left as it is", async () => {
  migrate(writer);
  writer.script("PRAGMA user_version = 99");
  await expect(openSqliteLedger({ path })).rejects.toMatchObject({
    code: "unavailable",
    message: expect.stringContaining("schema 99"),
  });
  expect(schemaNumber()).toBe(99);
});
