/**
 * The one place where bytes are kept. It knows chunks and prefixes by number and nothing about what is
 * acknowledged: that is the ledger's. Bytes are born at their final place, and nothing is ever renamed.
 *
 * Errors: whatever the storage throws; ENOSPC and EDQUOT keep their `code`, so that the caller can answer 507.
 */
export interface BlobStore {
  /** Chunks that have to be written together, on a multiple of this number (1 where any chunk can be written alone). */
  readonly runAlign: number;
  /** Whether a prefix lies where its chunk will be, so that writing the rest completes the chunk. */
  readonly prefixInPlace: boolean;
  /** Writes whole consecutive chunks from `first`; resolved is not yet durable. Creates what it needs. */
  writeChunks(id: string, first: number, chunks: readonly Uint8Array[]): Promise<void>;
  /** Writes bytes `from`… of one chunk that stays partial for now; resolved is not yet durable. */
  writePrefix(id: string, chunk: number, from: number, bytes: Uint8Array): Promise<void>;
  /**
   * Makes durable all that was resolved before the call, the bytes' own existence included. Never called again after it failed,
   * unless with `unavailable`: then nothing was tried.
   */
  sync(id: string): Promise<void>;
  /** Fills `target` from byte `position` of the whole chunks; returns how many bytes were there. */
  read(id: string, position: number, target: Uint8Array): Promise<number>;
  /** Fills `target` from the start of a chunk's prefix; returns how many bytes were there. */
  readPrefix(id: string, chunk: number, target: Uint8Array): Promise<number>;
  /** Removes all bytes, durably; removing what is not there succeeds. */
  remove(id: string): Promise<void>;
  /** The ids that have bytes, in any order. */
  list(): AsyncIterable<string>;
  /** Writes, syncs, reads back and removes a probe. Throws when the storage cannot be trusted. */
  probe(): Promise<void>;
  /** Free and total bytes, where the storage has an end. */
  capacity?(): Promise<{ readonly freeBytes: number; readonly totalBytes: number }>;
  close(): Promise<void>;
}
