import type { Clock } from "../../src/ports/clock.ts";

interface Sleeper {
  readonly until: number;
  readonly wake: () => void;
}

/** Time that passes only when a test says so. */
export class HandClock implements Clock {
  #at = 1_800_000_000_000;
  readonly #sleepers = new Set<Sleeper>();

  now(): number {
    return this.#at;
  }

  monotonic(): number {
    return this.#at;
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const sleeper: Sleeper = { until: this.#at + delayMs, wake: resolve };
      this.#sleepers.add(sleeper);
      signal?.addEventListener("abort", () => {
        this.#sleepers.delete(sleeper);
        reject(signal.reason);
      });
    });
  }

  /** Lets time pass, then everything run that waited for it. */
  async advance(delayMs: number): Promise<void> {
    this.#at += delayMs;
    for (const sleeper of this.#sleepers) {
      if (sleeper.until > this.#at) continue;
      this.#sleepers.delete(sleeper);
      sleeper.wake();
    }
    await turn();
  }
}

/** One turn of the event loop: what is ready runs. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
