import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Connection, openReader, openWriter } from "./connection.ts";
import * as events from "./events.ts";
import { migrate } from "./migrate.ts";
import * as uploads from "./uploads.ts";

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hawser-connection-"));
  path = join(folder, "ledger.db");
});
afterEach(() => rm(folder, { recursive: true }));

const neverFatal = (error: Error) => {
  throw error;
};
const pragma = (connection: Connection, name: string) =>
  Object.values(connection.get<Record<string, unknown>>(`PRAGMA ${name}`) ?? {})[0];

test("[X1] the writer syncs every commit of its log and minds foreign keys", () => {
  const writer = openWriter(path, neverFatal);
  expect(pragma(writer, "journal_mode")).toBe("wal");
  expect(pragma(writer, "synchronous")).toBe(2);
  expect(pragma(writer, "foreign_keys")).toBe(1);
  expect(pragma(writer, "busy_timeout")).toBe(5_000);
  writer.close();
});

test("[X1] a database that cannot have a log is refused", () => {
  expect(() => openWriter(":memory:", neverFatal)).toThrow(
    expect.objectContaining({ code: "unavailable", message: expect.stringContaining("journal_mode=wal") }),
  );
});

test("[X1] the reader cannot write", () => {
  const writer = openWriter(path, neverFatal);
  migrate(writer);
  const seen: string[] = [];
  const reader = openReader(path, ({ code }) => seen.push(code));
  expect(() => reader.run("DELETE FROM uploads")).toThrow();
  expect(seen).toEqual(["storage_fenced"]);
  reader.close();
  writer.close();
});

test("[S15] a database that another process has locked is busy, and that is no reason to fence", () => {
  const writer = openWriter(path, neverFatal);
  migrate(writer);
  writer.script("PRAGMA busy_timeout = 0");
  const foreign = new DatabaseSync(path);
  foreign.exec("BEGIN IMMEDIATE");
  expect(() => writer.run("BEGIN IMMEDIATE")).toThrow(expect.objectContaining({ code: "unavailable" }));
  foreign.close();
  writer.run("BEGIN IMMEDIATE");
  writer.close();
});

test("[S10] every list of the sweep and of people comes from an index, without sorting", () => {
  const writer = openWriter(path, neverFatal);
  migrate(writer);
  const asked: string[] = [];
  const watched = Object.create(writer, {
    all: {
      value: (sql: string) => {
        asked.push(sql);
        return [];
      },
    },
    get: { value: (sql: string) => void asked.push(sql) },
  }) as Connection;
  uploads.selectUpload(watched, "o", "i");
  uploads.selectUploadsInState(watched, "active", 1);
  uploads.selectCandidates(watched, "o", "f", 1, 1);
  uploads.selectFiles(watched, "o", 1);
  uploads.selectAwaitingRemoval(watched, 1);
  uploads.selectExpiredTombstones(watched, 1, 1);
  uploads.selectTotals(watched, "o");
  uploads.selectUploadsOnTheirWay(watched, "o", 1);
  uploads.selectUploadsOnTheirWay(watched, "o", 1, 9, "b");
  events.selectEventsAfter(watched, 1, 1);
  events.selectEventsAfter(watched, 1, 1, 7);
  const plans = asked.map((sql) =>
    writer.all<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`).map(({ detail }) => detail.replace(/ \(.*/, "")),
  );
  expect(plans).toEqual([
    ["SEARCH uploads USING INDEX sqlite_autoindex_uploads_1"],
    ["SEARCH uploads USING INDEX uploads_under_way"],
    ["SEARCH uploads USING INDEX uploads_active_by_name"],
    ["SEARCH uploads USING INDEX uploads_files"],
    ["SCAN uploads USING INDEX uploads_awaiting_removal"],
    ["SEARCH uploads USING INDEX uploads_tombstones"],
    ["SEARCH totals USING PRIMARY KEY"],
    ["SEARCH uploads USING INDEX uploads_on_their_way"],
    ["SEARCH uploads USING INDEX uploads_on_their_way_by_bundle"],
    ["SEARCH events USING INTEGER PRIMARY KEY", "SEARCH uploads USING INTEGER PRIMARY KEY"],
    ["SEARCH uploads USING INTEGER PRIMARY KEY", "SEARCH events USING INDEX events_by_upload"],
  ]);
  writer.close();
});
