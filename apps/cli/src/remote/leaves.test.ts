import { formatTreeDigest, treeRoot } from "@hawser/protocol";
import { expect, test } from "vitest";
import { Leaves, sha256 } from "./leaves.ts";

test("[X5] digests noted in any order give the file's tree digest, for any number of chunks", () => {
  for (const count of [0, 1, 2, 3, 1023, 1024, 1025, 5000]) {
    const digests = Array.from({ length: count }, (_, index) => sha256(Buffer.from(`chunk ${index}`)));
    const leaves = new Leaves(count);
    for (let index = count - 1; index >= 0; index--) leaves.set(index + 1, digests[index] as Uint8Array);
    expect(leaves.treeDigest()).toBe(formatTreeDigest(treeRoot(digests, sha256)));
  }
});
