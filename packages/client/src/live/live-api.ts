import type { BundleLabel, File, HawserError, Upload } from "@hawser/protocol";

/**
 * How this client hears what happens on the server:
 * - `off`: nobody listens, or the page is hidden
 * - `connecting`: nothing was heard yet, or not since the line broke
 * - `live`: everything is told as it happens
 * - `polling`: something on the way lets no such line through; the server is asked again and again instead
 * - `offline`: the device has no network
 */
export type LiveStatus = "off" | "connecting" | "live" | "polling" | "offline";

export interface LiveStanding {
  readonly status: LiveStatus;
  /** Why it is not `live`, as far as that is known. */
  readonly cause: HawserError | null;
}

/** An upload of the same owner as the server has it. Times are milliseconds since 1970 on the server's clock. */
export interface LiveUpload {
  /** The server's id. */
  readonly id: string;
  readonly name: string;
  readonly contentType: string;
  /** Null while nobody knows it. */
  readonly sizeBytes: number | null;
  /** Durable on the server. */
  readonly receivedBytes: number;
  readonly totalChunks: number | null;
  readonly missingChunks: number | null;
  /** `active` takes bytes, `assembling` is put together and checked; the others are ends. */
  readonly state: Upload["state"];
  /** Of acknowledged bytes; null while nothing moves, or nothing is known of it. */
  readonly bytesPerSecond: number | null;
  readonly timeLeftMs: number | null;
  readonly bundle: BundleLabel | null;
  readonly createdAt: number;
  readonly lastActivityAt: number;
  /** Once it is `completed`. */
  readonly file: File | null;
  /** Why its content was refused last, or why it failed. */
  readonly failure: { readonly code: string; readonly detail: string } | null;
}

/**
 * What the server tells of its owner's uploads, also of those that other devices send. Nothing depends on it: an upload
 * of this client asks the server itself for all that matters.
 */
export interface Live {
  /** The same object until it changes. */
  readonly standing: LiveStanding;
  /**
   * Uploads that are not on this client's own list, newest first. Those that have ended stay for half a minute, 100 at
   * most. The same array until something changes, and in it the same objects.
   */
  readonly uploads: readonly LiveUpload[];
  /**
   * Calls `listener` after changes, at most ten times a second; returns how to stop. There is a connection as long as
   * somebody listens, and a few seconds longer; a page that is hidden for a minute closes it until it is seen again.
   */
  subscribe(listener: () => void): () => void;
}
