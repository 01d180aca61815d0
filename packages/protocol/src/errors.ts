import type { Problem } from "./messages.ts";
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

interface ErrorEntry {
  /** HTTP status; 0 for what only a client can notice. */
  readonly status: number;
  readonly retry: RetryClass;
  /** One sentence: what happened. */
  readonly title: string;
  /** One sentence: what a person or the client's author should do. */
  readonly action: string;
}

const entry = (status: number, retry: RetryClass, title: string, action: string): ErrorEntry => ({
  status,
  retry,
  title,
  action,
});

/** Every error that the protocol has. The code is stable; title and action may be improved. */
export const errorTable = {
  invalid_request: entry(
    400,
    "never",
    "The request is not well formed.",
    "Mend the request; the detail names the field.",
  ),
  invalid_chunk: entry(
    400,
    "never",
    "The upload has no such chunk or run.",
    "Number chunks from 1; a run has at most 64, in rising order, and ends with the file.",
  ),
  digest_required: entry(
    400,
    "never",
    "A digest is missing, or their number is not the run's.",
    "Send one SHA-256 for each chunk of the run in Chunk-Digests.",
  ),
  run_incomplete: entry(
    400,
    "resync",
    "The body ended before the run did.",
    "Ask /resume what arrived and send the rest.",
  ),
  body_too_short: entry(
    400,
    "never",
    "Content-Length is shorter than the run.",
    "Send exactly the run's bytes, less Chunk-Offset.",
  ),
  origin_forbidden: entry(
    403,
    "never",
    "This origin may not change anything here.",
    "Configure the origin on the server, or use the server's own address.",
  ),
  not_found: entry(
    404,
    "restart",
    "There is nothing under this address.",
    "Check the id; start a new upload if it was yours.",
  ),
  method_not_allowed: entry(405, "never", "This address does not take this method.", "See Allow in the answer."),
  request_timeout: entry(
    408,
    "resync",
    "The body came too slowly, or not at all.",
    "Ask /resume what arrived and go on, with smaller runs on a slow line.",
  ),
  chunk_conflict: entry(
    409,
    "never",
    "Another digest is already acknowledged for a chunk.",
    "The source differs from what was sent before: compare it with /manifest, or start a new upload.",
  ),
  offset_conflict: entry(
    409,
    "resync",
    "Chunk-Offset lies beyond the durable prefix.",
    "Go on at the prefix that the answer names.",
  ),
  size_conflict: entry(409, "never", "The size disagrees with what is known.", "Send the size that the upload has."),
  size_unknown: entry(
    409,
    "never",
    "The upload's size is not known yet.",
    "Give the size at finalize, or Upload-Length with the last chunk.",
  ),
  chunks_missing: entry(
    409,
    "resync",
    "Chunks are missing.",
    "Send the missing chunks that the answer names, then finalize again.",
  ),
  state_conflict: entry(409, "resync", "The upload's state does not allow this.", "Look at the state in the answer."),
  idempotency_busy: entry(
    409,
    "retry",
    "The first request with this Idempotency-Key is still running.",
    "Wait, then send the same request again.",
  ),
  file_damaged: entry(
    409,
    "never",
    "Stored bytes were found damaged.",
    "Send the damaged chunks again; the file comes back when they are whole.",
  ),
  gone: entry(410, "restart", "The upload has ended without a file, or its file was deleted.", "Start a new upload."),
  length_required: entry(411, "never", "Content-Length is missing.", "Send the body with its length."),
  body_too_long: entry(
    413,
    "never",
    "The body is longer than allowed.",
    "Send exactly the run's bytes; JSON at most 64 KiB; one-shot at most 8 MiB.",
  ),
  size_too_large: entry(413, "never", "The file is larger than this server takes.", "See maxSize in the limits."),
  unsupported_media_type: entry(
    415,
    "never",
    "The body's type is not taken here.",
    "JSON for JSON requests; no Content-Encoding on bytes.",
  ),
  range_not_satisfiable: entry(416, "never", "The range lies outside the file.", "See Content-Range in the answer."),
  misdirected_request: entry(
    421,
    "never",
    "This server does not answer for this Host.",
    "Use the server's address, or configure the host name.",
  ),
  digest_mismatch: entry(
    422,
    "resend",
    "Bytes do not have the digest that was sent with them.",
    "Send the rejected chunks again; if it happens again, read the source anew.",
  ),
  file_mismatch: entry(
    422,
    "never",
    "The whole file does not have the digest or size that was given.",
    "Compare the source with /manifest; it may have changed while it was sent.",
  ),
  idempotency_mismatch: entry(
    422,
    "never",
    "This Idempotency-Key was used for another request.",
    "Use a new key for a new request.",
  ),
  too_many_requests: entry(429, "retry", "Too many requests.", "Wait as long as Retry-After says."),
  internal: entry(500, "retry", "The server failed.", "Try again; tell the operator if it stays."),
  unavailable: entry(
    503,
    "retry",
    "The server cannot take this now.",
    "Wait as long as Retry-After says; nothing acknowledged is lost.",
  ),
  storage_fenced: entry(
    503,
    "retry",
    "The storage failed and takes no more writes until it was checked.",
    "The operator restarts the server after checking the disk; nothing acknowledged is lost.",
  ),
  storage_full: entry(507, "retry", "The storage is full.", "Free some space; the upload stays and goes on."),
  connection_lost: entry(
    0,
    "retry",
    "The connection broke before an answer came.",
    "Nothing to do; the client asks what arrived and goes on.",
  ),
  source_unreadable: entry(
    0,
    "never",
    "The source cannot be read any more.",
    "Choose the file again; only what is missing will travel.",
  ),
  source_changed: entry(
    0,
    "never",
    "The source is not what it was when sending began.",
    "Send the new version as a new upload, or choose the old one.",
  ),
  upload_cancelled: entry(0, "never", "The upload was cancelled here.", "Nothing; add the file again to send it."),
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof errorTable;

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

/** The one error class. `code` decides; the message is for people. */
export class HawserError extends Error {
  override readonly name = "HawserError";
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, details: ErrorDetails = {}, options?: { cause?: unknown }) {
    super(details.detail ?? errorTable[code].title, options);
    this.code = code;
    this.details = details;
  }

  get status(): number {
    return errorTable[this.code].status;
  }

  get retry(): RetryClass {
    return errorTable[this.code].retry;
  }

  /** The problem document of this error. */
  toProblem(): Problem {
    const { title, status, action } = errorTable[this.code];
    return {
      type: `urn:hawser:error:${this.code}`,
      title,
      status,
      code: this.code,
      action,
      ...this.details,
    } as Problem;
  }

  /** Whatever was thrown, as this class; unknown errors become `internal` and keep their cause. */
  static from(thrown: unknown): HawserError {
    return thrown instanceof HawserError ? thrown : new HawserError("internal", {}, { cause: thrown });
  }
}

export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorTable, code);
}
