import type { Range, Ranges } from "@hawser/protocol";

/** A set of chunks as canonical ranges, which grows. */
export class ChunkSet {
  readonly #ranges: [number, number][] = [];

  constructor(ranges: Ranges = []) {
    for (const [first, last] of ranges) this.add(first, last);
  }

  get ranges(): Ranges {
    return this.#ranges;
  }

  /** Adds `first` to `last`; returns those of them that were not there. Binary search, then what is merged. */
  add(first: number, last: number): [number, number][] {
    const ranges = this.#ranges;
    const from = this.#firstEndingFrom(first - 1);
    const added: [number, number][] = [];
    const merged: [number, number] = [first, last];
    let next = first;
    let to = from;
    for (let range = ranges[to]; range !== undefined && range[0] <= last + 1; range = ranges[++to]) {
      if (range[0] > next) added.push([next, range[0] - 1]);
      next = Math.max(next, range[1] + 1);
      merged[0] = Math.min(merged[0], range[0]);
      merged[1] = Math.max(merged[1], range[1]);
    }
    if (next <= last) added.push([next, last]);
    ranges.splice(from, to - from, merged);
    return added;
  }

  has(chunk: number): boolean {
    const range = this.#ranges[this.#firstEndingFrom(chunk)];
    return range !== undefined && range[0] <= chunk;
  }

  #firstEndingFrom(chunk: number): number {
    let low = 0;
    let high = this.#ranges.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#ranges[middle] as Range)[1] < chunk) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
