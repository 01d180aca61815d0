const chunkDigests = "chunk-digests";
const chunkOffset = "chunk-offset";
const chunkPartial = "chunk-partial";
const contentDigest = "content-digest";
const idempotencyKey = "idempotency-key";
const retryAfter = "retry-after";
const uploadLength = "upload-length";

/** Those of the {@link headers} that a transfer needs: a page that uploads loads no others. */
export const transferHeaders = {
  chunkDigests,
  chunkOffset,
  chunkPartial,
  contentDigest,
  idempotencyKey,
  retryAfter,
  uploadLength,
} as const;

/** Header fields of the native dialect, in the lower case in which Node delivers them. */
export const headers = {
  chunkDigests,
  chunkOffset,
  chunkPartial,
  contentDigest,
  idempotencyKey,
  reprDigest: "repr-digest",
  retryAfter,
  uploadComplete: "upload-complete",
  uploadLength,
} as const;

/** The media type of errors, RFC 9457. */
export const problemContentType = "application/problem+json";
