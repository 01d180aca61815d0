/** SHA-256 over one buffer; both sides pass in what their runtime has. */
export type Sha256 = (bytes: Uint8Array) => Uint8Array;

export const digestBytes = 32;
const hexPattern = /^[0-9a-f]{64}$/;
const treePattern = /^tree:[0-9a-f]{64}$/;
const byteSequencePattern = /^:([A-Za-z0-9+/]{43}=):$/;

const hexOfByte = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** Lower-case hex, as `sha256sum` prints it. */
export function toHex(digest: Uint8Array): string {
  let hex = "";
  // A page of a manifest has two million bytes to print.
  for (const byte of digest) hex += hexOfByte[byte];
  return hex;
}

/** The 32 bytes of 64 lower-case hex digits, or undefined when `hex` is anything else. */
export function fromHex(hex: string): Uint8Array | undefined {
  if (!hexPattern.test(hex)) return undefined;
  const digest = new Uint8Array(digestBytes);
  for (let i = 0; i < digestBytes; i++) digest[i] = Number.parseInt(hex.slice(i * 2, i * 2 + 2), 16);
  return digest;
}

export function isSha256Hex(text: string): boolean {
  return hexPattern.test(text);
}

export function isTreeDigest(text: string): boolean {
  return treePattern.test(text);
}

export function formatTreeDigest(root: Uint8Array): string {
  return `tree:${toHex(root)}`;
}

export function equalDigests(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/** An RFC 9651 list of byte sequences: `:BASE64:, :BASE64:`. */
export function formatDigestList(digests: readonly Uint8Array[]): string {
  return digests.map((digest) => `:${btoa(String.fromCharCode(...digest))}:`).join(", ");
}

/**
 * Reads a list of SHA-256 values in RFC 9651 form. Returns undefined unless every member is a byte
 * sequence of exactly 32 bytes; parameters are refused, since none is defined.
 */
export function parseDigestList(text: string): Uint8Array[] | undefined {
  const digests: Uint8Array[] = [];
  for (const member of text.split(",")) {
    const encoded = byteSequencePattern.exec(member.trim())?.[1];
    if (encoded === undefined) return undefined;
    const binary = atob(encoded);
    const digest = new Uint8Array(digestBytes);
    for (let i = 0; i < digestBytes; i++) digest[i] = binary.charCodeAt(i);
    digests.push(digest);
  }
  return digests;
}

/** Reads the SHA-256 of an RFC 9530 `Content-Digest` (`sha-256=:BASE64:`); other algorithms are passed over. */
export function parseContentDigest(text: string): Uint8Array | undefined {
  for (const member of text.split(",")) {
    const [name, ...value] = member.trim().split("=");
    if (name?.toLowerCase() === "sha-256") return parseDigestList(value.join("="))?.[0];
  }
  return undefined;
}

export function formatContentDigest(digest: Uint8Array): string {
  return `sha-256=${formatDigestList([digest])}`;
}

/**
 * Root of the SHA-256 tree hash over `leaves` (the digests of consecutive chunks): neighbours are joined
 * pairwise, an odd one is promoted, until one is left. No leaves: SHA-256 of nothing.
 * Source: Amazon S3 Glacier, "Computing Checksums".
 */
export function treeRoot(leaves: readonly Uint8Array[], sha256: Sha256): Uint8Array {
  if (leaves.length === 0) return sha256(new Uint8Array(0));
  let level = leaves;
  const pair = new Uint8Array(digestBytes * 2);
  while (level.length > 1) {
    const above: Uint8Array[] = [];
    for (let i = 0; i < level.length; i += 2) {
      const left = level[i] as Uint8Array;
      const right = level[i + 1];
      if (right === undefined) {
        above.push(left);
        continue;
      }
      pair.set(left, 0);
      pair.set(right, digestBytes);
      above.push(sha256(pair));
    }
    level = above;
  }
  return level[0] as Uint8Array;
}

/**
 * Chunks below one cached node of the tree hash. A node over 2^k aligned leaves is complete in itself, so the
 * root over the nodes' roots is the root over all leaves; only the last group may be short.
 */
export const treeGroupChunks = 1_024;
