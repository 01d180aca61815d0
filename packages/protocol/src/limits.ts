/** The unit of integrity: a chunk is 1 MiB, only the last may be shorter. */
const chunkSizeBytes = 1_048_576;
/** Chunks in one request. */
const maxRunChunks = 64;
/** Lanes a client may use at once for one upload. */
const maxLanes = 16;
/** Body of a one-shot request. */
const maxOneShotBytes = 8 * 1_048_576;

/** Those of the {@link limits} that a client plans by: a page that uploads loads no others. */
export const transferLimits = { chunkSizeBytes, maxRunChunks, maxLanes, maxOneShotBytes } as const;

/**
 * Every limit of the protocol, in one place. Sizes are bytes, times milliseconds.
 * A server may lower what it accepts (`maxSizeBytes`), never the chunk size.
 */
export const limits = {
  chunkSizeBytes,
  maxRunChunks,
  maxLanes,
  maxOneShotBytes,
  /** The largest size that survives JSON: 2^53 - 1. */
  maxSizeBytes: Number.MAX_SAFE_INTEGER,
  /** Body of a JSON request. */
  maxJsonBytes: 65_536,
  /** UTF-8 length of a filename. */
  maxFilenameBytes: 1_024,
  /** Caller's metadata: number of keys, characters of one, and UTF-8 length of its JSON. */
  maxMetadataKeys: 32,
  maxMetadataKeyChars: 128,
  maxMetadataBytes: 8_192,
  /** UTF-8 length of a content type. */
  maxContentTypeBytes: 255,
  /** Characters of an `Idempotency-Key`. */
  maxIdempotencyKeyChars: 255,
  /** Characters of a bundle id. */
  maxBundleIdChars: 64,
  /** A page of `/resume`. */
  maxRangesPerPage: 10_000,
  /** A page of `/manifest`, and of the receipts that a `/resume` page looks at. */
  maxReceiptsPerPage: 65_536,
  /** A page of `/files`. */
  maxFilesPerPage: 1_000,
  /** Candidates that `/uploads/check` returns. */
  maxCandidates: 50,
} as const;
