import { type File, HawserError, type Priority } from "@hawser/protocol";
import type { JournalRecord } from "./journal/journal.ts";
import type { Line } from "./line.ts";
import { Owed, type RecordKeeper } from "./owed.ts";
import { loadPart } from "./part.ts";
import { type PauseReason, pauseReasons } from "./pause.ts";
import type { TravelQueue } from "./queue.ts";
import { causeOf, lastingOf } from "./records.ts";
import { decideRetry } from "./retry.ts";
import { toState } from "./snapshot.ts";
import type { Keeper } from "./source/keeper.ts";
import type { Source, SourceOrigin } from "./source/source.ts";
import {
  type Effect,
  hasEnded,
  isTravelling,
  type Model,
  newModel,
  reduce,
  sentBytes,
  type UploadEvent,
} from "./state.ts";
import { describeEvent } from "./trace.ts";
import { carryUpload, isOneShot, type UploadJob, type UploadParts } from "./upload.ts";
import type { UploadState } from "./upload-state.ts";
import type { OpenSource, SupplyOptions, TraceEvent, UploadHandle } from "./uploader-api.ts";
import { Watchers } from "./watchers.ts";
import { Work } from "./work.ts";

/** What all handles share, and what they tell their owner. */
export interface HandleContext extends UploadParts, RecordKeeper {
  readonly openSource: OpenSource;
  readonly keeper: Keeper | null;
  /** Null when the app cannot get new credentials. */
  readonly refresh: (() => Promise<void>) | null;
  /** Ends everything. */
  readonly closing: AbortSignal;
  readonly queue: TravelQueue<Handle>;
  readonly line: Line;
  /** Gives free places to those whose turn it is. */
  pump(): void;
  changed(handle: Handle, before: Model, after: Model): void;
  trace(upload: string, event: string, data?: TraceEvent["data"]): void;
}

/** How often the journal hears how far an upload is. */
const noteIntervalMs = 5_000;

/** One upload: it keeps the state, does what the state asks for, and owns the run loop. */
export class Handle implements UploadHandle {
  readonly id: string;
  readonly #context: HandleContext;
  readonly #owed: Owed;
  #source: Source | null;
  #model: Model;
  #work: Work | null = null;
  /** Whether the server may know of it. */
  #isAsked: boolean;
  #life: AbortController | null = null;
  #running: Promise<void> = Promise.resolve();
  #timer: AbortController | null = null;
  /** Ends what is done to find the source again. */
  #keeping: AbortController | null = null;
  #notedAt = Number.NEGATIVE_INFINITY;
  #state: UploadState | null = null;
  #done: PromiseWithResolvers<{ readonly file: File }> | null = null;
  readonly #watchers: Watchers;
  readonly #isFromEarlier: boolean;

  /** @param source null for a record that was read from the journal */
  constructor(context: HandleContext, record: JournalRecord, source: Source | null) {
    this.id = record.id;
    this.#context = context;
    this.#watchers = new Watchers(context.platform, context.closing);
    this.#owed = new Owed(context, record, source === null);
    this.#source = source;
    this.#isFromEarlier = source === null;
    this.#isAsked = record.upload !== null;
    const isOffline = !context.platform.online();
    const reasons = pauseReasons.filter(
      (reason) => record.paused.includes(reason) || (isOffline && reason === "offline"),
    );
    this.#model = newModel(record.source.sizeBytes, reasons, causeOf(record), record.confirmedBytes);
  }

  get record(): JournalRecord {
    return this.#owed.record;
  }

  get model(): Model {
    return this.#model;
  }

  get priority(): JournalRecord["priority"] {
    return this.record.priority;
  }

