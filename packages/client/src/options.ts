import { transferLimits } from "@hawser/protocol";
import type { QueueStrategy, UploaderOptions } from "./uploader-api.ts";

/** Options as they hold: every one is there, within its bounds. */
export interface ResolvedOptions {
  readonly endpoint: string;
  readonly maxLanes: number;
  readonly maxActive: number;
  readonly budgetBytes: number;
  readonly oneShotBytes: number;
  readonly runChunks: number;
  readonly maxAttempts: number;
  readonly baseDelayMs: number;
  readonly maxDelayMs: number;
  readonly stallTimeoutMs: number;
  readonly strategy: QueueStrategy;
  readonly maxBytesPerSecond: number | null;
}

const mib = transferLimits.chunkSizeBytes;

export function resolveOptions(options: UploaderOptions): ResolvedOptions {
  return {
    endpoint: options.endpoint,
    maxLanes: within(options.maxLanes, 4, 1, transferLimits.maxLanes),
    maxActive: within(options.maxActive, 3, 1, 1_000),
    budgetBytes: within(options.budgetBytes, 64 * mib, mib, Number.MAX_SAFE_INTEGER),
    oneShotBytes: within(options.oneShotBytes, mib, 0, transferLimits.maxOneShotBytes),
    runChunks: within(options.runChunks, 16, 1, transferLimits.maxRunChunks),
    maxAttempts: within(options.maxAttempts, 5, 1, Number.MAX_SAFE_INTEGER),
    baseDelayMs: within(options.baseDelayMs, 500, 0, 3_600_000),
    maxDelayMs: within(options.maxDelayMs, 30_000, 0, 3_600_000),
    stallTimeoutMs: within(options.stallTimeoutMs, 30_000, 1, 3_600_000),
    strategy: options.strategy ?? "parallel",
    maxBytesPerSecond: options.maxBytesPerSecond ?? null,
  };
}

function within(given: number | undefined, preset: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, given ?? preset));
}
