/** Header fields of the native dialect, in the lower case in which Node delivers them. */
export const headers = {
  chunkDigests: "chunk-digests",
  chunkOffset: "chunk-offset",
  chunkPartial: "chunk-partial",
  contentDigest: "content-digest",
  idempotencyKey: "idempotency-key",
  reprDigest: "repr-digest",
  retryAfter: "retry-after",
  uploadComplete: "upload-complete",
  uploadLength: "upload-length",
} as const;

/** The media type of errors, RFC 9457. */
export const problemContentType = "application/problem+json";
