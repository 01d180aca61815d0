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
  /** Bytes that the server had acknowledged when this was written: to be shown at once, never proof. */
  readonly confirmedBytes?: number;
  /** Everything that the server has is compared with the source before a byte is sent. */
  readonly compareFirst?: boolean;
  /** Order in the queue. */
  readonly position: number;
  readonly createdAt: number;
}

/** The client's durable record of what it still owes. Every change is durable when its promise resolves. */
export interface Journal {
  /** Present, and true, where records outlive the process. */
  readonly isDurable?: boolean;
  /** All records, in any order. What cannot be read is set aside and counted, and never stops the rest. */
  load(): Promise<{ readonly records: readonly JournalRecord[]; readonly unreadable: number }>;
  put(record: JournalRecord): Promise<void>;
  remove(id: string): Promise<void>;
  close(): Promise<void>;
  /** Present where several may have the journal open at once, each carrying records of its own. */
  readonly shared?: SharedJournal;
}

/**
 * A journal that several tabs have open. Each record bears the holder that carries it. `put` and `remove` of a record
 * that another holder carries by now, or that is gone, change nothing and reject with `taken_over`: that is the fence
 * against a tab that was frozen and wakes up. A `put` of a record that was never there makes it, carried here.
 */
export interface SharedJournal {
  /** Names this opening of the journal; no other one ever has the same name. */
  readonly holder: string;
  /** All records and who carries each, without carrying any. */
  peek(): Promise<{ readonly kept: readonly KeptRecord[]; readonly unreadable: number }>;
  /**
   * Carries these records here from now on, each only if it is still carried by the holder it was seen with, in one
   * durable step.
   * @returns those that are carried here now, as they stand
   */
  claim(seen: readonly Pick<KeptRecord, "id" | "holder">[]): Promise<readonly JournalRecord[]>;
}

export interface KeptRecord {
  readonly id: string;
  readonly holder: string;
  readonly record: JournalRecord;
}
