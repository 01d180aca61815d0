import { expect, test } from "vitest";
import { isNotModified, parseRange, rangeCounts } from "./byte-ranges.ts";

test.each([
  ["bytes=0-0", [[0, 0]]],
  ["bytes=0-", [[0, 99]]],
  ["bytes=10-19", [[10, 19]]],
  ["bytes=90-1000", [[90, 99]]],
  ["bytes=-5", [[95, 99]]],
  ["bytes=-1000", [[0, 99]]],
  [
    "Bytes = 1-2 , 4-5",
    [
      [1, 2],
      [4, 5],
    ],
  ],
  ["bytes=0-1,200-300", [[0, 1]]],
  ["bytes=100-", []],
  ["bytes=-0", []],
  ["bytes=200-300,400-", []],
])("[S1] the range %s of 100 bytes", (header, ranges) => expect(parseRange(header, 100)).toEqual(ranges));

test.each([
  "bytes=5-4",
  "bytes=",
  "bytes",
  "bytes=a-b",
  "bytes=1-2=3",
  "bytes=+1-2",
  "bytes=1-2,",
  "bytes=--1",
  "items=0-1",
  "bytes=0-99,0-99",
  `bytes=${Array.from({ length: 17 }, (_, i) => `${i}-${i}`).join(",")}`,
])("[S15] the range %s is passed over", (header) => expect(parseRange(header, 100)).toBeNull());

test("[S1] an empty file has no ranges", () => {
  expect(parseRange("bytes=0-", 0)).toEqual([]);
  expect(parseRange("bytes=-1", 0)).toEqual([]);
});

const validators = { etag: '"abc-100"', lastModified: Date.parse("2026-11-20T10:00:00Z") };
const at = "Fri, 20 Nov 2026 10:00:00 GMT";
const before = "Fri, 20 Nov 2026 09:59:59 GMT";

test("[S1] a caller that has the file is told so", () => {
  const notModified = (headers: Record<string, string>) => isNotModified(headers, validators);
  expect(notModified({})).toBe(false);
  expect(notModified({ "if-none-match": '"abc-100"' })).toBe(true);
  expect(notModified({ "if-none-match": '"x", W/"abc-100"' })).toBe(true);
  expect(notModified({ "if-none-match": "*" })).toBe(true);
  expect(notModified({ "if-none-match": '"x"' })).toBe(false);
  expect(notModified({ "if-modified-since": at })).toBe(true);
  expect(notModified({ "if-modified-since": before })).toBe(false);
  expect(notModified({ "if-modified-since": "soon" })).toBe(false);
  expect(notModified({ "if-none-match": '"x"', "if-modified-since": at })).toBe(false);
});

test("[S1] If-Range lets a range count for the very same bytes only", () => {
  const counts = (ifRange?: string) => rangeCounts(ifRange === undefined ? {} : { "if-range": ifRange }, validators);
  expect([counts(), counts('"abc-100"'), counts(at)]).toEqual([true, true, true]);
  expect([counts('W/"abc-100"'), counts('"x"'), counts(before), counts("")]).toEqual([false, false, false, false]);
});
