/** How long a request should take: short enough to see it progress, long enough for round trips not to count. */
const shortMs = 4_000;
const aimMs = 5_000;
const longMs = 8_000;
/** Of a line that nobody knows yet: a quarter of a chunk takes six seconds where little else would ever arrive. */
const firstBytes = 262_144;
const leastBytes = 32_768;
/** Most that one request may be longer than the one before. */
const growth = 4;

/**
 * How many bytes a request should carry, learnt from how long the last ones took. What a single one took is a better
 * guide than an average: the line's first seconds, in which connections are still slow, would be remembered too long.
 */
export class RunPace {
  readonly #mostBytes: number;
  #bytes: number;
  #isKnown = false;

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
    this.#bytes = Math.min(firstBytes, mostBytes);
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** How long so many bytes may take; null while nothing is known. */
  expectedMs(bytes: number): number | null {
    return this.#isKnown ? (aimMs * bytes) / this.#bytes : null;
  }

  /** @returns whether requests are as long as they should be, so that others may be compared with this one */
  took(bytes: number, elapsedMs: number): boolean {
    this.#isKnown = true;
    const aimedBytes = (bytes * aimMs) / Math.max(1, elapsedMs);
    // One that was short because little was left says nothing about longer ones.
    const isTypical = bytes * 2 >= this.#bytes;
    if (elapsedMs > longMs) this.#become(Math.min(this.#bytes, aimedBytes));
    else if (elapsedMs < shortMs && isTypical) {
      const before = this.#bytes;
      this.#become(Math.max(before, Math.min(aimedBytes, bytes * growth)));
      return this.#bytes < before * 1.5;
    }
    return isTypical;
  }

  /** The line's share of each lane has become another. */
  scale(factor: number): void {
    this.#become(this.#bytes * factor);
  }

  #become(bytes: number): void {
    this.#bytes = Math.round(Math.min(this.#mostBytes, Math.max(leastBytes, bytes)));
  }
}
