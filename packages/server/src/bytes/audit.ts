import { createHash, hash } from "node:crypto";
import { chunkLength, chunkOffset, equalDigests, HawserError } from "@hawser/protocol";
import type { BlobStore } from "../ports/blob-store.ts";
import { type BufferPool, pieceSizesBytes } from "./buffer-pool.ts";

/** Reads chunks back and returns the numbers of those whose bytes do not have their digest. One chunk in memory. */
export async function findDamaged(
  store: BlobStore,
  pool: BufferPool,
  upload: { readonly id: string; readonly sizeBytes: number },
  chunks: readonly { readonly chunk: number; readonly digest: Uint8Array }[],
): Promise<number[]> {
  const damaged: number[] = [];
  const lease = await pool.acquire(pieceSizesBytes[0]);
  try {
    for (const { chunk, digest } of chunks) {
      const target = lease.bytes.subarray(0, chunkLength(chunk, upload.sizeBytes));
      const read = await store.read(upload.id, chunkOffset(chunk), target);
      if (read < target.length || !equalDigests(hash("sha256", target, "buffer"), digest)) damaged.push(chunk);
    }
  } finally {
    lease.release();
  }
  return damaged;
}

/** Plain SHA-256 of a stored file, read in chunks. */
export async function hashWhole(
  store: BlobStore,
  pool: BufferPool,
  id: string,
  sizeBytes: number,
): Promise<Uint8Array> {
  const whole = createHash("sha256");
  const lease = await pool.acquire(pieceSizesBytes[0]);
  try {
    for (let at = 0; at < sizeBytes; ) {
      const target = lease.bytes.subarray(0, Math.min(lease.bytes.length, sizeBytes - at));
      const read = await store.read(id, at, target);
      if (read === 0) throw new HawserError("internal", { detail: "a stored file is shorter than its size" });
      whole.update(target.subarray(0, read));
      at += read;
    }
  } finally {
    lease.release();
  }
  return whole.digest();
}
