import { chunkOffset, limits } from "@hawser/protocol";
import { checkId, checkSlot } from "../../ports/blob-slot.ts";
import type { BlobStore } from "../../ports/blob-store.ts";

const { chunkSizeBytes } = limits;

interface Blob {
  /** By chunk number; an array ends where the chunk's bytes end. */
  readonly chunks: Map<number, Uint8Array>;
  endBytes: number;
}

/** A store in memory, shaped as a disk is: any byte can be written at its place, and what was not reads as zeros. */
export function createMemoryStore(): BlobStore {
  const blobs = new Map<string, Blob>();

  function write(id: string, chunk: number, from: number, bytes: Uint8Array): void {
    const blob = blobs.get(id) ?? { chunks: new Map(), endBytes: 0 };
    blobs.set(id, blob);
    const before = blob.chunks.get(chunk) ?? new Uint8Array(0);
    const slot = new Uint8Array(Math.max(before.length, from + bytes.length));
    slot.set(before);
    slot.set(bytes, from);
    blob.chunks.set(chunk, slot);
    blob.endBytes = Math.max(blob.endBytes, chunkOffset(chunk) + slot.length);
  }

  async function read(id: string, position: number, target: Uint8Array): Promise<number> {
    checkId(id);
    const blob = blobs.get(id);
    if (blob === undefined) return 0;
    const count = Math.max(0, Math.min(target.length, blob.endBytes - position));
    target.fill(0, 0, count);
    let filled = 0;
    while (filled < count) {
      const chunk = Math.floor((position + filled) / chunkSizeBytes) + 1;
      const from = position + filled - chunkOffset(chunk);
      const length = Math.min(chunkSizeBytes - from, count - filled);
      target.set(blob.chunks.get(chunk)?.subarray(from, from + length) ?? [], filled);
      filled += length;
    }
    return count;
  }

  return {
    runAlign: 1,
    prefixInPlace: true,
    async writeChunks(id, first, chunks) {
      checkId(id);
      for (const [index, bytes] of chunks.entries()) checkSlot(first + index, 0, bytes.length);
      for (const [index, bytes] of chunks.entries()) write(id, first + index, 0, bytes);
    },
    async writePrefix(id, chunk, from, bytes) {
      checkId(id);
      checkSlot(chunk, from, bytes.length);
      write(id, chunk, from, bytes);
    },
    sync: async (id) => checkId(id),
    read,
    readPrefix: (id, chunk, target) => read(id, chunkOffset(chunk), target.subarray(0, chunkSizeBytes)),
    async remove(id) {
      checkId(id);
      blobs.delete(id);
    },
    async *list() {
      yield* [...blobs.keys()];
    },
    probe: async () => {},
    close: async () => {},
  };
}
