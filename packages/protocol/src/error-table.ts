import type { ErrorCode, HawserError } from "./errors.ts";
import type { Problem } from "./messages.ts";

interface ErrorEntry {
  /** HTTP status; 0 for what only a client can notice. */
  readonly status: number;
  /** One sentence: what happened. */
  readonly title: string;
  /** One sentence: what a person or the client's author should do. */
  readonly action: string;
}

const entry = (status: number, title: string, action: string): ErrorEntry => ({ status, title, action });

/** What every error means to HTTP and to people. Title and action may be improved. */
export const errorTable: Readonly<Record<ErrorCode, ErrorEntry>> = {
  invalid_request: entry(400, "The request is not well formed.", "Mend the request; the detail names the field."),
  invalid_chunk: entry(
    400,
    "The upload has no such chunk or run.",
    "Number chunks from 1; a run has at most 64, in rising order, and ends with the file.",
  ),
  digest_required: entry(
    400,
    "A digest is missing, or their number is not the run's.",
    "Send one SHA-256 for each chunk of the run in Chunk-Digests.",
  ),
  run_incomplete: entry(400, "The body ended before the run did.", "Ask /resume what arrived and send the rest."),
  body_too_short: entry(
    400,
    "Content-Length is shorter than the run.",
    "Send exactly the run's bytes, less Chunk-Offset.",
  ),
  unauthorized: entry(401, "The server does not know who asks.", "Sign in again; what arrived stays and goes on."),
  forbidden: entry(
    403,
    "Whoever asks may not do this here.",
    "Sign in as somebody who may; what arrived stays and goes on.",
  ),
  origin_forbidden: entry(
    403,
    "This origin may not change anything here.",
    "Configure the origin on the server, or use the server's own address.",
  ),
  not_found: entry(404, "There is nothing under this address.", "Check the id; start a new upload if it was yours."),
  method_not_allowed: entry(405, "This address does not take this method.", "See Allow in the answer."),
  request_timeout: entry(
    408,
    "The body came too slowly, or not at all.",
    "Ask /resume what arrived and go on, with smaller runs on a slow line.",
  ),
  chunk_conflict: entry(
    409,
    "Another digest is already acknowledged for a chunk.",
    "The source differs from what was sent before: compare it with /manifest, or start a new upload.",
  ),
  offset_conflict: entry(
    409,
    "Chunk-Offset lies beyond the durable prefix.",
    "Go on at the prefix that the answer names.",
  ),
  size_conflict: entry(409, "The size disagrees with what is known.", "Send the size that the upload has."),
  size_unknown: entry(
    409,
    "The upload's size is not known yet.",
    "Give the size at finalize, or Upload-Length with the last chunk.",
  ),
  chunks_missing: entry(
    409,
    "Chunks are missing.",
    "Send the missing chunks that the answer names, then finalize again.",
  ),
  state_conflict: entry(409, "The upload's state does not allow this.", "Look at the state in the answer."),
  idempotency_busy: entry(
    409,
    "The first request with this Idempotency-Key is still running.",
    "Wait, then send the same request again.",
  ),
  file_damaged: entry(
    409,
    "Stored bytes were found damaged.",
    "Send the damaged chunks again; the file comes back when they are whole.",
  ),
  gone: entry(410, "The upload has ended without a file, or its file was deleted.", "Start a new upload."),
  length_required: entry(411, "Content-Length is missing.", "Send the body with its length."),
  body_too_long: entry(
    413,
    "The body is longer than allowed.",
    "Send exactly the run's bytes; JSON at most 64 KiB; one-shot at most 8 MiB.",
  ),
  size_too_large: entry(413, "The file is larger than this server takes.", "See maxSize in the limits."),
  unsupported_media_type: entry(
    415,
    "The body's type is not taken here.",
    "JSON for JSON requests; no Content-Encoding on bytes.",
  ),
  range_not_satisfiable: entry(416, "The range lies outside the file.", "See Content-Range in the answer."),
  misdirected_request: entry(
    421,
    "This server does not answer for this Host.",
    "Use the server's address, or configure the host name.",
  ),
  digest_mismatch: entry(
    422,
    "Bytes do not have the digest that was sent with them.",
    "Send the rejected chunks again; if it happens again, read the source anew.",
  ),
  file_mismatch: entry(
    422,
    "The whole file does not have the digest or size that was given.",
    "Compare the source with /manifest; it may have changed while it was sent.",
  ),
  idempotency_mismatch: entry(
    422,
    "This Idempotency-Key was used for another request.",
    "Use a new key for a new request.",
  ),
  too_many_requests: entry(429, "Too many requests.", "Wait as long as Retry-After says."),
  internal: entry(500, "The server failed.", "Try again; tell the operator if it stays."),
  unavailable: entry(
    503,
    "The server cannot take this now.",
    "Wait as long as Retry-After says; nothing acknowledged is lost.",
  ),
  storage_fenced: entry(
    503,
    "The storage failed and takes no more writes until it was checked.",
    "The operator restarts the server after checking the disk; nothing acknowledged is lost.",
  ),
  storage_full: entry(507, "The storage is full.", "Free some space; the upload stays and goes on."),
  connection_lost: entry(
    0,
    "The connection broke before an answer came.",
    "Nothing to do; the client asks what arrived and goes on.",
  ),
  source_unreadable: entry(
    0,
    "The source cannot be read any more.",
    "Choose the file again; only what is missing will travel.",
  ),
  source_changed: entry(
    0,
    "The source is not what it was when sending began.",
    "Send the new version as a new upload, or choose the old one.",
  ),
  upload_cancelled: entry(0, "The upload was cancelled here.", "Nothing; add the file again to send it."),
  taken_over: entry(0, "Another tab carries this upload now.", "Nothing; it goes on there."),
};

/** What happened, in a sentence for people: the error's own detail, else the table's words. */
export function sentenceOf({ code, details }: Pick<HawserError, "code" | "details">): string {
  return details.detail ?? errorTable[code].title;
}

/** The problem document of an error. Its cause is no part of it. */
export function problemOf({ code, details }: HawserError): Problem {
  const { title, status, action } = errorTable[code];
  return { type: `urn:hawser:error:${code}`, title, status, code, action, ...details } as Problem;
}
