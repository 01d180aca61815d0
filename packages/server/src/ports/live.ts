import type { ErrorCode, NumberedEvent, Subject, UploadsResponse } from "@hawser/protocol";

/** Whose uploads are looked at, and which of them. */
export interface Watched {
  readonly owner: string;
  readonly subject: Subject;
}

/** One row of the ledger's events, as watchers are told of it. */
export interface Happening {
  readonly seq: number;
  readonly owner: string;
  readonly uploadId: string;
  readonly bundleId: string | null;
  /** All with this number: one, or what comes together with the row's own. */
  readonly events: readonly NumberedEvent[];
}

export interface HappeningPage {
  readonly happenings: readonly Happening[];
  /** Nothing up to this number is left out. */
  readonly seq: number;
  /** Whether that was all there was. */
  readonly isLast: boolean;
}

/** What one commit made durable of one upload, and how it stands since. */
export interface Progress {
  readonly uploadId: string;
  readonly owner: string;
  readonly bundleId: string | null;
  /** Wall time, milliseconds since 1970. */
  readonly at: number;
  readonly sizeBytes: number | null;
  readonly receivedBytes: number;
  /** Null while the size is unknown. */
  readonly missingCount: number | null;
  /** Chunks that got their receipt. */
  readonly ranges: readonly (readonly [number, number])[];
  /** Whether bytes arrived again after a silence. */
  readonly isResumed: boolean;
}

/** Tells that there is something new. What happened is read from the ledger; of progress the bell says all. */
export interface Bell {
  /** Number of the newest event; progress comes after it. */
  readonly seq: number;
  readonly progress: readonly Progress[];
}

/** What live asks of the facts thread. */
export interface LiveFacts {
  /** What happened after `seq`: at most `limit` rows, in their order; `watched` leaves out all others. */
  eventsAfter(seq: number, limit: number, watched?: Watched): Promise<HappeningPage>;
  /**
   * Uploads as they stand, newest first: those of the subject that are on their way, a page at a time; one that is
   * named in whatever state.
   * @param cursor `next` of the page before
   * @throws HawserError `not_found` for one that is not the owner's, `invalid_request` for a cursor that is none
   */
  snapshot(watched: Watched, cursor: string | null): Promise<UploadsResponse>;
  /** Whether bells are to be rung from now on; resolves with the number of the newest event. */
  setWatched(isWatched: boolean): Promise<number>;
}

/** A chunk that came and was not taken. */
export interface Rejection {
  readonly owner: string;
  readonly uploadId: string;
  readonly bundleId: string | null;
  readonly chunk: number;
  readonly code: ErrorCode;
}
