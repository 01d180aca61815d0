/** Bytes at a position. They are never changed, so images share them. */
export interface Extent {
  readonly position: number;
  readonly bytes: Uint8Array;
}

/** What a file holds: extents, later ones over earlier ones; zeros where there is none. */
export class Image {
  #extents: Extent[] = [];
  #sizeBytes = 0;

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  copy(): Image {
    const image = new Image();
    image.#extents = [...this.#extents];
    image.#sizeBytes = this.#sizeBytes;
    return image;
  }

  apply(extent: Extent): void {
    const end = endOf(extent);
    this.#extents = this.#extents.filter((older) => older.position < extent.position || endOf(older) > end);
    this.#extents.push(extent);
    this.extend(end);
  }

  /** Makes the file at least so long; the new bytes are zeros. */
  extend(sizeBytes: number): void {
    this.#sizeBytes = Math.max(this.#sizeBytes, sizeBytes);
  }

  /** Fills `target`; returns how many bytes there were. */
  read(target: Uint8Array, position: number): number {
    const count = Math.max(0, Math.min(target.length, this.#sizeBytes - position));
    target.fill(0, 0, count);
    for (const extent of this.#extents) {
      const from = Math.max(position, extent.position);
      const to = Math.min(position + count, endOf(extent));
      if (from < to) {
        target.set(extent.bytes.subarray(from - extent.position, to - extent.position), from - position);
      }
    }
    return count;
  }
}

export function endOf({ position, bytes }: Extent): number {
  return position + bytes.length;
}
