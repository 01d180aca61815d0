/** A copy that lies in the spool, finished or not. */
export interface SpoolCopy {
  readonly spoolId: string;
  readonly sizeBytes: number;
  /** Wall time of its last change, milliseconds since 1970. */
  readonly changedAt: number;
}

/** What has to be copied. */
export interface ToCopy {
  readonly spoolId: string;
  readonly blob: Blob;
}

/** Durable copies of bytes that cannot be read again from where they came. */
export interface Spool {
  /** Copies up to this size belong here. */
  readonly maxCopyBytes: number;
  list(): Promise<readonly SpoolCopy[]>;
  /**
   * Resolves when all of them are on stable storage, as they are. Where it rejects nothing is left of them.
   * @throws HawserError `storage_full`, `internal`; `source_unreadable` when the blob cannot be read; the signal's reason
   */
  copy(copies: readonly ToCopy[], signal: AbortSignal): Promise<void>;
  /** Null when there is no such copy. */
  open(spoolId: string): Promise<Blob | null>;
  /** Nothing happens where there is no such copy. */
  remove(spoolId: string): Promise<void>;
  close(): Promise<void>;
}
