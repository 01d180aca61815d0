import { createCipheriv, createHash, hash } from "node:crypto";
import { Readable } from "node:stream";
import { chunkLength, countChunks, formatTreeDigest, limits, treeRoot } from "@hawser/protocol";

const { chunkSizeBytes } = limits;
const patternChunks = 64;

/** 64 MiB that look random and are the same in every run: a cipher's key stream. Made once, larger than the caches. */
const pattern = createCipheriv("aes-128-ctr", Buffer.alloc(16, 7), Buffer.alloc(16)).update(
  Buffer.alloc(patternChunks * chunkSizeBytes),
);

export function sha256(bytes: Uint8Array): Uint8Array {
  return hash("sha256", bytes, "buffer");
}

/** What a file of a given size contains: the pattern over and over, so that sending it costs the client little. */
export class Content {
  readonly sizeBytes: number;
  readonly chunks: number;
  readonly #digests = new Map<string, Uint8Array>();
  #sha256: string | undefined;

  constructor(sizeBytes: number) {
    this.sizeBytes = sizeBytes;
    this.chunks = countChunks(sizeBytes);
  }

  /** The bytes of consecutive chunks, without a copy. A run must not cross a multiple of 64 chunks. */
  run(first: number, last: number): Buffer {
    const start = ((first - 1) % patternChunks) * chunkSizeBytes;
    const end = start + (last - first) * chunkSizeBytes + chunkLength(last, this.sizeBytes);
    if (end > pattern.length) throw new Error("A run crosses the end of the pattern.");
    return pattern.subarray(start, end);
  }

  /** SHA-256 of each chunk of a run, computed now: what a client without its own cache has to do. */
  hashRun(first: number, last: number): Uint8Array[] {
    return this.#perChunk(first, last, (chunk) => sha256(this.run(chunk, chunk)));
  }

  /** SHA-256 of each chunk of a run, computed once. */
  digests(first: number, last: number): Uint8Array[] {
    return this.#perChunk(first, last, (chunk) => {
      const key = `${chunk % patternChunks} ${chunkLength(chunk, this.sizeBytes)}`;
      const known = this.#digests.get(key) ?? sha256(this.run(chunk, chunk));
      this.#digests.set(key, known);
      return known;
    });
  }

  treeDigest(): string {
    return formatTreeDigest(treeRoot(this.digests(1, this.chunks), sha256));
  }

  /** SHA-256 of the whole in hex, to compare with what was stored. */
  sha256(): string {
    if (this.#sha256 === undefined) {
      const whole = createHash("sha256");
      for (const piece of this.pieces(0, this.sizeBytes)) whole.update(piece);
      this.#sha256 = whole.digest("hex");
    }
    return this.#sha256;
  }

  /** Bytes `start` to `end` (not included; `start` on a chunk's first byte) as chunk-sized views. */
  *pieces(start: number, end: number): Generator<Buffer> {
    for (let position = start; position < end; position += chunkSizeBytes) {
      const chunk = position / chunkSizeBytes + 1;
      yield this.run(chunk, chunk).subarray(0, end - position);
    }
  }

  stream(start: number, end: number): Readable {
    return Readable.from(this.pieces(start, end), { objectMode: false, highWaterMark: chunkSizeBytes });
  }

  #perChunk(first: number, last: number, digest: (chunk: number) => Uint8Array): Uint8Array[] {
    return Array.from({ length: last - first + 1 }, (_, index) => digest(first + index));
  }
}

/** Small files that all differ: views of the pattern that start at different places. */
export function smallBody(index: number, sizeBytes: number): Buffer {
  const step = 4_099;
  const start = (index * step) % (pattern.length - sizeBytes);
  return pattern.subarray(start, start + sizeBytes);
}
