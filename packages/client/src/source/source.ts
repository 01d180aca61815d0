import type { FileHandle } from "./file-handle.ts";

/** Where a source's bytes can be found again after this process has ended; plain data, kept in the journal. */
export type SourceOrigin =
  | { readonly kind: "path"; readonly path: string }
  | { readonly kind: "handle"; readonly handleId: string }
  | { readonly kind: "spool"; readonly spoolId: string };

/** What a source says about itself, before a byte of it is read. */
export interface SourceFacts {
  /** As the person knows it; NFC. */
  readonly name: string;
  /** Null while nobody knows where it ends (a stream, a recording). */
  readonly sizeBytes: number | null;
  readonly contentType: string | null;
  /** ISO 8601, UTC; null when the source has no such time. */
  readonly lastModified: string | null;
}

/**
 * Where bytes come from. One engine upload owns one source.
 *
 * A source that can be read again (`replayable`) is read anywhere, any number of times. One that cannot is read in
 * rising order; it keeps what was read until `release`, so that a run can be sent again.
 */
export interface Source {
  readonly facts: SourceFacts;
  readonly origin: SourceOrigin | null;
  /** What leads to the bytes again, in a browser that has such handles; `origin` names it. */
  readonly handle?: FileHandle;
  /** The bytes, for whoever may keep a copy of them or send them from disk; null when it was closed. */
  readonly blob?: Blob | null;
  readonly replayable: boolean;
  /**
   * Fills `target` from byte `offset`; returns how many bytes there were: fewer than asked only at the end.
   * @throws HawserError `source_unreadable`, `source_changed` (a known size or time is not true any more)
   */
  read(offset: number, target: Uint8Array, signal: AbortSignal): Promise<number>;
  /** The facts as they are now, to see whether the source was edited; absent where that cannot be known. */
  refresh?(): Promise<SourceFacts>;
  /** Bytes before `offset` are acknowledged and will not be asked for again. */
  release?(offset: number): void;
  close(): Promise<void>;
}
