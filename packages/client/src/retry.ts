import { HawserError } from "@hawser/protocol";

export interface RetryRules {
  readonly maxAttempts: number;
  /** Ceiling of the first delay; it doubles with every attempt up to `maxDelayMs`. */
  readonly baseDelayMs: number;
  readonly maxDelayMs: number;
}

/** What the decision depends on, beside the error. */
export interface RetrySituation {
  /** Attempts that failed since the last progress, without this one. */
  readonly attempt: number;
  /** New uploads that were begun because the earlier one was gone. */
  readonly restarts: number;
  readonly online: boolean;
  /** How long the server has answered nobody, milliseconds; null when it answers. */
  readonly silentMs: number | null;
  /** From 0 up to 1, without 1. */
  readonly random: number;
}

/**
 * What happens after an error:
 * - `again`: ask the server what it has, and go on, after a delay that may be 0
 * - `restart`: the upload is gone on the server; begin a new one
 * - `pause`: stand still until the reason is taken back; `refresh` asks the app for new credentials
 * - `park`: stand still, because enough was tried
 * - `find-source`: the bytes are needed again
 * - `fail`: it ends here, for `error`
 */
export type RetryDecision =
  | { readonly kind: "again"; readonly delayMs: number }
  | { readonly kind: "restart" }
  | { readonly kind: "pause"; readonly reason: "auth" | "offline" | "quota"; readonly refresh: boolean }
  | { readonly kind: "park" }
  | { readonly kind: "find-source" }
  | { readonly kind: "fail"; readonly error: HawserError };

/** How many uploads may vanish under one file before no new one is begun. */
const maxRestarts = 3;
/** The longest delay that timers take; about 24 days. */
const longestDelayMs = 2 ** 31 - 1;

export function decideRetry(error: HawserError, situation: RetrySituation, rules: RetryRules): RetryDecision {
  const { code, details } = error;
  const spent = situation.attempt + 1;
  if (code === "source_unreadable") return { kind: "find-source" };
  if (code === "chunk_conflict" || code === "size_conflict") return { kind: "fail", error: changed(error) };
  if (code === "storage_full") return { kind: "pause", reason: "quota", refresh: false };
  switch (error.retry) {
    case "never":
      return { kind: "fail", error };
    case "auth":
      return { kind: "pause", reason: "auth", refresh: spent < rules.maxAttempts };
    case "restart": {
      // What somebody ended on purpose, or the server refused for good, does not come back by itself.
      const expired = details.state === undefined || details.state === "expired";
      return expired && situation.restarts < maxRestarts ? { kind: "restart" } : { kind: "fail", error };
    }
  }
  if (!situation.online) return { kind: "pause", reason: "offline", refresh: false };
  if (code === "connection_lost" && situation.silentMs !== null) {
    // The longer the silence, the longer the pauses.
    const ceilingMs = Math.min(rules.maxDelayMs, Math.max(rules.baseDelayMs, situation.silentMs));
    return { kind: "again", delayMs: Math.round(situation.random * ceilingMs) };
  }
  if (spent >= rules.maxAttempts) return { kind: "park" };
  // Damaged bytes and old knowledge are mended at once; only the second time something else may be wrong.
  const isMendedAtOnce = error.retry !== "retry" && situation.attempt === 0;
  const backoffMs = isMendedAtOnce ? 0 : backoffDelayMs(situation.attempt, situation.random, rules);
  const retryAfterMs = (details.retryAfterSeconds ?? 0) * 1_000;
  return { kind: "again", delayMs: Math.min(longestDelayMs, Math.round(retryAfterMs + backoffMs)) };
}

/**
 * Exponential backoff with full jitter: any delay from 0 to the ceiling is as likely, so that many clients do not come
 * back together.
 */
export function backoffDelayMs(attempt: number, random: number, rules: RetryRules): number {
  return random * Math.min(rules.maxDelayMs, rules.baseDelayMs * 2 ** Math.min(attempt, 30));
}

/** What the server holds is not this source: these are not the bytes that were sent before. */
export function changed(cause: HawserError, detail = cause.message): HawserError {
  return new HawserError("source_changed", { detail }, { cause });
}
