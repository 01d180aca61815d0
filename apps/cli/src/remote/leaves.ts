import { hash } from "node:crypto";
import { digestBytes, formatTreeDigest, type Sha256, treeGroupChunks, treeRoot } from "@hawser/protocol";

export const sha256: Sha256 = (bytes) => hash("sha256", bytes, "buffer");

/** The digests of a file's chunks, noted in any order; 32 bytes a chunk. */
export class Leaves {
  readonly totalChunks: number;
  readonly #digests: Uint8Array;

  constructor(totalChunks: number) {
    this.totalChunks = totalChunks;
    this.#digests = new Uint8Array(totalChunks * digestBytes);
  }

  set(chunk: number, digest: Uint8Array): void {
    this.#digests.set(digest, (chunk - 1) * digestBytes);
  }

  /** The file's digest, `tree:HEX`. Group by group, so that a TiB does not need a million small arrays at once. */
  treeDigest(): string {
    const groups: Uint8Array[] = [];
    for (let first = 1; first <= this.totalChunks; first += treeGroupChunks) {
      const count = Math.min(treeGroupChunks, this.totalChunks - first + 1);
      groups.push(
        treeRoot(
          Array.from({ length: count }, (_, index) => this.#get(first + index)),
          sha256,
        ),
      );
    }
    return formatTreeDigest(treeRoot(groups, sha256));
  }

  #get(chunk: number): Uint8Array {
    return this.#digests.subarray((chunk - 1) * digestBytes, chunk * digestBytes);
  }
}
