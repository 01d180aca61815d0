import type { HawserError } from "@hawser/protocol";
import { expect, test } from "vitest";
import { mebibyte } from "../../test/support/domain-stage.ts";
import { checkSize, type Extent } from "./sizes.ts";

const nothing: Extent = { highestChunk: 0, lastReceiptBytes: null, lastPrefixBytes: null };

test.each<[string, number, Extent, string | null]>([
  ["an empty file of which nothing came", 0, nothing, null],
  [
    "a size whose last chunk came whole",
    2 * mebibyte,
    { ...nothing, highestChunk: 2, lastReceiptBytes: mebibyte },
    null,
  ],
  ["a prefix as long as the last chunk", 10, { ...nothing, highestChunk: 1, lastPrefixBytes: 10 }, null],
  ["an empty file of which a chunk came", 0, { ...nothing, highestChunk: 1 }, "size_conflict"],
  ["a chunk beyond the end", 2 * mebibyte, { ...nothing, highestChunk: 3 }, "size_conflict"],
  [
    "a full chunk where the last is shorter",
    mebibyte + 1,
    { ...nothing, highestChunk: 2, lastReceiptBytes: mebibyte },
    "size_conflict",
  ],
  ["a prefix longer than the last chunk", 10, { ...nothing, highestChunk: 1, lastPrefixBytes: 11 }, "size_conflict"],
  ["more than the server takes", 9 * mebibyte + 1, nothing, "size_too_large"],
])("[S2] %s", (_, sizeBytes, extent, code) => {
  const check = () => checkSize(sizeBytes, extent, 9 * mebibyte);
  if (code === null) expect(check).not.toThrow();
  else expect(check).toThrow(expect.objectContaining({ code }) as HawserError);
});
