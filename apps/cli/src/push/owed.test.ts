import type { JournalRecord } from "@hawser/client";
import { expect, test } from "vitest";
import { OwedRecords, oneShotBytes } from "./owed.ts";
import type { LocalFile } from "./subject.ts";

const endpoint = "http://127.0.0.1:8080/";
const file: LocalFile = {
  path: "a.mov",
  realPath: "/films/a.mov",
  filename: "a.mov",
  relativePath: null,
  sizeBytes: 5_000_000,
  lastModified: "2026-11-20T10:00:00.123Z",
};

function record(id: string, change: Partial<JournalRecord> = {}, source: Partial<JournalRecord["source"]> = {}) {
  const { filename: name, sizeBytes, lastModified } = file;
  return {
    version: 1,
    id,
    endpoint,
    source: { name, sizeBytes, contentType: null, lastModified, ...source },
    origin: { kind: "path", path: file.realPath },
    upload: { id: `u-${id}`, runAlign: 1, maxRunChunks: 64 },
    createdAt: 1,
    ...change,
  } as JournalRecord;
}

test("[R1] [R3] certain is the record of this path, size and time, on this server", () => {
  const own = record("own");
  const others = [
    record("elsewhere", { endpoint: "http://other/" }),
    record("path", { origin: { kind: "path", path: "/films/b.mov" } }),
  ];
  const edited = [
    record("size", {}, { sizeBytes: 4 }),
    record("time", {}, { lastModified: "2026-11-20T10:00:00.124Z" }),
  ];
  const owed = new OwedRecords([...others, ...edited, own], endpoint);
  expect(owed.claim(file)).toEqual({ record: own, stale: edited });
  expect(owed.ofUpload("u-path")).toBe(others[1]);
  expect(owed.ofUpload("u-elsewhere")).toBeUndefined();
});

test("[R1] what the server never named is not certain, but for files that go in one request", () => {
  const unnamed = record("unnamed", { upload: null });
  expect(new OwedRecords([unnamed], endpoint).claim(file)).toEqual({ record: undefined, stale: [unnamed] });
  const small = { ...file, sizeBytes: oneShotBytes };
  const smallRecord = record("small", { upload: null }, { sizeBytes: oneShotBytes });
  expect(new OwedRecords([smallRecord], endpoint).claim(small)).toEqual({ record: smallRecord, stale: [] });
});

test("[R3] what standard input left is found by its name, newest first", () => {
  const [older, newer] = [1, 2].map((createdAt) =>
    record(`${createdAt}`, { origin: null, createdAt }, { sizeBytes: null }),
  );
  const owed = new OwedRecords([older as JournalRecord, record("file"), newer as JournalRecord], endpoint);
  expect(owed.ofStream("a.mov")).toEqual([newer, older]);
  expect(owed.ofStream("b.mov")).toEqual([]);
});
