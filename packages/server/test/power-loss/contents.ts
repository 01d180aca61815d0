import { hash } from "node:crypto";
import { chunkLength, countChunks, formatTreeDigest, limits, toHex, treeRoot } from "@hawser/protocol";
import { testBytes } from "../support/scripted-body.ts";

/** Bytes of one chunk with their digest; the same object for the same bytes, so that a thousand states share them. */
export interface Content {
  readonly bytes: Uint8Array;
  readonly digest: Uint8Array;
  readonly hex: string;
}

export const sha256 = (bytes: Uint8Array): Uint8Array => hash("sha256", bytes, "buffer");

const kinds = 24;
const blocks = new Map<number, Uint8Array>();
const contents = new Map<string, Content>();
const byDigest = new Map<string, Content>();

/**
 * What chunk `chunk` of file number `file` holds. Neighbours in a file and neighbouring files differ.
 * @param variant another content for the same chunk, as from a source that changed
 */
export function contentOf(file: number, chunk: number, sizeBytes: number, variant: 0 | 1 = 0): Content {
  const kind = (file * 5 + chunk + variant * 11) % kinds;
  const name = `${kind} ${sizeBytes}`;
  const known = contents.get(name);
  if (known !== undefined) return known;
  const block = blocks.get(kind) ?? testBytes(kind + 1, limits.chunkSizeBytes);
  blocks.set(kind, block);
  const bytes = block.subarray(0, sizeBytes);
  const digest = sha256(bytes);
  const content = { bytes, digest, hex: toHex(digest) };
  contents.set(name, content);
  byDigest.set(content.hex, content);
  return content;
}

/** The content that has this digest, or undefined when nobody ever sent it. */
export function findContent(hex: string): Content | undefined {
  return byDigest.get(hex);
}

/** All chunks of a file. */
export function fileContents(file: number, sizeBytes: number): Content[] {
  return Array.from({ length: countChunks(sizeBytes) }, (_, index) =>
    contentOf(file, index + 1, chunkLength(index + 1, sizeBytes)),
  );
}

export function treeDigest(chunks: readonly Content[]): string {
  return formatTreeDigest(
    treeRoot(
      chunks.map(({ digest }) => digest),
      sha256,
    ),
  );
}

/** Plain SHA-256, hex, of chunks one after the other. */
export function plainDigest(chunks: readonly Content[]): string {
  return toHex(sha256(Buffer.concat(chunks.map(({ bytes }) => bytes))));
}
