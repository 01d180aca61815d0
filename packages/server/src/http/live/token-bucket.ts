/** Lets so many through at once, and so many more each second. */
export class TokenBucket {
  readonly #capacity: number;
  readonly #perSecond: number;
  #tokens: number;
  /** Monotonic milliseconds. */
  #at: number;

  constructor(capacity: number, perSecond: number, at: number) {
    this.#capacity = capacity;
    this.#perSecond = perSecond;
    this.#tokens = capacity;
    this.#at = at;
  }

  /** Whether one more may pass. */
  take(at: number): boolean {
    this.#tokens = Math.min(this.#capacity, this.#tokens + ((at - this.#at) / 1_000) * this.#perSecond);
    this.#at = at;
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }
}
