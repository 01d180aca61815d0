import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  equalDigests,
  formatContentDigest,
  formatDigestList,
  formatTreeDigest,
  fromHex,
  isSha256Hex,
  isTreeDigest,
  parseContentDigest,
  parseDigestList,
  toHex,
  treeGroupChunks,
  treeRoot,
} from "./digests.ts";
import { limits } from "./limits.ts";

const sha256 = (bytes: Uint8Array): Uint8Array => createHash("sha256").update(bytes).digest();
const digest = fc.uint8Array({ minLength: 32, maxLength: 32 });
const emptySha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

describe("hex", () => {
  test("[S4] is what sha256sum prints, and reads back", () => {
    expect(toHex(sha256(new TextEncoder().encode("abc")))).toBe(
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    );
    fc.assert(
      fc.property(digest, (bytes) => {
        expect(toHex(bytes)).toBe(Buffer.from(bytes).toString("hex"));
        expect(fromHex(toHex(bytes))).toEqual(bytes);
        expect(isSha256Hex(toHex(bytes))).toBe(true);
        expect(isTreeDigest(formatTreeDigest(bytes))).toBe(true);
      }),
    );
  });

  test.each([
    ["upper case", emptySha256.toUpperCase()],
    ["a digit too few", emptySha256.slice(1)],
    ["a digit too many", `${emptySha256}0`],
    ["a line end", `${emptySha256}\n`],
    ["another letter", `g${emptySha256.slice(1)}`],
    ["nothing", ""],
  ])("[S4] with %s is refused", (_, text) => {
    expect(fromHex(text)).toBeUndefined();
    expect(isSha256Hex(text)).toBe(false);
    expect(isTreeDigest(`tree:${text}`)).toBe(false);
  });

  test("[X5] a tree digest is never taken for a plain one", () => {
    expect(isTreeDigest(emptySha256)).toBe(false);
    expect(isSha256Hex(`tree:${emptySha256}`)).toBe(false);
  });

  test("[S4] digests are equal when every byte is, and only then", () => {
    fc.assert(
      fc.property(digest, fc.nat(255), (bytes, bit) => {
        const flipped = bytes.slice();
        flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(equalDigests(bytes, bytes.slice())).toBe(true);
        expect(equalDigests(bytes, flipped)).toBe(false);
        expect(equalDigests(bytes, bytes.subarray(1))).toBe(false);
      }),
    );
  });
});

describe("header lists", () => {
  const encoded = formatDigestList([new Uint8Array(32)]);

  test("[S4] come back as they went, as many as a run has chunks", () => {
    fc.assert(
      fc.property(fc.array(digest, { minLength: 1, maxLength: limits.maxRunChunks }), (digests) => {
        expect(parseDigestList(formatDigestList(digests))).toEqual(digests);
      }),
    );
  });

  test("[S4] are RFC 9651 byte sequences; white space around members counts nothing", () => {
    expect(encoded).toBe(":AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=:");
    expect(parseDigestList(`${encoded},${encoded}\t,  ${encoded}`)).toHaveLength(3);
  });

  test.each([
    ["nothing", ""],
    ["an empty member", `${encoded},`],
    ["no colons", encoded.slice(1, -1)],
    ["31 bytes", `:${Buffer.alloc(31).toString("base64")}:`],
    ["33 bytes", `:${Buffer.alloc(33).toString("base64")}:`],
    ["base64url", `:${"-_".repeat(21)}A=:`],
    ["no padding", encoded.replace("=", "")],
    ["a parameter", `${encoded};a=1`],
    ["hex", emptySha256],
    ["a token", "sha-256"],
    ["a space inside", encoded.replace("AA", "A A")],
  ])("[S4] with %s are refused", (_, text) => {
    expect(parseDigestList(text)).toBeUndefined();
    expect(parseDigestList(`${encoded}, ${text}`)).toBeUndefined();
  });

  test("[S4] no text makes reading throw", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(..."Aa0+/=:,; \t-") })), (text) => {
        for (const each of parseDigestList(text) ?? []) expect(each).toHaveLength(32);
        parseContentDigest(text);
      }),
    );
  });
});

describe("Content-Digest", () => {
  test("[S4] carries the SHA-256, alone or among others", () => {
    fc.assert(
      fc.property(digest, (bytes) => {
        const own = formatContentDigest(bytes);
        expect(parseContentDigest(own)).toEqual(bytes);
        expect(parseContentDigest(`md5=:AAAAAAAAAAAAAAAAAAAAAA==:, ${own}`)).toEqual(bytes);
      }),
    );
  });

  test.each(["", "md5=:AAAAAAAAAAAAAAAAAAAAAA==:", "sha-256", "sha-256=abc", "sha-256=:AAAA:", "sha-512=:AAAA:"])(
    "[S4] without a SHA-256 in it is refused: %s",
    (text) => {
      expect(parseContentDigest(text)).toBeUndefined();
    },
  );
});

