import type { BundleLabel, Candidate, File, HawserError, Metadata, Priority } from "@hawser/protocol";
import type { Journal } from "./journal/journal.ts";
import type { Live } from "./live/live-api.ts";
import type { OpenSocket } from "./live/socket.ts";
import type { Platform } from "./platform.ts";
import type { Source, SourceFacts, SourceOrigin } from "./source/source.ts";
import type { Transport } from "./transport/transport.ts";
import type { UploadState } from "./upload-state.ts";

/**
 * Which uploads travel when. In each of them one failing upload blocks nobody, and a parked one keeps its reason.
 * - `parallel`: up to `maxActive` at once, by priority and order of arrival
 * - `in-order`: one at a time, in order of arrival within each priority
 * - `at-end`: nothing until `openGate`; then as `parallel`
 * - `between-marks`: as `parallel`, but only between `openGate` and `closeGate`; closed at first
 */
export type QueueStrategy = "parallel" | "in-order" | "at-end" | "between-marks";

export interface UploaderOptions {
  /** Address of the server, e.g. `https://files.example.com/`; uploads live under `uploads/` below it. */
  readonly endpoint: string;
  /** Default: IndexedDB in a browser; in Node in memory (nothing survives the process). */
  readonly journal?: Journal;
  /**
   * Most lanes of all uploads together, which share one line; each upload has one at least. How many are used depends on
   * what they bring. Default 4, at most what the server allows.
   */
  readonly maxLanes?: number;
  /** Uploads that travel at the same time. Default 3; small files that go in one request count a quarter each. */
  readonly maxActive?: number;
  /** Default: `parallel`. */
  readonly strategy?: QueueStrategy;
  /** Most bytes a second upwards, for all uploads together; null (the default): no limit. May change while it runs. */
  readonly maxBytesPerSecond?: number | null;
  /**
   * Bytes of copies kept here of files that cannot be opened again later. Default 2 GiB, and never more than half of
   * what the browser grants; 0 keeps none. Browsers only.
   */
  readonly maxSpoolBytes?: number;
  /** Keeps the screen on while something travels, where the browser can. Default: false. */
  readonly keepAwake?: boolean;
  /** Bytes in memory for all uploads together. Default 64 MiB. */
  readonly budgetBytes?: number;
  /**
   * Files up to this size go in one request; above 256 KiB only where the line is known to carry them in two seconds, and
   * above 64 KiB not again after a request that broke. Default 1 MiB, at most 8 MiB.
   */
  readonly oneShotBytes?: number;
  /** Chunks of the longest run. Default 16; how long runs are depends on the line. */
  readonly runChunks?: number;
  /**
   * Attempts without progress before an upload is parked. Default 5; being offline spends none, nor does a server that
   * answers nobody.
   */
  readonly maxAttempts?: number;
  /** First and longest delay between attempts (full jitter). Default 500 ms and 30 s. */
  readonly baseDelayMs?: number;
  readonly maxDelayMs?: number;
  /** Longest silence on a line, where nothing shorter was learnt from it. Default 30 s. */
  readonly stallTimeoutMs?: number;
  /** Called on 401 and 403: gets new credentials, or rejects to leave the upload paused for `auth`. */
  readonly refresh?: () => Promise<void>;
  /** Header fields for each request (credentials); asked before each one. */
  readonly headers?: () => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>;
  /**
   * Finds the bytes of an upload of an earlier life again. Null when they cannot be had without a person: the upload
   * then needs its source. Default: each platform opens what it can.
   */
  readonly openSource?: OpenSource;
  /** Collaborators; each platform has its own defaults. */
  readonly transport?: Transport;
  readonly platform?: Platform;
  /** How `live` opens its line. Default: the `WebSocket` of this browser or Node. */
  readonly openSocket?: OpenSocket;
}

/** @param mayAsk whether the person may be asked for leave to read it: only right after a click */
export type OpenSource = (origin: SourceOrigin, facts: SourceFacts, mayAsk: boolean) => Promise<Source | null>;

export interface AddOptions {
  readonly metadata?: Metadata;
  readonly priority?: Priority;
  readonly bundle?: BundleLabel;
  readonly contentType?: string;
  /** Takes a SHA-256 of the whole file before it travels; the server proves the same. Default: false. */
  readonly fullHash?: boolean;
}

