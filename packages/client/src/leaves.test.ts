import { formatTreeDigest, treeRoot } from "@hawser/protocol";
import { sha256 } from "@noble/hashes/sha2.js";
import { expect, test } from "vitest";
import { Leaves } from "./leaves.ts";

const hash = async (bytes: Uint8Array) => sha256(bytes);
const digest = (text: string) => sha256(new TextEncoder().encode(text));

test("[X5] digests noted in any order give the protocol's tree digest, for any number of chunks", async () => {
  for (const count of [0, 1, 2, 3, 5, 511, 512, 513, 1_025]) {
    const digests = Array.from({ length: count }, (_, i) => digest(`chunk ${i}`));
    const leaves = new Leaves();
    for (let i = count - 1; i >= 0; i--) leaves.note(i + 1, digests[i] as Uint8Array);
    expect(await leaves.treeDigest(count, hash)).toBe(formatTreeDigest(treeRoot(digests, sha256)));
  }
});

test("[R9] other bytes at a place that was read before are noticed", () => {
  const leaves = new Leaves();
  expect(leaves.note(3, digest("a"))).toBe(true);
  expect(leaves.note(3, digest("a"))).toBe(true);
  expect(leaves.note(3, digest("b"))).toBe(false);
  expect(leaves.get(3)).toEqual(digest("a"));
  expect(leaves.get(2)).toBeUndefined();
});

test("[R9] only what the server acknowledged is agreed, and what was not read cannot be", () => {
  const leaves = new Leaves();
  leaves.note(1, digest("a"));
  leaves.note(2, digest("b"));
  leaves.agree(1, 3);
  expect([leaves.isAgreed(2), leaves.isAgreed(3), leaves.firstOpen(3), leaves.firstOpen(2)]).toEqual([
    true,
    false,
    3,
    undefined,
  ]);
  leaves.disagree();
  expect(leaves.firstOpen(2)).toBe(1);
  expect(leaves.get(2)).toEqual(digest("b"));
});
