/** Two averages: one follows quickly, the other is calm. The lower one is shown, so that no burst promises too much. */
const halfLivesMs = [3_000, 9_000] as const;
/** Below this there is too little to tell. */
const shortestMs = 1_000;

/**
 * Speed of confirmed bytes, as the lower of two exponential moving averages. Times are monotonic milliseconds. It
 * only measures while it runs: what stands still is not slow.
 */
export class SpeedMeter {
  /** Bytes of the past, each weighted by its age. */
  readonly #sums = halfLivesMs.map(() => 0);
  /** Time measured, up to `#at`. */
  #elapsedMs = 0;
  #at: number | null = null;

  /** Time counts from now on. Nothing happens when it did already. */
  start(at: number): void {
    this.#at ??= at;
  }

  /** Freezes the speed as it is. */
  stop(at: number): void {
    this.#advance(at);
    this.#at = null;
  }

  /** Bytes that were confirmed by `at`, and whether any are on their way from then on. */
  follow(isMoving: boolean, bytes: number, at: number): void {
    if (isMoving) this.start(at);
    this.add(bytes, at);
    if (!isMoving) this.stop(at);
  }

  add(bytes: number, at: number): void {
    this.#advance(at);
    for (const i of this.#sums.keys()) this.#sums[i] = (this.#sums[i] as number) + bytes;
  }

  /** Null until there is enough to tell. */
  bytesPerSecond(at: number): number | null {
    this.#advance(at);
    if (this.#elapsedMs < shortestMs) return null;
    // The sum of all weights since the start; dividing by it keeps the first seconds right too.
    const rates = halfLivesMs.map((halfLifeMs, i) => {
      const weightMs = (halfLifeMs / Math.LN2) * (1 - 0.5 ** (this.#elapsedMs / halfLifeMs));
      return (1_000 * (this.#sums[i] as number)) / weightMs;
    });
    return Math.min(...rates);
  }

  #advance(at: number): void {
    if (this.#at === null || at <= this.#at) return;
    const stepMs = at - this.#at;
    for (const [i, halfLifeMs] of halfLivesMs.entries()) {
      this.#sums[i] = (this.#sums[i] as number) * 0.5 ** (stepMs / halfLifeMs);
    }
    this.#elapsedMs += stepMs;
    this.#at = at;
  }
}

/** Null where it cannot be told: no speed yet, standing still, or an unknown end. */
export function timeLeftMs(remainingBytes: number | null, bytesPerSecond: number | null): number | null {
  if (remainingBytes === null || bytesPerSecond === null || bytesPerSecond < 1) return null;
  return Math.round((1_000 * remainingBytes) / bytesPerSecond);
}
