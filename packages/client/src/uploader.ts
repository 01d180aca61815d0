import { type Candidate, HawserError } from "@hawser/protocol";
import { Api } from "./api.ts";
import { Budget } from "./budget.ts";
import { Handle, type HandleContext } from "./handle.ts";
import type { Journal, JournalRecord } from "./journal/journal.ts";
import { Line } from "./line.ts";
import { resolveOptions } from "./options.ts";
import { loadPart } from "./part.ts";
import type { Platform } from "./platform.ts";
import { TravelQueue } from "./queue.ts";
import { newRecord } from "./records.ts";
import { Slots } from "./slots.ts";
import type { Keeper } from "./source/keeper.ts";
import type { Source } from "./source/source.ts";
import { SpeedMeter, timeLeftMs } from "./speed.ts";
import { hasEnded, type Model, sentBytes, statuses } from "./state.ts";
import type { Transport } from "./transport/transport.ts";
import type { UploadStatus } from "./upload-state.ts";
import type {
  AddOptions,
  Match,
  MatchOptions,
  StorageStanding,
  TraceEvent,
  Uploader,
  UploaderOptions,
  UploaderSummary,
  UploadHandle,
} from "./uploader-api.ts";
import { Watchers } from "./watchers.ts";

/** Options with every collaborator; what each platform fills in. */
export interface CoreOptions extends UploaderOptions {
  readonly journal: Journal;
  readonly transport: Transport;
  readonly platform: Platform;
  /** Absent where sources are found again without anything being kept, or not at all. */
  readonly keeper?: Keeper;
}

/** Events that the trace keeps. */
const traceLength = 1_000;
/** Writes of the journal that run at once. */
const journalWrites = 64;

export function createUploader(options: CoreOptions): Uploader {
  return new Engine(options);
}

class Engine implements Uploader {
  readonly ready: Promise<void>;
  readonly #options: CoreOptions;
  readonly #context: HandleContext;
  readonly #platform: Platform;
  readonly #closing = new AbortController();
  readonly #queue: TravelQueue<Handle>;
  #handles = new Map<string, Handle>();
  #uploads: readonly UploadHandle[] | null = null;
  #isReady = false;
  #isPumping = false;
  #nextPosition = 1;
  #unreadableRecords = 0;
  #refreshing: Promise<void> | null = null;
  #closed: Promise<void> | null = null;
  /** Resolves when all that was forgotten is out of the journal. */
  #erased: Promise<void> = Promise.resolve();
  readonly #trace: TraceEvent[] = [];
  readonly #startedAt: number;
  readonly #meter = new SpeedMeter();
  #uploadingCount = 0;
  readonly #changes: Watchers;
  readonly #stopListening: () => void;
  #maxBytesPerSecond: number | null;

