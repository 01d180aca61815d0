import { HawserError } from "@hawser/protocol";
import { abortable } from "./abortable.ts";
import type { ResolvedOptions } from "./options.ts";
import type { Platform } from "./platform.ts";
import { decideRetry, type RetryDecision } from "./retry.ts";

export interface InsistParts {
  readonly platform: Platform;
  readonly options: ResolvedOptions;
  /** Null when the app cannot get new credentials. */
  readonly refresh: (() => Promise<void>) | null;
}

/**
 * Makes a request that belongs to no run loop, again and again as an upload would: after passing trouble with a delay,
 * after new credentials, and while offline when the network is back, which spends no attempt.
 * @throws HawserError what does not pass, or what went wrong the last of `maxAttempts` times; or the signal's reason
 */
export async function insist<T>(request: () => Promise<T>, parts: InsistParts, signal: AbortSignal): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await request();
    } catch (thrown) {
      signal.throwIfAborted();
      const { platform, options } = parts;
      const error = HawserError.from(thrown);
      const situation = { attempt, restarts: 0, online: platform.online(), silentMs: null, random: platform.random() };
      const decision = decideRetry(error, situation, options);
      if (decision.kind === "pause" && decision.reason === "offline") attempt--;
      if (!(await mayRepeat(decision, parts, signal))) throw error;
    }
  }
}

/** Waits for what makes it worth another try; false when nothing does. */
async function mayRepeat(decision: RetryDecision, parts: InsistParts, signal: AbortSignal): Promise<boolean> {
  const { platform, refresh } = parts;
  if (decision.kind === "again") {
    await platform.sleep(decision.delayMs, signal);
    return true;
  }
  if (decision.kind !== "pause") return false;
  if (decision.reason === "offline") {
    await untilOnline(platform, signal);
    return true;
  }
  if (decision.reason !== "auth" || !decision.refresh || refresh === null) return false;
  return abortable(
    refresh().then(
      () => true,
      () => false,
    ),
    signal,
  );
}

async function untilOnline(platform: Platform, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const stop = platform.onOnlineChange(() => resolve());
  try {
    if (!platform.online()) await abortable(promise, signal);
  } finally {
    stop();
  }
}
