import { hash } from "node:crypto";
import { chunkLength, chunkOffset, formatTreeDigest, limits, treeRoot } from "@hawser/protocol";
import { testBytes } from "./scripted-body.ts";

/** Contents that files are made of. Any two of them differ in every byte, so no part of one passes for another. */
export const variants = ["a", "b", "c"] as const;
export type Variant = (typeof variants)[number];

const masks: Readonly<Record<Variant, number>> = { a: 0, b: 0x55, c: 0xaa };
const base = testBytes(21, 3 * limits.chunkSizeBytes);
const contents = new Map(variants.map((variant) => [variant, base.map((byte) => byte ^ masks[variant])]));
const digests = new Map<string, Uint8Array>();

export const sha256 = (bytes: Uint8Array): Uint8Array => new Uint8Array(hash("sha256", bytes, "buffer"));

/** Chunk `chunk` of a file of `sizeBytes` made of `variant`; cut off where the contents end. */
export function chunkOf(variant: Variant, chunk: number, sizeBytes: number | null): Uint8Array {
  const from = chunkOffset(chunk);
  return (contents.get(variant) as Uint8Array).subarray(from, from + chunkLength(chunk, sizeBytes));
}

/** Its SHA-256; computed once. */
export function digestOf(variant: Variant, chunk: number, sizeBytes: number | null): Uint8Array {
  const bytes = chunkOf(variant, chunk, sizeBytes);
  const name = `${variant} ${chunk} ${bytes.length}`;
  const digest = digests.get(name) ?? sha256(bytes);
  digests.set(name, digest);
  return digest;
}

/** The tree digest of a file whose chunks are made of these. */
export function treeDigestOf(chunks: readonly Variant[], sizeBytes: number): string {
  return formatTreeDigest(
    treeRoot(
      chunks.map((variant, i) => digestOf(variant, i + 1, sizeBytes)),
      sha256,
    ),
  );
}

/** The plain SHA-256 of such a file, hex. */
export function plainDigestOf(chunks: readonly Variant[], sizeBytes: number): string {
  return hash("sha256", Buffer.concat(chunks.map((variant, i) => chunkOf(variant, i + 1, sizeBytes))));
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

/** Whether the two agree as far as both go. */
export function agree(a: Uint8Array, b: Uint8Array): boolean {
  const overlap = Math.min(a.length, b.length);
  return equalBytes(a.subarray(0, overlap), b.subarray(0, overlap));
}
