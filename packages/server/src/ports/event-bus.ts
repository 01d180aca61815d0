import type { Progress } from "./live.ts";

/** What the ledger recorded about an upload, in the order in which it became durable. */
export interface UploadEvent {
  /** Rises by at least one from event to event; the ledger gives it. */
  readonly seq: number;
  readonly uploadId: string;
  readonly owner: string;
  readonly kind: EventKind;
  /** Wall time, milliseconds since 1970. */
  readonly at: number;
  /** Small JSON facts about the change. */
  readonly data: Readonly<Record<string, unknown>>;
}

/** State changes; each is written in the transaction that makes the change. */
export type EventKind =
  | "created"
  | "size_fixed"
  | "assembly_started"
  | "reactivated"
  | "completed"
  | "failed"
  | "cancelled"
  | "expired"
  | "damaged"
  | "repaired"
  | "file_deleted";

/** Tells whoever listens that events became durable. Best effort: the rows in the ledger are the truth. */
export interface EventBus {
  publish(events: readonly UploadEvent[]): void;
  /** Calls `listener` for each published batch, until the returned function is called. */
  subscribe(listener: (events: readonly UploadEvent[]) => void): () => void;
  /** Tells what a commit made durable, and the number of the newest event before it. */
  publishProgress(progress: readonly Progress[], seq: number): void;
  /** Like `subscribe`, for progress. */
  followProgress(listener: (progress: readonly Progress[], seq: number) => void): () => void;
  /** Whether anybody follows progress; else it need not be made. */
  readonly isFollowed: boolean;
}
