import { digestBytes, equalDigests, formatTreeDigest } from "@hawser/protocol";
import type { Platform } from "./platform.ts";

type Hash = Platform["sha256"];

/** Digests that are joined at once; each is a call to the platform. */
const joinsAtOnce = 256;
const unknown = 0;
const known = 1;
const agreed = 2;

/**
 * The digests of a file's chunks as they become known, in any order; 33 bytes a chunk. A digest is agreed when the
 * server has acknowledged it.
 */
export class Leaves {
  #digests = new Uint8Array(0);
  #standing = new Uint8Array(0);

  get(chunk: number): Uint8Array | undefined {
    if ((this.#standing[chunk - 1] ?? unknown) === unknown) return undefined;
    return this.#digests.subarray((chunk - 1) * digestBytes, chunk * digestBytes);
  }

  isAgreed(chunk: number): boolean {
    return this.#standing[chunk - 1] === agreed;
  }

  /** Notes what was read; false when other bytes were read there before. */
  note(chunk: number, digest: Uint8Array): boolean {
    const before = this.get(chunk);
    if (before !== undefined) return equalDigests(before, digest);
    if (chunk > this.#standing.length) this.#grow(chunk);
    this.#standing[chunk - 1] = known;
    this.#digests.set(digest, (chunk - 1) * digestBytes);
    return true;
  }

  /** The server holds these chunks with the digests noted here. */
  agree(first: number, last: number): void {
    for (let chunk = first; chunk <= last; chunk++) if (this.get(chunk)) this.#standing[chunk - 1] = agreed;
  }

  /** The first of `totalChunks` chunks that is not agreed, from `from` on; undefined when all are. */
  firstOpen(totalChunks: number, from = 1): number | undefined {
    for (let chunk = from; chunk <= totalChunks; chunk++) if (!this.isAgreed(chunk)) return chunk;
    return undefined;
  }

  /** Nothing is agreed any more; what was read stays known. */
  disagree(): void {
    for (const [i, standing] of this.#standing.entries()) if (standing === agreed) this.#standing[i] = known;
  }

  /**
   * The file's digest, `tree:HEX`, over the first `totalChunks` digests, which have to be known. Neighbours are joined
   * pairwise, an odd one is promoted.
   */
  async treeDigest(totalChunks: number, sha256: Hash): Promise<string> {
    if (totalChunks === 0) return formatTreeDigest(await sha256(new Uint8Array(0)));
    let level = this.#digests.slice(0, totalChunks * digestBytes);
    for (let count = totalChunks; count > 1; count = Math.ceil(count / 2)) {
      const above = new Uint8Array(Math.ceil(count / 2) * digestBytes);
      const pairs = Math.floor(count / 2);
      for (let first = 0; first < pairs; first += joinsAtOnce) {
        const joins = Math.min(joinsAtOnce, pairs - first);
        const joined = await Promise.all(
          Array.from({ length: joins }, (_, i) => sha256(level.subarray((first + i) * 64, (first + i + 1) * 64))),
        );
        for (const [i, digest] of joined.entries()) above.set(digest, (first + i) * digestBytes);
      }
      if (count % 2 === 1) above.set(level.subarray((count - 1) * digestBytes), pairs * digestBytes);
      level = above;
    }
    return formatTreeDigest(level);
  }

  #grow(chunks: number): void {
    const length = Math.max(chunks, this.#standing.length * 2);
    const digests = new Uint8Array(length * digestBytes);
    digests.set(this.#digests);
    this.#digests = digests;
    const standing = new Uint8Array(length);
    standing.set(this.#standing);
    this.#standing = standing;
  }
}
