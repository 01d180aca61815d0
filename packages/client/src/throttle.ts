import type { Platform } from "./platform.ts";
import { Slots } from "./slots.ts";

/** What is sent at once takes this long at the limit: short, so that the limit holds over a few seconds too. */
const pieceMs = 250;
/** Time that was not used is made up for, up to this: timers are late. */
const creditMs = 250;
/** A slower limit would not carry the fields of its own requests. */
const leastBytesPerSecond = 1_000;

/** What was sent in advance, and when it is paid off. Times are monotonic milliseconds. */
export class TokenBucket {
  #bytesPerMs = Number.POSITIVE_INFINITY;
  /** When all that was sent is paid off. */
  #freeAt = 0;

  /** A debt keeps its length in time: what was sent under a high limit must not silence a low one. */
  setLimit(bytesPerSecond: number | null): void {
    this.#bytesPerMs = bytesPerSecond === null ? Number.POSITIVE_INFINITY : bytesPerSecond / 1_000;
    if (bytesPerSecond === null) this.#freeAt = 0;
  }

  /** How long until the next may be sent. */
  waitMs(at: number): number {
    return Math.max(0, this.#freeAt - at);
  }

  take(bytes: number, at: number): void {
    this.#freeAt = Math.max(this.#freeAt, at - creditMs) + bytes / this.#bytesPerMs;
  }
}

/**
 * Holds all uploads together to a limit: whoever has bytes to send waits for its turn, in the order of asking. A
 * request that is on its way cannot be slowed down, so there are small ones, spaced.
 */
export class Throttle {
  readonly #platform: Pick<Platform, "monotonic" | "sleep">;
  readonly #bucket = new TokenBucket();
  readonly #turns = new Slots(1);
  #bytesPerSecond: number | null = null;
  #share = 1;
  /** Wakes whoever waits. */
  #changed = new AbortController();

  constructor(platform: Pick<Platform, "monotonic" | "sleep">, bytesPerSecond: number | null) {
    this.#platform = platform;
    this.setLimit(bytesPerSecond);
  }

  get bytesPerSecond(): number | null {
    return this.#bytesPerSecond;
  }

  /** @param bytesPerSecond for all together; null takes the limit away */
  setLimit(bytesPerSecond: number | null): void {
    this.#bytesPerSecond = bytesPerSecond;
    this.#apply();
  }

  /** @param share of the limit that is for this uploader, from 0 to 1: others have the rest */
  setShare(share: number): void {
    this.#share = share;
    this.#apply();
  }

  /** The most that should be sent at once, where a round trip takes `roundTripMs`; infinite without a limit. */
  pieceBytes(roundTripMs: number): number {
    const limit = this.#limit();
    return limit === null ? Number.POSITIVE_INFINITY : Math.ceil((limit * Math.max(pieceMs, roundTripMs)) / 1_000);
  }

  /**
   * Resolves when bytes may be sent. @throws the signal's reason
   * @param ask how many, asked at that moment: while it waited, the limit may have changed
   */
  async take(ask: () => number, signal: AbortSignal): Promise<void> {
    if (this.#limit() === null) return void ask();
    await this.#turns.take(1, signal);
    try {
      for (let waitMs = this.#waitMs(); waitMs > 0; waitMs = this.#waitMs()) {
        await this.#platform.sleep(waitMs, AbortSignal.any([signal, this.#changed.signal])).catch(() => undefined);
        signal.throwIfAborted();
      }
      this.#bucket.take(ask(), this.#platform.monotonic());
    } finally {
      this.#turns.release(1);
    }
  }

  #waitMs(): number {
    return this.#bucket.waitMs(this.#platform.monotonic());
  }

  #limit(): number | null {
    if (this.#bytesPerSecond === null) return null;
    return Math.max(leastBytesPerSecond, this.#bytesPerSecond * this.#share);
  }

  #apply(): void {
    this.#bucket.setLimit(this.#limit());
    this.#changed.abort();
    this.#changed = new AbortController();
  }
}
