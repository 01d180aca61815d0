import { HawserError, limits } from "@hawser/protocol";
import { checkId, checkSlot } from "../../ports/blob-slot.ts";
import type { BlobStore } from "../../ports/blob-store.ts";

const { chunkSizeBytes } = limits;

export interface PartStoreOptions {
  /** Chunks in a part. Default: 1. */
  readonly partChunks?: number;
}

/** One upload's objects. None is ever changed: a put replaces it by a new one. */
interface Objects {
  /** By part number, from 0. */
  readonly parts: Map<number, Uint8Array>;
  /** By chunk number. */
  readonly prefixes: Map<number, Uint8Array>;
}

/**
 * A store in memory, shaped as S3 is: a part is one object of `partChunks` chunks, put whole; nothing is written at
 * a position. A prefix is an object of its own. It stays when its chunk comes with a part, because it may be all that
 * is acknowledged of the chunk until the ledger has the receipt.
 */
export function createPartStore({ partChunks = 1 }: PartStoreOptions = {}): BlobStore {
  return new PartStore(partChunks);
}

class PartStore implements BlobStore {
  readonly runAlign: number;
  readonly prefixInPlace = false;
  readonly #uploads = new Map<string, Objects>();

  constructor(partChunks: number) {
    this.runAlign = partChunks;
  }

  async writeChunks(id: string, first: number, chunks: readonly Uint8Array[]): Promise<void> {
    checkId(id);
    this.#checkRun(first, chunks);
    const { parts } = this.#objectsOf(id);
    for (let index = 0; index < chunks.length; index += this.runAlign) {
      parts.set((first - 1 + index) / this.runAlign, concatenate(chunks.slice(index, index + this.runAlign)));
    }
  }

  async writePrefix(id: string, chunk: number, from: number, bytes: Uint8Array): Promise<void> {
    checkId(id);
    checkSlot(chunk, from, bytes.length);
    const { prefixes } = this.#objectsOf(id);
    const before = prefixes.get(chunk) ?? new Uint8Array(0);
    if (from > before.length) throw new HawserError("offset_conflict", { prefix: before.length });
    prefixes.set(chunk, concatenate([before.subarray(0, from), bytes, before.subarray(from + bytes.length)]));
  }

  async sync(id: string): Promise<void> {
    checkId(id);
  }

  async read(id: string, position: number, target: Uint8Array): Promise<number> {
    checkId(id);
    const partBytes = this.runAlign * chunkSizeBytes;
    let filled = 0;
    while (filled < target.length) {
      const number = Math.floor((position + filled) / partBytes);
      const from = position + filled - number * partBytes;
      const piece = this.#uploads
        .get(id)
        ?.parts.get(number)
        ?.subarray(from, from + target.length - filled);
      if (piece === undefined || piece.length === 0) break;
      target.set(piece, filled);
      filled += piece.length;
    }
    return filled;
  }

  async readPrefix(id: string, chunk: number, target: Uint8Array): Promise<number> {
    checkId(id);
    const piece = this.#uploads.get(id)?.prefixes.get(chunk)?.subarray(0, target.length) ?? new Uint8Array(0);
    target.set(piece);
    return piece.length;
  }

  async remove(id: string): Promise<void> {
    checkId(id);
    this.#uploads.delete(id);
  }

  async *list(): AsyncGenerator<string> {
    yield* [...this.#uploads.keys()];
  }

  async probe(): Promise<void> {}

  async close(): Promise<void> {}

  #objectsOf(id: string): Objects {
    const objects = this.#uploads.get(id) ?? { parts: new Map(), prefixes: new Map() };
    this.#uploads.set(id, objects);
    return objects;
  }

  #checkRun(first: number, chunks: readonly Uint8Array[]): void {
    for (const [index, bytes] of chunks.entries()) {
      checkSlot(first + index, 0, bytes.length);
      if (index < chunks.length - 1 && bytes.length < chunkSizeBytes) {
        throw new HawserError("invalid_chunk", { detail: "Only a file's last chunk may be shorter." });
      }
    }
    if ((first - 1) % this.runAlign !== 0) {
      throw new HawserError("invalid_chunk", { detail: `Runs start at a multiple of ${this.runAlign} chunks.` });
    }
  }
}

function concatenate(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let position = 0;
  for (const piece of pieces) {
    whole.set(piece, position);
    position += piece.length;
  }
  return whole;
}