  constructor(options: CoreOptions) {
    const { platform, transport, journal } = options;
    const resolved = resolveOptions(options);
    this.#options = options;
    this.#maxBytesPerSecond = resolved.maxBytesPerSecond;
    this.#platform = platform;
    this.#startedAt = platform.monotonic();
    this.#queue = new TravelQueue(resolved.maxActive);
    this.#changes = new Watchers(platform, this.#closing.signal);
    const writes = new Slots(journalWrites);
    const bounded = async (work: () => Promise<void>) => {
      await writes.take(1);
      await work().finally(() => writes.release(1));
    };
    const line = new Line();
    // Whatever comes back shows that the server is there.
    const send: Transport["send"] = async (request, signal) => {
      const response = await transport.send(request, signal);
      if (line.answered()) this.#pumpSoon();
      return response;
    };
    this.#context = {
      line,
      platform,
      options: resolved,
      budget: new Budget(resolved.budgetBytes),
      api: new Api(
        { send },
        {
          endpoint: resolved.endpoint,
          stallTimeoutMs: resolved.stallTimeoutMs,
          headers: options.headers ?? (() => ({})),
          now: () => platform.now(),
        },
      ),
      openSource: options.openSource ?? (async () => null),
      refresh: options.refresh ? () => this.#refresh() : null,
      closing: this.#closing.signal,
      put: (record) => bounded(() => journal.put(record)),
      remove: (id) => bounded(() => journal.remove(id)),
      keeper: options.keeper ?? null,
      queue: this.#queue,
      pump: () => this.#pumpSoon(),
      changed: (handle, before, after) => this.#noteChange(handle, before, after),
      trace: (upload, event, data) => this.#noteTrace(upload, event, data),
    };
    const stopListening = platform.onOnlineChange((online) => {
      for (const handle of this.#handles.values()) online ? handle.release(["offline"]) : handle.hold("offline");
    });
    const stopWatching = platform.onHide?.(() => {
      for (const handle of this.#handles.values()) handle.noteProgress();
    });
    this.#stopListening = () => {
      stopListening();
      stopWatching?.();
    };
    options.keeper?.onChange(() => this.#changes.changed());
    this.ready = this.#replay();
    // Whoever does not wait for it still has it in `summary` and in the uploads that are missing.
    this.ready.catch(() => undefined);
  }

  get uploads(): readonly UploadHandle[] {
    this.#uploads ??= [...this.#handles.values()];
    return this.#uploads;
  }

  add(source: Source, options: AddOptions = {}): UploadHandle {
    return this.adopt(source, options, null);
  }

  /** @param candidate an upload on the server that goes on with this source */
  adopt(source: Source, options: AddOptions, candidate: Candidate | null): UploadHandle {
    if (this.#closing.signal.aborted) throw new HawserError("invalid_request", { detail: "The uploader is closed." });
    const record = newRecord(source, options, candidate, {
      id: this.#platform.createId(),
      endpoint: this.#context.options.endpoint,
      idempotencyKey: this.#platform.createId(),
      position: this.#nextPosition++,
      createdAt: this.#platform.now(),
    });
    const handle = new Handle(this.#context, record, source);
    this.#list(handle);
    this.#noteTrace(handle.id, "added", { sizeBytes: record.source.sizeBytes });
    if (this.#isReady) handle.begin();
    return handle;
  }

  async match(source: Source, options: MatchOptions = {}): Promise<readonly Match[]> {
    // Loaded by those alone who ask for it.
    const { findMatches } = await loadPart(import("./match.ts"));
    return findMatches(source, options, this.#context, {
      own: () => [...this.#handles.values()],
      adopt: (...rest) => this.adopt(...rest),
    });
  }

  pauseAll(): void {
    for (const handle of this.#handles.values()) handle.pause();
  }

  resumeAll(): void {
    for (const handle of this.#handles.values()) handle.resume();
  }

  openGate(): void {
    this.#pumpSoon();
  }

  closeGate(): void {
    this.#pumpSoon();
  }

  get maxBytesPerSecond(): number | null {
    return this.#maxBytesPerSecond;
  }

  setMaxBytesPerSecond(bytesPerSecond: number | null): void {
    this.#maxBytesPerSecond = bytesPerSecond;
    this.#changes.changed();
  }

  get storage(): StorageStanding {
    const { keeper, journal } = this.#options;
    const isDurable = journal.isDurable ?? false;
    return keeper?.standing ?? { isDurable, isPersisted: null, spoolBytes: 0, trouble: null };
  }

  forget(id: string): void {
    const handle = this.#handles.get(id);
    if (handle === undefined || !hasEnded(handle.model)) return;
    // A failed one is on record until now.
    const erased = handle.erase();
    this.#erased = this.#erased.then(() => erased);
    this.#handles.delete(id);
    this.#queue.forget(handle);
    this.#uploads = null;
    this.#changes.changed();
  }

  summary(): UploaderSummary {
    const counts = Object.fromEntries(statuses.map((status) => [status, 0])) as Record<UploadStatus, number>;
    let confirmedBytes = 0;
    let totalBytes = 0;
    for (const { model } of this.#handles.values()) {
      counts[model.status]++;
      if (model.status === "cancelled" || model.status === "failed") continue;
      confirmedBytes += model.confirmedBytes;
      totalBytes += model.sizeBytes ?? model.confirmedBytes;
    }
    const bytesPerSecond = this.#meter.bytesPerSecond(this.#platform.monotonic());
    return {
      counts,
      confirmedBytes,
      totalBytes,
      bytesPerSecond,
      timeLeftMs: timeLeftMs(totalBytes - confirmedBytes, bytesPerSecond),
      unreadableRecords: this.#unreadableRecords,
    };
  }

  trace(): readonly TraceEvent[] {
    return [...this.#trace];
  }

  subscribe(listener: () => void): () => void {
    return this.#changes.watch(listener);
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#stopListening();
    this.#closing.abort();
    await this.ready.catch(() => undefined);
    await Promise.all([...this.#handles.values()].map((handle) => handle.close()));
    await this.#erased;
    await this.#options.journal.close();
    this.#options.transport.close?.();
  }

  async #replay(): Promise<void> {
    try {
      const { records, unreadable } = await this.#options.journal.load();
      this.#unreadableRecords = unreadable;
      this.#take(records.filter(({ endpoint }) => endpoint === this.#context.options.endpoint));
    } finally {
      this.#isReady = true;
      for (const handle of this.#handles.values()) handle.begin();
    }
  }

  /** What was owed before goes before what was added meanwhile. */
  #take(records: readonly JournalRecord[]): void {
    const added = [...this.#handles.values()];
    this.#handles = new Map();
    for (const record of [...records].sort((a, b) => a.position - b.position)) {
      const handle = new Handle(this.#context, record, null);
      this.#nextPosition = Math.max(this.#nextPosition, record.position + 1);
      this.#list(handle);
      this.#noteTrace(handle.id, "replayed", { sizeBytes: record.source.sizeBytes });
    }
    for (const handle of added) {
      handle.place(this.#nextPosition++);
      this.#list(handle);
    }
  }

  #list(handle: Handle): void {
    this.#handles.set(handle.id, handle);
    this.#uploads = null;
    this.#changes.changed();
  }

  /** Gives free places to those whose turn it is; once for all that happened in this turn of the loop. */
  #pumpSoon(): void {
    if (this.#isPumping) return;
    this.#isPumping = true;
    queueMicrotask(() => {
      this.#isPumping = false;
      if (this.#closing.signal.aborted) return;
      while (this.#context.line.admits(this.#queue.travelling)) {
        const next = this.#queue.take();
        if (next === undefined) return;
        next.dispatch({ type: "admitted" });
      }
    });
  }

  #noteChange(handle: Handle, before: Model, after: Model): void {
    this.#uploadingCount += Number(after.status === "uploading") - Number(before.status === "uploading");
    this.#meter.follow(this.#uploadingCount > 0, sentBytes(before, after), this.#platform.monotonic());
    if (hasEnded(after)) this.#queue.forget(handle);
    this.#changes.changed();
  }

  /** One call for all that were refused at the same time. */
  #refresh(): Promise<void> {
    this.#refreshing ??= Promise.resolve()
      .then(this.#options.refresh)
      .finally(() => {
        this.#refreshing = null;
      });
    return this.#refreshing;
  }

  #noteTrace(upload: string, event: string, data?: TraceEvent["data"]): void {
    const atMs = Math.round(this.#platform.monotonic() - this.#startedAt);
    this.#trace.push({ atMs, upload, event, ...(data && { data }) });
    if (this.#trace.length > traceLength) this.#trace.shift();
  }
}
