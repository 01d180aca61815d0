import type { BundleLabel, Evidence, Metadata, Priority } from "@hawser/protocol";
import type { PauseReason } from "../pause.ts";
import type { SourceFacts, SourceOrigin } from "../source/source.ts";

/** What this client still owes: one upload on its way. Plain data; `version` is the record's form. */
export interface JournalRecord {
  readonly version: 1;
  /** The engine's own id of the upload. */
  readonly id: string;
  readonly endpoint: string;
  readonly source: SourceFacts;
  readonly origin: SourceOrigin | null;
  readonly evidence: Evidence;
  readonly metadata: Metadata;
  readonly priority: Priority;
  readonly bundle: BundleLabel | null;
  readonly contentType: string | null;
  /** Whether a SHA-256 of the whole file was asked for. */
  readonly fullHash?: boolean;
  /** Sent with initialize or one shot; journaled before the first request. */
  readonly idempotencyKey: string;
  /** What the server calls it, once it has answered. */
  readonly upload: {
    readonly id: string;
    readonly runAlign: number;
    readonly maxRunChunks: number;
    readonly maxLanes?: number;
  } | null;
  /** Reasons that outlive the process (the user's pause, parked after the last attempt). */
  readonly paused: readonly PauseReason[];
  /** Why it was parked, in the words of the error table. */
  readonly parked: { readonly code: string; readonly detail: string } | null;
  /** Order in the queue. */
  readonly position: number;
  readonly createdAt: number;
}

/** The client's durable record of what it still owes. Every change is durable when its promise resolves. */
export interface Journal {
  /** All records, in any order. What cannot be read is set aside and counted, and never stops the rest. */
  load(): Promise<{ readonly records: readonly JournalRecord[]; readonly unreadable: number }>;
  put(record: JournalRecord): Promise<void>;
  remove(id: string): Promise<void>;
  close(): Promise<void>;
}