/** One upload as its owner sees it. */
export interface UploadHandle {
  readonly id: string;
  /** The state now. The same object until something changes. */
  readonly state: UploadState;
  /** Resolves when the file is finished; rejects with HawserError when it failed or was cancelled. */
  readonly done: Promise<{ readonly file: File }>;
  pause(): void;
  /** Takes back `pause`, and gives a parked upload new attempts. */
  resume(): void;
  /** Ends it for good, on the server too, and forgets it. */
  cancel(): void;
  /** Gives a `needs-source` upload its bytes again. Rejects `source_changed` when the evidence speaks against it. */
  supply(source: Source, options?: SupplyOptions): Promise<void>;
  /**
   * Opens the source of a `needs-source` upload that `canReopen`, asking the person for leave where that is needed: call
   * it from a click. Rejects `source_unreadable` when leave was not given or the file is gone, `source_changed` when it
   * is another one.
   */
  reopen(options?: SupplyOptions): Promise<void>;
  /** Moves it before or behind others in the queue. */
  setPriority(priority: Priority): void;
  /** Each new state, at most one every `minIntervalMs` (default 100) and always the last one. */
  states(options?: { minIntervalMs?: number; signal?: AbortSignal }): AsyncIterable<UploadState>;
  /** Calls `listener` after changes, throttled; returns how to stop. */
  subscribe(listener: (state: UploadState) => void): () => void;
}

export interface MatchOptions {
  /** Compares a SHA-256 of the whole source too. Default: false. */
  readonly full?: boolean;
  /** Called while the whole source is hashed, with the bytes that are done. */
  readonly onProgress?: (doneBytes: number) => void;
  /** Attempts before it rejects. Default: those of the uploader. */
  readonly maxAttempts?: number;
  /** Ends the search, with its reason. */
  readonly signal?: AbortSignal;
}

export interface SupplyOptions {
  /**
   * Compares everything that the server has with the source before a byte is sent ("resume with verification").
   * Otherwise that is done at the end, before it is finalized. Default: false.
   */
  readonly compareFirst?: boolean;
}

/** A candidate for resume, with what is known about it. */
export interface Match {
  readonly candidate: Candidate;
  /** `content`: a hash of the content agreed. `time`: name, size and time. `name`: name and size only. */
  readonly evidence: "content" | "time" | "name";
  /** Goes on with this upload. */
  resume(options?: AddOptions & SupplyOptions): UploadHandle;
  /** Cancels it on the server. */
  discard(): Promise<void>;
}

export interface UploaderSummary {
  readonly counts: Readonly<Record<UploadState["status"], number>>;
  readonly confirmedBytes: number;
  readonly totalBytes: number;
  readonly bytesPerSecond: number | null;
  readonly timeLeftMs: number | null;
  readonly unreadableRecords: number;
}

/** How well this browser or process keeps what is owed. */
export interface StorageStanding {
  /** Whether unfinished uploads outlive this page or process. */
  readonly isDurable: boolean;
  /** Whether the browser has promised not to clear it by itself; null: not asked yet, or there is nobody to ask. */
  readonly isPersisted: boolean | null;
  /** Bytes of copies kept here. */
  readonly spoolBytes: number;
  /** What went wrong last with keeping things here; null while nothing did. */
  readonly trouble: HawserError | null;
}

export interface Uploader {
  /** Resolves when the journal was read and what it owes is back in the queue. */
  readonly ready: Promise<void>;
  add(source: Source, options?: AddOptions): UploadHandle;
  /** All uploads, oldest first; the same array until one is added or removed. */
  readonly uploads: readonly UploadHandle[];
  /**
   * Candidates on the server and in the journal that may be this source, best evidence first; see `chooseMatch`. While
   * the server does not answer, those of the journal are returned. Where it has none, passing trouble is tried again
   * like that of an upload, up to `maxAttempts` times; then it rejects with what went wrong, as it does at once with what
   * does not pass.
   */
  match(source: Source, options?: MatchOptions): Promise<readonly Match[]>;
  pauseAll(): void;
  resumeAll(): void;
  /** Lets uploads travel, under the strategies that wait for it; nothing happens under the others. */
  openGate(): void;
  /** Under `between-marks`: nothing new sets out, and what travels goes back to its place in the queue. */
  closeGate(): void;
  readonly maxBytesPerSecond: number | null;
  /** Changes the limit while it runs, in all tabs; null takes it away. */
  setMaxBytesPerSecond(bytesPerSecond: number | null): void;
  readonly storage: StorageStanding;
  /** What the server tells of its owner's uploads, also of those that other devices send; silent until somebody listens. */
  readonly live: Live;
  /** Takes a finished, failed or cancelled upload off the list. */
  forget(id: string): void;
  summary(): UploaderSummary;
  /** The last events of all uploads, for a bug report: plain JSON, without names or content. */
  trace(): readonly TraceEvent[];
  /** Calls `listener` when uploads are added, removed or change state; throttled. */
  subscribe(listener: () => void): () => void;
  /** Stops all work and lets go; what is owed stays in the journal. */
  close(): Promise<void>;
}

export interface TraceEvent {
  /** Milliseconds since the uploader was made. */
  readonly atMs: number;
  readonly upload: string;
  readonly event: string;
  readonly data?: Readonly<Record<string, string | number | boolean | null>>;
}
