import type { Clock } from "../ports/clock.ts";

/** Counts the requests that are being answered. */
export class InFlight {
  readonly #clock: Clock;
  #count = 0;
  #idle = Promise.withResolvers<void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Takes over one request's work; `onFailure` gets what it throws. */
  own(work: Promise<void>, onFailure: (error: unknown) => void): void {
    this.#count++;
    work.catch(onFailure).finally(() => {
      if (--this.#count > 0) return;
      this.#idle.resolve();
      this.#idle = Promise.withResolvers();
    });
  }

  /** Resolves when nothing is in flight, at the latest after `maxMs`. */
  async idle(maxMs: number): Promise<void> {
    if (this.#count === 0) return;
    const timer = new AbortController();
    await Promise.race([this.#idle.promise, this.#clock.sleep(maxMs, timer.signal).catch(() => undefined)]);
    timer.abort();
  }
}
