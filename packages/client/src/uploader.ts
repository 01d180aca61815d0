import { type Candidate, HawserError, SpeedMeter, timeLeftMs } from "@hawser/protocol";
import { Api } from "./api.ts";
import { Budget } from "./budget.ts";
import { Handle } from "./handle.ts";
import type { HandleContext } from "./handle-context.ts";
import type { Journal, JournalRecord } from "./journal/journal.ts";
import { Line } from "./line.ts";
import { LazyLive } from "./live/lazy-live.ts";
import type { Live } from "./live/live-api.ts";
import { resolveOptions } from "./options.ts";
import { loadPart } from "./part.ts";
import type { Platform } from "./platform.ts";
import { TravelQueue } from "./queue.ts";
import { newRecord } from "./records.ts";
import { Slots } from "./slots.ts";
import { type Keeper, nothingKept } from "./source/keeper.ts";
import type { Source } from "./source/source.ts";
import { Stall } from "./stall.ts";
import { hasEnded, type Model, sentBytes, statuses } from "./state.ts";
import type { TabLink } from "./tabs/tab-link.ts";
import type { Tabs, TabsHost } from "./tabs/tabs.ts";
import { Throttle } from "./throttle.ts";
import type { Transport } from "./transport/transport.ts";
import type { UploadStatus } from "./upload-state.ts";
import type {
  AddOptions,
  Match,
  MatchOptions,
  StorageStanding,
  SupplyOptions,
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
  /** How tabs that share the journal find each other. Default: what the browser has for that. */
  readonly tabLink?: TabLink;
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
  #tabs: Tabs | null = null;
  #uploads: readonly UploadHandle[] | null = null;
  #live: Live | null = null;
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
  readonly #throttle: Throttle;

  constructor(options: CoreOptions) {
    const { platform, transport } = options;
    const resolved = resolveOptions(options);
    this.#options = options;
    this.#platform = platform;
    this.#startedAt = platform.monotonic();
    this.#queue = new TravelQueue(resolved.maxActive, resolved.strategy);
    this.#changes = new Watchers(platform, this.#closing.signal);
    const writes = new Slots(journalWrites);
    const bounded = async (work: () => Promise<void>) => {
      await writes.take(1);
      await work().finally(() => writes.release(1));
    };
    const line = new Line();
    const engine = this;
    this.#throttle = new Throttle(platform, resolved.maxBytesPerSecond);
    const stall = new Stall(resolved.stallTimeoutMs);
    this.#context = {
      line,
      get tabs() {
        return engine.#tabs;
      },
      stall,
      made: {},
      throttle: this.#throttle,
      platform,
      options: resolved,
      budget: new Budget(resolved.budgetBytes),
      api: new Api(
        { send: this.#watched(transport, line, stall) },
        {
          endpoint: resolved.endpoint,
          stallTimeoutMs: (bodyBytes) => stall.timeoutOf(bodyBytes),
          headers: options.headers ?? (() => ({})),
          now: () => platform.now(),
        },
      ),
      openSource: options.openSource ?? (async () => null),
      refresh: options.refresh ? () => this.#refresh() : null,
      closing: this.#closing.signal,
      put: (record) => bounded(() => this.#journal.put(record)),
      remove: (id) => bounded(() => this.#journal.remove(id)),
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
    if (options.keepAwake) {
      import("./tabs/keep-awake.ts").then(
        ({ keepAwake }) => keepAwake(this, this.#closing.signal),
        () => undefined,
      );
    }
    this.ready = this.#replay();
    // Whoever does not wait for it still has it in `summary` and in the uploads that are missing.
    this.ready.catch(() => undefined);
  }

  /** Sends, and notes what the answers say of the line and the server. */
  #watched(transport: Transport, line: Line, stall: Stall): Transport["send"] {
    const platform = this.#platform;
    return async (request, signal) => {
      await this.#tabs?.ensureAwake(signal);
      const sentAt = platform.monotonic();
      const response = await transport.send(request, signal).catch((error) => {
        const at = platform.monotonic();
        // Of those with many bytes their lanes know more.
        if (!(request.body instanceof Uint8Array)) stall.failed(error, at - sentAt, sentAt, at);
        throw error;
      });
      stall.answered(request.body?.length ?? 0, platform.monotonic() - sentAt);
      // Whatever comes back shows that the server is there.
      if (line.answered()) this.#pumpSoon();
      return response;
    };
  }

  get uploads(): readonly UploadHandle[] {
    this.#uploads ??= this.#tabs?.inOrder(this.#handles) ?? [...this.#handles.values()];
    return this.#uploads;
  }

  get live(): Live {
    this.#live ??= new LazyLive({
      uploader: this,
      context: this.#context,
      openSocket: this.#options.openSocket,
      handles: () => this.#handles.values(),
    });
    return this.#live;
  }

  get #journal(): Journal {
    return this.#tabs ?? this.#options.journal;
  }

  add(source: Source, options: AddOptions = {}): UploadHandle {
    return this.adopt(source, options, null);
  }

  /** @param candidate an upload on the server that goes on with this source */
  adopt(source: Source, options: AddOptions & SupplyOptions, candidate: Candidate | null): UploadHandle {
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
    this.#queue.open();
    this.#pumpSoon();
  }

  closeGate(): void {
    for (const handle of this.#queue.close()) handle.dispatch({ type: "recalled" });
  }

  get maxBytesPerSecond(): number | null {
    return this.#throttle.bytesPerSecond;
  }

  setMaxBytesPerSecond(bytesPerSecond: number | null): void {
    this.#limit(bytesPerSecond);
    this.#tabs?.limit(bytesPerSecond);
  }

  /** @param part what of it is for this tab, from 0 to 1; absent: as before */
  #limit(bytesPerSecond: number | null, part?: number): void {
    this.#throttle.setLimit(bytesPerSecond);
    if (part !== undefined) this.#throttle.setShare(part);
    this.#changes.changed();
  }

  get storage(): StorageStanding {
    const { keeper, journal } = this.#options;
    return keeper?.standing ?? { ...nothingKept, isDurable: !!journal.isDurable };
  }

  forget(id: string): void {
    const handle = this.#handles.get(id);
    if (handle === undefined || !hasEnded(handle.model)) return;
    this.#drop(handle);
    this.#tabs?.forgotten(id);
  }

  #drop(handle: Handle): void {
    // A failed one is on record until now.
    const erased = handle.isHere ? handle.erase() : undefined;
    this.#erased = this.#erased.then(() => erased);
    this.#handles.delete(handle.id);
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
    await this.#journal.close();
    this.#options.transport.close?.();
  }

  async #replay(): Promise<void> {
    try {
      this.#tabs = await this.#join();
      const { records, unreadable } = await this.#journal.load();
      this.#unreadableRecords = unreadable;
      this.#take(records.filter(({ endpoint }) => endpoint === this.#context.options.endpoint));
    } finally {
      this.#isReady = true;
      for (const handle of this.#handles.values()) handle.begin();
      this.#tabs?.begin();
    }
  }

  /** Null where nobody else has the journal open, or nobody could tell who. */
  async #join(): Promise<Tabs | null> {
    const { journal, tabLink } = this.#options;
    if (journal.shared === undefined) return null;
    const { joinTabs } = await loadPart(import("./tabs/tabs.ts"));
    const host: TabsHost = {
      context: this.#context,
      handles: () => this.#handles,
      list: (record) => this.#listEarlier(record),
      drop: (handle) => this.#drop(handle),
      limit: (bytesPerSecond, part) => this.#limit(bytesPerSecond, part),
      maxBytesPerSecond: () => this.#throttle.bytesPerSecond,
    };
    return joinTabs(host, journal, tabLink);
  }

  /** What was owed before goes before what was added meanwhile. */
  #take(records: readonly JournalRecord[]): void {
    const added = [...this.#handles.values()];
    this.#handles = new Map();
    for (const record of [...records].sort((a, b) => a.position - b.position)) {
      this.#listEarlier(record);
      this.#noteTrace(record.id, "replayed", { sizeBytes: record.source.sizeBytes });
    }
    for (const handle of added) {
      handle.place(this.#nextPosition++);
      this.#list(handle);
    }
  }

  #listEarlier(record: JournalRecord): Handle {
    const handle = new Handle(this.#context, record, null);
    this.#nextPosition = Math.max(this.#nextPosition, record.position + 1);
    this.#list(handle);
    return handle;
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
        if (next === undefined) break;
        next.dispatch({ type: "admitted" });
      }
      this.#tabs?.pumped();
    });
  }

  #noteChange(handle: Handle, before: Model, after: Model): void {
    this.#uploadingCount += Number(after.status === "uploading") - Number(before.status === "uploading");
    this.#meter.follow(this.#uploadingCount > 0, sentBytes(before, after), this.#platform.monotonic());
    if (hasEnded(after)) this.#queue.forget(handle);
    this.#tabs?.changed(handle);
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
