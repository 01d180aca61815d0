import { chunkOffset, countChunks, formatDigestList } from "@hawser/protocol";
import { chunkOf, digestOf, type Variant } from "./contents.ts";
import type { WireRequest } from "./http-exchange.ts";

/** A run of a file of `size` made of `variant`, as it should be sent. */
export function runRequest(
  id: string,
  run: string,
  variant: Variant,
  size: number | null,
  headers: WireRequest["headers"] = {},
): WireRequest & { readonly body: Buffer } {
  const [first = 0, last = first] = run.split("-").map(Number);
  const chunks = Array.from({ length: last - first + 1 }, (_, i) => first + i);
  const digests = formatDigestList(chunks.map((chunk) => digestOf(variant, chunk, size)));
  const body = Buffer.concat(chunks.map((chunk) => chunkOf(variant, chunk, size)));
  return {
    method: "PUT",
    target: `/uploads/${id}/chunks/${run}`,
    headers: { "chunk-digests": digests, ...headers },
    body,
  };
}

/** A whole file made of `variant`. */
export function fileOf(variant: Variant, size: number): Buffer {
  const chunks = Array.from({ length: countChunks(size) }, (_, i) => i + 1);
  const file = Buffer.concat(chunks.map((chunk) => chunkOf(variant, chunk, size)));
  if (file.length !== size) throw new Error(`Contents end before ${chunkOffset(countChunks(size))}.`);
  return file;
}
