import { HawserError } from "@hawser/protocol";
import type { Line } from "./line.ts";
import type { Platform } from "./platform.ts";
import { decideRetry, type RetryRules } from "./retry.ts";
import type { Model, UploadEvent } from "./state.ts";

/** What an upload can do about trouble. */
export interface RecoverParts {
  readonly line: Line;
  readonly platform: Platform;
  readonly options: RetryRules;
  /** Null when the app cannot get new credentials. */
  readonly refresh: (() => Promise<void>) | null;
}

export interface Recovering {
  readonly model: Model;
  /** Begins a new upload in the place of one that is gone on the server. */
  restart(): Promise<void>;
  /** Lets go of bytes that cannot be read any more. */
  loseSource(): Promise<void>;
}

/**
 * What becomes of an upload after trouble.
 * @param thrown what ended its life
 * @param answers those that the server had given when this life began
 */
export async function recover(
  thrown: unknown,
  answers: number,
  { model, restart, loseSource }: Recovering,
  { line, platform, options, refresh }: RecoverParts,
): Promise<UploadEvent> {
  const cause = HawserError.from(thrown);
  const { attempt, restarts } = model;
  const silentMs = cause.code === "connection_lost" ? line.silentMs(answers, platform.monotonic()) : null;
  const situation = { attempt, restarts, online: platform.online(), silentMs, random: platform.random() };
  const decision = decideRetry(cause, situation, options);
  switch (decision.kind) {
    case "again": {
      const { delayMs } = decision;
      return { type: "retried", delayMs, retryAt: platform.now() + delayMs, cause, silent: silentMs !== null };
    }
    case "restart":
      await restart();
      return { type: "restarted", cause };
    case "pause":
      return { type: "held", reason: decision.reason, cause, refresh: decision.refresh && !!refresh };
    case "park":
      return { type: "held", reason: "parked", cause };
    case "find-source":
      await loseSource();
      return { type: "lost" };
    case "fail":
      return { type: "failed", error: decision.error };
  }
}
