import type { UploadState } from "./states.ts";

/**
 * What a client does with an error:
 * - `retry`: passing trouble; the same request again after a delay (`Retry-After` where given)
 * - `resync`: the server knows something else; ask `/resume`, then go on
 * - `resend`: the bytes were damaged on the way; send the rejected chunks again at once
 * - `restart`: the upload is gone; start a new one
 * - `auth`: the caller has to sign in again, then go on
 * - `never`: the same request cannot succeed; a person or a program has to change something
 */
export type RetryClass = "retry" | "resync" | "resend" | "restart" | "auth" | "never";

/** Every error that the protocol has; the codes are stable. Its status and its sentences stand in `errorTable`. */
export const retryClasses = {
  invalid_request: "never",
  invalid_chunk: "never",
  digest_required: "never",
  run_incomplete: "resync",
  body_too_short: "never",
  unauthorized: "auth",
  forbidden: "auth",
  origin_forbidden: "never",
  not_found: "restart",
  method_not_allowed: "never",
  request_timeout: "resync",
  chunk_conflict: "never",
  offset_conflict: "resync",
  size_conflict: "never",
  size_unknown: "never",
  chunks_missing: "resync",
  state_conflict: "resync",
  idempotency_busy: "retry",
  file_damaged: "never",
  gone: "restart",
  length_required: "never",
  body_too_long: "never",
  size_too_large: "never",
  unsupported_media_type: "never",
  range_not_satisfiable: "never",
  misdirected_request: "never",
  digest_mismatch: "resend",
  file_mismatch: "never",
  idempotency_mismatch: "never",
  too_many_requests: "retry",
  internal: "retry",
  unavailable: "retry",
  storage_fenced: "retry",
  storage_full: "retry",
  connection_lost: "retry",
  source_unreadable: "never",
  source_changed: "never",
  upload_cancelled: "never",
  taken_over: "never",
} as const satisfies Record<string, RetryClass>;

export type ErrorCode = keyof typeof retryClasses;

/** What an error may carry beside its code: the members of {@link Problem} that depend on the case. */
export interface ErrorDetails {
  /** For people and logs; never compared. */
  detail?: string;
  retryAfterSeconds?: number;
  state?: UploadState;
  receipts?: [number, number][];
  skipped?: [number, number][];
  missingCount?: number | null;
  rejected?: { chunk: number; code: ErrorCode }[];
  conflicts?: [number, number][];
  missingChunks?: [number, number][];
  /** `[chunk, bytes]` of each durable prefix. */
  partialChunks?: [number, number][];
  /** Length of the durable prefix of the chunk that the request continues. */
  prefix?: number;
}

/**
 * The one error class. `code` decides; the message is for people: the detail, or else no more than the code in words.
 * Whole sentences stand in `errorTable`, which a page only loads where it shows them.
 */
export class HawserError extends Error {
  override readonly name = "HawserError";
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, details: ErrorDetails = {}, options?: { cause?: unknown }) {
    super(details.detail ?? code.replaceAll("_", " "), options);
    this.code = code;
    this.details = details;
  }

  get retry(): RetryClass {
    return retryClasses[this.code];
  }

  /** Whatever was thrown, as this class; unknown errors become `internal` and keep their cause. */
  static from(thrown: unknown): HawserError {
    return thrown instanceof HawserError ? thrown : new HawserError("internal", {}, { cause: thrown });
  }
}

export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(retryClasses, code);
}
