import { HawserError } from "@hawser/protocol";

/** Where time and chance come from. */
export interface Timing {
  /** Wall time, milliseconds since 1970. */
  now(): number;
  /** Milliseconds from an arbitrary start; never goes back. */
  monotonic(): number;
  /** From 0 up to 1, without 1. */
  random(): number;
  /** Resolves after `delayMs`; rejects with the signal's reason when it is aborted first. */
  sleep(delayMs: number, signal: AbortSignal): Promise<void>;
}

const baseMs = 250;
const capMs = 10_000;

/**
 * Full-jitter exponential backoff: any delay from 0 to the ceiling is as likely, so that many clients do not come
 * back together. What the server asked for is added to in the same way, never undercut.
 */
export function backoffDelayMs(attempt: number, random: number, retryAfterMs = 0): number {
  const ceilingMs = Math.min(capMs, baseMs * 2 ** Math.min(attempt, 30));
  return Math.round(retryAfterMs + random * ceilingMs);
}

/** No progress for longer than the person allowed. What arrived stays, and the same command goes on. */
export class GaveUpError extends Error {
  override readonly name = "GaveUpError";
}

/**
 * How long trouble is borne. Attempts cost nothing; only time without progress counts, so that a server may be
 * away for minutes, and a long upload may be disturbed any number of times.
 */
export class Patience {
  readonly #timing: Timing;
  readonly #giveUpMs: number;
  #lastProgressAt: number;
  #attempt = 0;

  constructor(timing: Timing, giveUpMs: number) {
    this.#timing = timing;
    this.#giveUpMs = giveUpMs;
    this.#lastProgressAt = timing.monotonic();
  }

  /** Something was confirmed: delays start small again. */
  progressed(): void {
    this.#attempt = 0;
    this.#lastProgressAt = this.#timing.monotonic();
  }

  /**
   * How long to wait after `error` before the next attempt.
   * @throws GaveUpError when the wait would end after the allowed time
   */
  nextDelayMs(error: HawserError): number {
    const leftMs = this.#lastProgressAt + this.#giveUpMs - this.#timing.monotonic();
    const retryAfterMs = (error.details.retryAfterSeconds ?? 0) * 1000;
    if (leftMs <= 0 || retryAfterMs > leftMs) throw new GaveUpError(error.message, { cause: error });
    const delayMs = backoffDelayMs(this.#attempt++, this.#timing.random(), retryAfterMs);
    return Math.min(delayMs, leftMs);
  }
}

/** Errors after which the same work is tried again once the server was asked what it has. */
export function isPassing(error: unknown): error is HawserError {
  return error instanceof HawserError && ["retry", "resync", "resend"].includes(error.retry);
}