/** The definition, read literally: split at the largest power of two below the number of leaves. */
function recursiveRoot(leaves: readonly Uint8Array[]): Uint8Array {
  if (leaves.length === 0) return sha256(new Uint8Array(0));
  if (leaves.length === 1) return leaves[0] as Uint8Array;
  let half = 1;
  while (half * 2 < leaves.length) half *= 2;
  return sha256(Buffer.concat([recursiveRoot(leaves.slice(0, half)), recursiveRoot(leaves.slice(half))]));
}

function leavesOf(content: Uint8Array): Uint8Array[] {
  const leaves: Uint8Array[] = [];
  for (let at = 0; at < content.length; at += limits.chunkSizeBytes) {
    leaves.push(sha256(content.subarray(at, at + limits.chunkSizeBytes)));
  }
  return leaves;
}

describe("the tree digest", () => {
  /** Repeated characters, as the published vectors have them; sizes in MiB. */
  const published: [source: string, character: string, sizeBytes: number, root: string][] = [
    ["AWS SDK for C++", "0", 2 * 1_048_576, "489117033ee4cf06991b60ce56830ac409862a6ec8afdfb3b510e8fad3b80d24"],
    ["AWS SDK for C++", "0", 3 * 1_048_576, "940257b3e0d13f92c98dc3fc32182e3acd07a81fe82f2b2dcd1802e1eedc5a3c"],
    ["AWS SDK for C++", "0", 4 * 1_048_576, "0c2c286faeadbb8ef7aab5e1198af77b1c00d6ff634a739f0e4d55ea3a40ad2d"],
    [
      "AWS SDKs for Ruby, JavaScript, Go, C++",
      "0",
      5_767_168,
      "154e26c78fd74d0c2c9b3cc4644191619dc4f2cd539ae2a74d5fd07957a3ee6a",
    ],
    ["AWS SDK for C++", "0", 8 * 1_048_576, "ff9ea39186cb33cd5ade7aca078e297a1622f8c1abdd4cc47bcbf66dc5877e1f"],
    ["boto", "a", 1_048_576, "9bc1b2a288b26af7257a36277ae3816a7d4f16e89c1e7e77d0a5c48bad62b360"],
    ["boto", "a", 2 * 1_048_576, "560c2c9333c719cb00cfdffee3ba293db17f58743cdd1f7e4055373ae6300afa"],
    ["boto", "a", 4 * 1_048_576, "9491cb2ed1d4e7cd53215f4017c23ec4ad21d7050a1e6bb636c4f67e8cddb844"],
    ["boto", "a", 4 * 1_048_576 + 20, "12f3cbd6101b981cde074039f6f728071da8879d6f632de8afc7cdf00661b08f"],
    ["boto", "a", 0, emptySha256],
  ];
  test.each(published)("[X5] agrees with Glacier's vectors (%s: %s, %i bytes)", (_, character, sizeBytes, root) => {
    expect(formatTreeDigest(treeRoot(leavesOf(Buffer.alloc(sizeBytes, character)), sha256))).toBe(`tree:${root}`);
  });

  test("[X5] agrees with the definition read literally, for any number of leaves", () => {
    fc.assert(
      fc.property(fc.array(digest, { maxLength: 300 }), (leaves) => {
        expect(toHex(treeRoot(leaves, sha256))).toBe(toHex(recursiveRoot(leaves)));
      }),
    );
  });

  test("[X5] over the roots of whole groups is the digest over all chunks", () => {
    const counts = [
      1,
      treeGroupChunks - 1,
      treeGroupChunks,
      treeGroupChunks + 1,
      3 * treeGroupChunks,
      5 * treeGroupChunks + 7,
    ];
    for (const count of counts) {
      const leaves = Array.from({ length: count }, (_, index) => sha256(Uint8Array.of(index & 255, index >> 8)));
      const nodes: Uint8Array[] = [];
      for (let at = 0; at < count; at += treeGroupChunks) {
        nodes.push(treeRoot(leaves.slice(at, at + treeGroupChunks), sha256));
      }
      expect(toHex(treeRoot(nodes, sha256))).toBe(toHex(treeRoot(leaves, sha256)));
    }
  });

  test("[X5] tells any changed, missing, added or swapped chunk", () => {
    const leaves = fc.uniqueArray(digest, { minLength: 2, maxLength: 40, selector: toHex });
    fc.assert(
      fc.property(leaves, fc.nat(), digest, (chunks, seed, other) => {
        fc.pre(!chunks.some((chunk) => equalDigests(chunk, other)));
        const root = toHex(treeRoot(chunks, sha256));
        const at = seed % chunks.length;
        const next = (at + 1) % chunks.length;
        const swapped = chunks.with(at, chunks[next] ?? other).with(next, chunks[at] ?? other);
        for (const changed of [
          chunks.with(at, other),
          chunks.toSpliced(at, 1),
          chunks.toSpliced(at, 0, other),
          swapped,
        ]) {
          expect(toHex(treeRoot(changed, sha256))).not.toBe(root);
        }
      }),
    );
  });

  test("[X5] leaves the chunks' digests as they were", () => {
    const leaves = [1, 2, 3, 4, 5].map((byte) => sha256(Uint8Array.of(byte)));
    const before = leaves.map(toHex);
    treeRoot(leaves, sha256);
    expect(leaves.map(toHex)).toEqual(before);
  });
});
