import { hash } from "node:crypto";
import { digestBytes, formatTreeDigest, type Sha256, treeGroupChunks, treeRoot } from "@hawser/protocol";

export const sha256: Sha256 = (bytes) => hash("sha256", bytes, "buffer");

/** The digests of a file's chunks as they become known, in any order; 32 bytes a chunk. */
export class Leaves {
  readonly totalChunks: number;
  readonly #digests: Uint8Array;
  readonly #known: Uint8Array;
  #knownCount = 0;

  constructor(totalChunks: number) {
    this.totalChunks = totalChunks;
    this.#digests = new Uint8Array(totalChunks * digestBytes);
    this.#known = new Uint8Array(totalChunks);
  }

  get complete(): boolean {
    return this.#knownCount === this.totalChunks;
  }

  has(chunk: number): boolean {
    return this.#known[chunk - 1] === 1;
  }

  get(chunk: number): Uint8Array | undefined {
    if (!this.has(chunk)) return undefined;
    return this.#digests.subarray((chunk - 1) * digestBytes, chunk * digestBytes);
  }

  set(chunk: number, digest: Uint8Array): void {
    if (!this.has(chunk)) this.#knownCount++;
    this.#known[chunk - 1] = 1;
    this.#digests.set(digest, (chunk - 1) * digestBytes);
  }

  /** First chunk from `from` on without a digest, or undefined. */
  firstUnknown(from = 1): number | undefined {
    const index = this.#known.indexOf(0, from - 1);
    return index === -1 ? undefined : index + 1;
  }

  /** The file's digest, `tree:HEX`. Group by group, so that a TiB does not need a million small arrays at once. */
  treeDigest(): string {
    const groups: Uint8Array[] = [];
    for (let first = 1; first <= this.totalChunks; first += treeGroupChunks) {
      const count = Math.min(treeGroupChunks, this.totalChunks - first + 1);
      const digests = Array.from({ length: count }, (_, index) => this.get(first + index) as Uint8Array);
      groups.push(treeRoot(digests, sha256));
    }
    return formatTreeDigest(treeRoot(groups, sha256));
  }
}
