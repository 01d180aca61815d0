import { chunkLength, type Ranges, runLength } from "@hawser/protocol";
import { ChunkSet } from "./chunk-set.ts";
import type { Run } from "./plan.ts";

/** What the server has of one upload, and what is on its way there. */
export class Progress {
  #held = new ChunkSet();
  /** Durable prefixes that are counted as confirmed. */
  #prefixes = new Map<number, number>();
  readonly #travelling = new Map<Run, number>();
  /** Chunks that arrived damaged and are not confirmed yet. */
  readonly #damaged = new Set<number>();

  get held(): ChunkSet {
    return this.#held;
  }

  get inFlightBytes(): number {
    let bytes = 0;
    for (const sentBytes of this.#travelling.values()) bytes += sentBytes;
    return bytes;
  }

  get travelling(): Run[] {
    return [...this.#travelling.keys()];
  }

  get resendingChunks(): number {
    return this.#damaged.size;
  }

  prefixBytes(chunk: number): number {
    return this.#prefixes.get(chunk) ?? 0;
  }

  get prefixes(): [number, number][] {
    return [...this.#prefixes];
  }

  /** What the server says that it has, in place of what was known. */
  sync(received: Ranges, partialChunks: readonly (readonly [number, number])[]): void {
    this.#held = new ChunkSet(received);
    this.#prefixes = new Map(partialChunks);
  }

  start(run: Run): void {
    this.#travelling.set(run, 0);
  }

  sent(run: Run, sentBytes: number): void {
    if (this.#travelling.has(run)) this.#travelling.set(run, sentBytes);
  }

  end(run: Run): void {
    this.#travelling.delete(run);
  }

  /** The server holds the first `bytes` of a chunk; returns by how much that is more than before. */
  confirmPrefix(chunk: number, bytes: number): number {
    const moreBytes = this.#held.has(chunk) ? 0 : Math.max(0, bytes - this.prefixBytes(chunk));
    if (moreBytes > 0) this.#prefixes.set(chunk, bytes);
    return moreBytes;
  }

  damaged(chunk: number): void {
    this.#damaged.add(chunk);
  }

  /** Chunks that were acknowledged; returns the bytes of those of them that were not before. */
  confirm(ranges: Ranges, sizeBytes: number | null): number {
    let bytes = 0;
    for (const [first, last] of ranges) {
      for (const [from, to] of this.#held.add(first, last)) {
        bytes += runLength(from, to, sizeBytes);
        for (let chunk = from; chunk <= to; chunk++) {
          bytes -= Math.min(this.prefixBytes(chunk), chunkLength(chunk, sizeBytes));
          this.#prefixes.delete(chunk);
          this.#damaged.delete(chunk);
        }
      }
    }
    return bytes;
  }
}
