import { HawserError } from "@hawser/protocol";

/** A shorter silence than these says nothing: a few seconds, a few round trips, twice what it should take. */
const leastMs = 5_000;
const roundTrips = 4;
const expectations = 2;
/** A request up to this long takes as long as its way there and back. */
const smallBytes = 8_192;

/** How long a silence is too long, as far as all requests know together. Times are monotonic milliseconds. */
export class Stall {
  readonly #mostMs: number;
  #roundTripMs: number | null = null;
  /** Doubles with every stall until something is answered, so that a line slower than believed is waited for. */
  #patience = 1;
  #stalledAt = Number.NEGATIVE_INFINITY;

  /** @param mostMs the longest silence, whatever was learnt */
  constructor(mostMs: number) {
    this.#mostMs = mostMs;
  }

  /** 0 while nobody knows. */
  get roundTripMs(): number {
    return this.#roundTripMs ?? 0;
  }

  /** @param expectedMs how long nothing may seem to move on a good line; null when nobody knows */
  timeoutMs(expectedMs: number | null): number {
    if (this.#roundTripMs === null || expectedMs === null) return this.#mostMs;
    const enoughMs = Math.max(leastMs, roundTrips * this.#roundTripMs, expectations * expectedMs);
    return Math.min(this.#mostMs, enoughMs * this.#patience);
  }

  /** The longest silence of a request with so many bytes, on a line of which no more is known. */
  timeoutOf(bodyBytes: number): number {
    return this.timeoutMs(bodyBytes > smallBytes ? null : 0);
  }

  answered(bodyBytes: number, elapsedMs: number): void {
    this.#patience = 1;
    if (bodyBytes > smallBytes) return;
    const known = this.#roundTripMs;
    // Quick ones count: a slow one has met something on its way.
    this.#roundTripMs = known === null || elapsedMs < known ? elapsedMs : known + (elapsedMs - known) / 10;
  }

  /** @returns whether it was for a silence of `stillMs` that a request came to nothing */
  failed(error: unknown, stillMs: number, startedAt: number, at: number): boolean {
    const isLost = error instanceof HawserError && error.code === "connection_lost";
    if (!isLost || stillMs < Math.min(leastMs, this.#mostMs)) return false;
    // Several that end together have seen the same silence.
    if (startedAt >= this.#stalledAt) {
      this.#patience *= 2;
      this.#stalledAt = at;
    }
    return true;
  }
}
