import { HawserError, limits } from "@hawser/protocol";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** What an operator may set about uploads. Times are milliseconds, sizes bytes. */
export interface DomainOptions {
  /** An active upload without activity for this long expires. Default: 7 days. */
  readonly expiryMs?: number;
  /** How long an ended upload or a deleted file answers 410 before it answers 404. Default: 30 days. */
  readonly tombstoneMs?: number;
  /** The largest file taken. Default: what the protocol allows. */
  readonly maxSizeBytes?: number;
  /** Free space that uploads leave alone: beyond it they get 507. `null` never asks. Default: 256 MiB. */
  readonly minFreeBytes?: number | null;
  /** Rows that one round of the sweep looks at in each of its steps. Default: 500. */
  readonly sweepBatch?: number;
  /** An upload expires when two rounds of the sweep, this far apart, both found it idle. Default: 1 hour. */
  readonly markMs?: number;
  /** Bytes without an upload go when two rounds of the sweep, this far apart, both found them. Default: 1 hour. */
  readonly orphanGraceMs?: number;
  /** Finalize answers 202 when it takes longer than this. Default: 2 seconds. */
  readonly slowAnswerMs?: number;
}

export type ResolvedOptions = Required<DomainOptions>;

/**
 * A copy with every default filled in.
 * @throws HawserError `invalid_request` when a number is negative or not whole
 */
export function resolveOptions(options: DomainOptions): ResolvedOptions {
  const resolved: ResolvedOptions = {
    expiryMs: options.expiryMs ?? 7 * dayMs,
    tombstoneMs: options.tombstoneMs ?? 30 * dayMs,
    maxSizeBytes: Math.min(options.maxSizeBytes ?? limits.maxSizeBytes, limits.maxSizeBytes),
    minFreeBytes: options.minFreeBytes === undefined ? 256 * 1_048_576 : options.minFreeBytes,
    sweepBatch: options.sweepBatch ?? 500,
    markMs: options.markMs ?? hourMs,
    orphanGraceMs: options.orphanGraceMs ?? hourMs,
    slowAnswerMs: options.slowAnswerMs ?? 2_000,
  };
  for (const [name, value] of Object.entries(resolved)) {
    if (value !== null && !(Number.isSafeInteger(value) && value >= 0)) {
      throw new HawserError("invalid_request", { detail: `The option ${name} must be a whole number, not below 0.` });
    }
  }
  return resolved;
}