  get isSmall(): boolean {
    return isOneShot(this.record, this.#context.options);
  }

  get state(): UploadState {
    const ahead = this.#model.status === "queued" ? this.#context.queue.ahead(this) : 0;
    const known = this.#state;
    if (known !== null && (known.status !== "queued" || known.ahead === ahead)) return known;
    this.#state = toState(this.#model, this.record, {
      ahead,
      maxAttempts: this.#context.options.maxAttempts,
      at: this.#context.platform.monotonic(),
      work: this.#work,
      isFromEarlier: this.#isFromEarlier,
    });
    return this.#state;
  }

  get done(): Promise<{ readonly file: File }> {
    if (this.#done === null) {
      this.#done = Promise.withResolvers();
      this.#settleDone();
    }
    return this.#done.promise;
  }

  pause(): void {
    this.hold("user");
  }

  resume(): void {
    this.#context.line.hope();
    this.release(pauseReasons.filter((reason) => reason !== "offline"));
  }

  cancel(): void {
    this.dispatch({ type: "cancelled" });
  }

  async supply(source: Source, options: SupplyOptions = {}): Promise<void> {
    const { closing } = this.#context;
    this.#ensureLacking();
    const { ensureSame } = await loadPart(import("./sameness.ts"));
    await ensureSame(source, this.record.source, this.record.evidence, this.#context, closing);
    this.#ensureLacking();
    this.#source = source;
    // Another source is read from its start, and compared with what the first one held.
    if (this.#work !== null) this.#work.frontier = 1;
    const { compareFirst } = options;
    this.#keep(this.#save({ origin: source.origin, ...(compareFirst !== undefined && { compareFirst }) }));
    this.dispatch({ type: "supplied" });
  }

  async reopen(options?: SupplyOptions): Promise<void> {
    this.#ensureLacking();
    const { origin, source: facts } = this.record;
    const found = origin === null ? null : await this.#context.openSource(origin, facts, true);
    if (found === null) throw new HawserError("source_unreadable", { detail: `${facts.name} cannot be opened.` });
    try {
      await this.supply(found, options);
    } catch (error) {
      await found.close();
      throw error;
    }
  }

  setPriority(priority: Priority): void {
    void this.#note(this.#save({ priority }));
  }

  #ensureLacking(): void {
    if (this.#model.status === "needs-source") return;
    throw new HawserError("state_conflict", { detail: "This upload has its source." });
  }

  states(options: { minIntervalMs?: number; signal?: AbortSignal } = {}): AsyncIterable<UploadState> {
    return this.#watchers.values(() => this.state, hasEnded, options);
  }

  subscribe(listener: (state: UploadState) => void): () => void {
    return this.#watchers.watch(() => listener(this.state));
  }

  hold(reason: PauseReason): void {
    this.dispatch({ type: "held", reason, cause: null });
  }

  /** Takes reasons back; only the network's return gives no new attempts. */
  release(reasons: readonly PauseReason[]): void {
    this.dispatch({ type: "released", reasons, anew: !reasons.includes("offline") });
  }

  /** A first state from the queue, or from what the record says. */
  begin(): void {
    this.#keep(this.#owed.save());
    if (this.#source === null && this.record.origin === null) this.dispatch({ type: "lost" });
    else if (this.#model.status === "queued") this.#perform("enqueue");
  }

  /** Gives it its place in the order. */
  place(position: number): void {
    this.#owed.revise({ position });
  }

  /** Journals how far it is, so that a later life can show it at once. */
  noteProgress(): void {
    const { confirmedBytes } = this.#model;
    // What goes in one request is there or not.
    if (hasEnded(this.#model) || this.isSmall || confirmedBytes === (this.record.confirmedBytes ?? 0)) return;
    this.#notedAt = this.#context.platform.monotonic();
    void this.#note(this.#save({ confirmedBytes }));
  }

  /** Takes it out of the journal. */
  erase(): Promise<void> {
    this.#keeping?.abort();
    return this.#note(this.#owed.erase());
  }

  async close(): Promise<void> {
    this.noteProgress();
    this.#life?.abort();
    this.#timer?.abort();
    await this.#running;
    await this.#owed.idle();
    await this.#source?.close().catch(() => undefined);
  }

  dispatch(event: UploadEvent): void {
    const context = this.#context;
    if (context.closing.aborted) return;
    const before = this.#model;
    const { model, effects } = reduce(before, event);
    if (model === before) return;
    this.#model = model;
    const told = describeEvent(event, model);
    if (told) context.trace(this.id, event.type, told);
    this.#work?.meter.follow(model.status === "uploading", sentBytes(before, model), context.platform.monotonic());
    for (const effect of effects) this.#perform(effect);
    const isDue = context.platform.monotonic() - this.#notedAt >= noteIntervalMs;
    if (isDue || (isTravelling(before) && !isTravelling(model))) this.noteProgress();
    this.#shown();
    context.changed(this, before, model);
  }

  #perform(effect: Effect): void {
    const context = this.#context;
    const actions: Record<Effect, () => unknown> = {
      run: () => this.#run(),
      stop: () => this.#life?.abort(),
      enqueue: () => {
        context.queue.enqueue(this);
        context.pump();
      },
      dequeue: () => context.queue.dequeue(this),
      leave: () => {
        context.queue.leave(this);
        context.pump();
      },
      wait: () => this.#wait(),
      unwait: () => {
        this.#timer?.abort();
        context.line.leave(this);
      },
      refresh: () =>
        context.refresh?.().then(
          () => this.dispatch({ type: "released", reasons: ["auth"], anew: false }),
          () => context.trace(this.id, "refresh-failed"),
        ),
      save: () => this.#note(this.#save(lastingOf(this.#model))),
      settle: () => this.#settle(),
      discard: () => {
        this.#running = this.#running.then(() => this.#discard());
      },
    };
    actions[effect]();
  }

  #run(): void {
    const life = new AbortController();
    this.#life = life;
    this.#running = this.#running.then(() => this.#carry(life));
  }

  /** One life of the run loop. Never rejects. */
  async #carry(life: AbortController): Promise<void> {
    const { signal } = life;
    if (signal.aborted) return;
    const { answers } = this.#context.line;
    let end: UploadEvent | undefined;
    try {
      const source = await this.#open(signal);
      this.#work ??= new Work();
      const file = await carryUpload(this.#job(source, this.#work, signal), this.#context, signal);
      // The server's final answer: from here on nothing is owed, even if somebody pauses it now.
      await this.erase();
      end = { type: "completed", file };
    } catch (thrown) {
      if (!signal.aborted) end = await this.#recover(HawserError.from(thrown), answers);
      if (signal.aborted) return;
    }
    // What is over is not stopped any more; a life that came after it may be.
    if (this.#life === life) this.#life = null;
    if (end) this.dispatch(end);
  }

  async #open(signal: AbortSignal): Promise<Source> {
    if (this.#source !== null) return this.#source;
    const { origin, source: facts, evidence } = this.record;
    const found = origin === null ? null : await this.#context.openSource(origin, facts, false);
    if (found === null)
      throw new HawserError("source_unreadable", { detail: `${facts.name} cannot be found any more.` });
    try {
      signal.throwIfAborted();
      const { ensureSame } = await loadPart(import("./sameness.ts"));
      await ensureSame(found, facts, evidence, this.#context, signal);
    } catch (error) {
      await found.close();
      throw error;
    }
    this.#source = found;
    return found;
  }

  #job(source: Source, work: Work, signal: AbortSignal): UploadJob {
    const handle = this;
    return {
      source,
      work,
      get record() {
        return handle.record;
      },
      get sizeBytes() {
        return handle.#model.sizeBytes;
      },
      get attempt() {
        return handle.#model.attempt;
      },
      tell: (event) => {
        if (!signal.aborted) this.dispatch(event);
      },
      shown: () => this.#shown(),
      save: (change) => this.#save(change),
      asked: () => {
        this.#isAsked = true;
      },
    };
  }

  /**
   * What becomes of it after trouble.
   * @param answers those that the server had given when this life began
   */
  async #recover(cause: HawserError, answers: number): Promise<UploadEvent> {
    const { platform, options, refresh, line } = this.#context;
    const { attempt, restarts } = this.#model;
    const silentMs = cause.code === "connection_lost" ? line.silentMs(answers, platform.monotonic()) : null;
    const situation = { attempt, restarts, online: platform.online(), silentMs, random: platform.random() };
    const decision = decideRetry(cause, situation, options);
    switch (decision.kind) {
      case "again": {
        const { delayMs } = decision;
        return { type: "retried", delayMs, retryAt: platform.now() + delayMs, cause, silent: silentMs !== null };
      }
      case "restart":
        this.#work?.restart();
        // What is not durable now is written before the next request.
        await this.#note(this.#save({ upload: null, idempotencyKey: platform.createId() }));
        return { type: "restarted", cause };
      case "pause":
        return { type: "held", reason: decision.reason, cause, refresh: decision.refresh && !!refresh };
      case "park":
        return { type: "held", reason: "parked", cause };
      case "find-source":
        await this.#source?.close().catch(() => undefined);
        this.#source = null;
        return { type: "lost" };
      case "fail":
        return { type: "failed", error: decision.error };
    }
  }

  /** A wait is over. */
  goOn(): void {
    this.dispatch({ type: "due" });
  }

  #wait(): void {
    this.#timer = new AbortController();
    if (this.#model.silent) this.#context.line.wait(this);
    this.#context.platform.sleep(this.#model.delayMs, this.#timer.signal).then(
      () => {
        this.#timer = null;
        this.goOn();
      },
      () => undefined,
    );
  }

  /** Sees to it that a later life finds the source again, once its record is durable. */
  #keep(journaled: Promise<void>): void {
    void this.#note(journaled);
    if (this.#source === null) return;
    this.#keeping?.abort();
    this.#keeping = new AbortController();
    const { id, priority } = this;
    const save = (origin: SourceOrigin) => this.#save({ origin });
    this.#context.keeper?.keep({ id, source: this.#source, priority, journaled, signal: this.#keeping.signal, save });
  }

  #save(change: Partial<JournalRecord> = {}): Promise<void> {
    if (Object.keys(change).length > 0) this.#owed.revise(change);
    this.#shown();
    return this.#owed.save();
  }

  #settle(): void {
    if (this.#model.status === "cancelled") void this.erase();
    this.#source?.close().catch(() => undefined);
    this.#source = null;
    this.#work = null;
    this.#settleDone();
  }

  #settleDone(): void {
    const { status, file, cause } = this.#model;
    if (status === "completed") this.#done?.resolve({ file: file as File });
    if (status === "failed") this.#done?.reject(cause);
    if (status === "cancelled")
      this.#done?.reject(new HawserError("upload_cancelled", { detail: "The upload was cancelled here." }));
  }

  async #discard(): Promise<void> {
    if (!this.#isAsked) return;
    const isDone = await loadPart(import("./discard.ts")).then(
      ({ discardUpload }) => discardUpload(this.record, this.#context, this.#context.closing),
      () => false,
    );
    if (!isDone) this.#context.trace(this.id, "left-on-server");
  }

  #shown(): void {
    this.#state = null;
    this.#watchers.changed();
  }

  /** What the journal could not do is told in the trace; the next request that needs it tries again. */
  #note(writing: Promise<void>): Promise<void> {
    return writing.catch((thrown) => {
      this.#context.trace(this.id, "journal-failed", { code: HawserError.from(thrown).code });
    });
  }
}
