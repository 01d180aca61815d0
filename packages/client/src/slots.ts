/** A bounded number of something, given out in the order in which it was asked for. */
export class Slots {
  readonly #total: number;
  #taken = 0;
  #waiting: { readonly count: number; readonly grant: () => void }[] = [];

  constructor(total: number) {
    this.#total = total;
  }

  /** Whether nothing is given out. */
  get idle(): boolean {
    return this.#taken === 0;
  }

  /**
   * Resolves when `count` are free; more than there are is given when nothing else is taken.
   * @throws the signal's reason
   */
  async take(count: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (this.#waiting.length === 0 && this.#fits(count)) {
      this.#taken += count;
      return;
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiter = { count, grant: resolve };
    const abort = () => {
      this.#waiting = this.#waiting.filter((other) => other !== waiter);
      reject(signal?.reason);
      this.#grant();
    };
    this.#waiting.push(waiter);
    signal?.addEventListener("abort", abort, { once: true });
    await promise.finally(() => signal?.removeEventListener("abort", abort));
  }

  release(count: number): void {
    this.#taken -= count;
    this.#grant();
  }

  #fits(count: number): boolean {
    return this.#taken === 0 || this.#taken + count <= this.#total;
  }

  #grant(): void {
    for (let next = this.#waiting[0]; next !== undefined && this.#fits(next.count); next = this.#waiting[0]) {
      this.#waiting.shift();
      this.#taken += next.count;
      next.grant();
    }
  }
}
