import { createCipheriv, hash } from "node:crypto";
import { chunkOffset, countChunks, runLength } from "@hawser/protocol";

const aesBlockBytes = 16;
const sha256 = (bytes: Uint8Array): Buffer => hash("sha256", bytes, "buffer");

/** What a file consists of: the same bytes for the same seed. They are made whenever they are asked for. */
export class Content {
  readonly sizeBytes: number;
  /** SHA-256 of each chunk. */
  readonly digests: readonly Buffer[];
  readonly #key: Buffer;

  constructor(seed: string, sizeBytes: number) {
    this.#key = sha256(Buffer.from(seed)).subarray(0, aesBlockBytes);
    this.sizeBytes = sizeBytes;
    this.digests = Array.from({ length: countChunks(sizeBytes) }, (_, i) => sha256(this.chunk(i + 1)));
  }

  get chunkCount(): number {
    return this.digests.length;
  }

  get bytes(): Buffer {
    return this.run(1, this.chunkCount);
  }

  chunk(number: number): Buffer {
    return this.run(number, number);
  }

  run(first: number, last: number): Buffer {
    const counter = Buffer.alloc(aesBlockBytes);
    counter.writeUInt32BE(chunkOffset(first) / aesBlockBytes, aesBlockBytes - 4);
    const zeros = Buffer.alloc(Math.max(0, runLength(first, last, this.sizeBytes)));
    return createCipheriv("aes-128-ctr", this.#key, counter).update(zeros);
  }

  /** Tree digest, written here once more by its definition: neighbours joined, an odd one promoted. */
  get digest(): string {
    let level: readonly Buffer[] = this.digests.length === 0 ? [sha256(Buffer.alloc(0))] : this.digests;
    while (level.length > 1) {
      level = Array.from({ length: Math.ceil(level.length / 2) }, (_, i) => {
        const pair = level.slice(2 * i, 2 * i + 2);
        return pair.length === 2 ? sha256(Buffer.concat(pair)) : (pair[0] as Buffer);
      });
    }
    return `tree:${level[0]?.toString("hex")}`;
  }

  get sha256(): string {
    return sha256(this.bytes).toString("hex");
  }
}

/** The same bytes with one bit flipped at the end. */
export function damage(bytes: Uint8Array): Buffer {
  const damaged = Buffer.from(bytes);
  damaged[damaged.length - 1] = (damaged.at(-1) as number) ^ 1;
  return damaged;
}
