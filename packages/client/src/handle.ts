import { type File, HawserError, type Priority } from "@hawser/protocol";
import { Ending } from "./ending.ts";
import type { HandleContext } from "./handle-context.ts";
import { HeldSource } from "./held-source.ts";
import type { JournalRecord } from "./journal/journal.ts";
import { Owed } from "./owed.ts";
import { loadPart } from "./part.ts";
import { type PauseReason, pauseReasons } from "./pause.ts";
import { ProgressNotes } from "./progress-notes.ts";
import { lastingOf, modelOf } from "./records.ts";
import { type Recovering, recover } from "./recover.ts";
import { modelOfState, toState } from "./snapshot.ts";
import type { Source } from "./source/source.ts";
import { type Effect, hasEnded, type Model, reduce, sentBytes, type UploadEvent } from "./state.ts";
import { describeEvent } from "./trace.ts";
import { carryUpload, isOneShot, type UploadJob } from "./upload.ts";
import type { UploadState } from "./upload-state.ts";
import type { SupplyOptions, UploadHandle } from "./uploader-api.ts";
import { Watchers } from "./watchers.ts";
import { Work } from "./work.ts";

/** One upload: it keeps the state, does what the state asks for, and owns the run loop. */
export class Handle implements UploadHandle {
  readonly id: string;
  readonly #context: HandleContext;
  #owed: Owed;
  readonly #held: HeldSource;
  #model: Model;
  /** What the tab that carries it told last; null when it is carried here. */
  #told: UploadState | null = null;
  #work: Work | null = null;
  /** Whether the server may know of it. */
  #isAsked: boolean;
  #life: AbortController | null = null;
  #running: Promise<void> = Promise.resolve();
  #timer: AbortController | null = null;
  readonly #notes = new ProgressNotes();
  #state: UploadState | null = null;
  readonly #ending = new Ending();
  readonly #watchers: Watchers;
  readonly #isFromEarlier: boolean;
  #priority: Priority;

  /** @param source null for a record that was read from the journal */
  constructor(context: HandleContext, record: JournalRecord, source: Source | null) {
    this.id = record.id;
    this.#context = context;
    this.#watchers = new Watchers(context.platform, context.closing);
    this.#owed = new Owed(context, record, source === null);
    this.#held = new HeldSource(context, source);
    this.#isFromEarlier = source === null;
    this.#isAsked = record.upload !== null;
    this.#priority = record.priority;
    this.#model = modelOf(this.record, this.#context.platform.online());
  }

  get record(): JournalRecord {
    return this.#owed.record;
  }

  get model(): Model {
    return this.#model;
  }

  get priority(): Priority {
    return this.#priority;
  }

  /** Whether this tab carries it. */
  get isHere(): boolean {
    return this.#told === null;
  }

  get hasSource(): boolean {
    return this.#held.source !== null;
  }

  get isSmall(): boolean {
    return isOneShot(this.record, this.#model.cause, this.#context);
  }

  get state(): UploadState {
    if (this.#told !== null) return this.#told;
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
    return this.#ending.promise(this.#model);
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
    await this.#bring();
    const { ensureSame } = await loadPart(import("./sameness.ts"));
    await ensureSame(source, this.record.source, this.record.evidence, this.#context, closing);
    this.#ensureLacking();
    this.#held.give(source);
    // Another source is read from its start, and compared with what the first one held.
    if (this.#work !== null) this.#work.frontier = 1;
    const { compareFirst } = options;
    this.#keep(this.#save({ origin: source.origin, ...(compareFirst !== undefined && { compareFirst }) }));
    this.dispatch({ type: "supplied" });
  }

  async reopen(options?: SupplyOptions): Promise<void> {
    await this.#bring();
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
    if (this.#told !== null) {
      this.#context.tabs?.ask({ id: this.id, command: "priority", priority });
      return;
    }
    this.#priority = priority;
    this.#context.queue.reseat(this);
    this.#context.pump();
    // A key that the server may know always goes with the same body, of which the record's priority is a part.
    const isNew = this.#work === null && !this.#isFromEarlier;
    if (isNew || this.record.upload !== null) void this.#note(this.#save({ priority }));
    else this.#shown();
  }

  /** Only here can it be given its bytes. */
  async #bring(): Promise<void> {
    this.#ensureLacking();
    if (this.#told !== null) await this.#context.tabs?.bring(this);
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
    if (!this.hasSource && this.record.origin === null) this.dispatch({ type: "lost" });
    else if (this.#model.status === "queued") this.#perform("enqueue");
  }

  /** Gives it its place in the order. */
  place(position: number): void {
    this.#owed.revise({ position });
  }

  /** Journals how far it is, so that a later life can show it at once. */
  noteProgress(): void {
    const { record, isSmall } = this;
    const note = this.#notes.take(this.#model, record, isSmall, this.#context.platform.monotonic());
    if (note !== null) void this.#note(this.#save(note));
  }

  /**
   * Another tab carries it from now on, and has told this. Nothing of it is sent or written here any more, and what
   * was known of it is forgotten; only bytes that can be read again stay at hand.
   */
  follow(state: UploadState, record: JournalRecord): void {
    const context = this.#context;
    const before = this.#model;
    if (this.#told === null) {
      this.#life?.abort();
      this.#timer?.abort();
      this.#held.stopKeeping();
      context.line.leave(this);
      context.queue.forget(this);
      context.pump();
      this.#work = null;
    }
    const earlier = this.#owed;
    this.#running = this.#running.then(() => earlier.idle());
    this.#owed = new Owed(context, record, true);
    this.#told = state;
    this.#model = modelOfState(state);
    if (this.#held.source?.replayable === false || hasEnded(state)) void this.#held.drop();
    this.#watchers.changed();
    if (hasEnded(state)) this.#ending.settle(this.#model);
    context.changed(this, before, this.#model);
  }

  /**
   * It is carried here from now on, as the journal has it.
   * @param isLacking whether a person is about to give it its bytes
   */
  carry(record: JournalRecord, isLacking: boolean): void {
    const before = this.#model;
    this.#told = null;
    this.#owed = new Owed(this.#context, record, true);
    this.#isAsked = record.upload !== null;
    this.#model = modelOf(this.record, this.#context.platform.online());
    if (isLacking) void this.#held.drop();
    this.#shown();
    this.#context.changed(this, before, this.#model);
    if (isLacking) this.dispatch({ type: "lost" });
    else this.begin();
  }

  /** Resolves when nothing of it is under way here any more. */
  async rest(): Promise<void> {
    await this.#running;
    await this.#owed.idle();
  }

  /** Takes it out of the journal. */
  erase(): Promise<void> {
    this.#held.stopKeeping();
    return this.#note(this.#owed.erase());
  }

  async close(): Promise<void> {
    this.noteProgress();
    this.#life?.abort();
    this.#timer?.abort();
    await this.rest();
    await this.#held.drop();
  }

  dispatch(event: UploadEvent): void {
    const { closing, tabs } = this.#context;
    if (closing.aborted) return;
    if (this.#told === null) this.#apply(event);
    else tabs?.pass(this.id, event);
  }

  #apply(event: UploadEvent): void {
    const context = this.#context;
    const before = this.#model;
    const { model, effects } = reduce(before, event);
    if (model === before) return;
    this.#model = model;
    const told = describeEvent(event, model);
    if (told) context.trace(this.id, event.type, told);
    this.#work?.meter.follow(model.status === "uploading", sentBytes(before, model), context.platform.monotonic());
    for (const effect of effects) this.#perform(effect);
    if (this.#notes.isDue(before, model, context.platform.monotonic())) this.noteProgress();
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
        if (this.#isAsked) this.#running = this.#running.then(() => this.#discard());
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
      const source = await this.#held.open(this.record, signal);
      this.#work ??= new Work();
      const file = await carryUpload(this.#job(source, this.#work, signal), this.#context, signal);
      // The server's final answer: from here on nothing is owed, even if somebody pauses it now.
      await this.erase();
      end = { type: "completed", file };
    } catch (thrown) {
      if (!signal.aborted) end = await recover(thrown, answers, this.#recovering(), this.#context);
      if (signal.aborted) return;
    }
    // What is over is not stopped any more; a life that came after it may be.
    if (this.#life === life) this.#life = null;
    if (end) this.dispatch(end);
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
      get cause() {
        return handle.#model.cause;
      },
      tell: (event) => {
        if (!signal.aborted) this.dispatch(event);
      },
      shown: () => this.#shown(),
      save: (change) => this.#save(change?.upload ? { ...change, priority: this.#priority } : change),
      asked: () => {
        this.#isAsked = true;
      },
    };
  }

  #recovering(): Recovering {
    return {
      model: this.#model,
      restart: () => {
        this.#work?.restart();
        // What is not durable now is written before the next request.
        return this.#note(this.#save({ upload: null, idempotencyKey: this.#context.platform.createId() }));
      },
      loseSource: () => this.#held.drop(),
    };
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
    const { id, priority } = this;
    this.#held.keep({ id, priority, journaled, save: (origin) => this.#save({ origin }) });
  }

  async #save(change: Partial<JournalRecord> = {}): Promise<void> {
    if (this.#told !== null) throw new HawserError("taken_over");
    if (Object.keys(change).length > 0) this.#owed.revise(change);
    this.#shown();
    return this.#owed.save();
  }

  #settle(): void {
    if (this.#model.status === "cancelled") void this.erase();
    void this.#held.drop();
    this.#work = null;
    this.#ending.settle(this.#model);
  }

  async #discard(): Promise<void> {
    const { trace, closing } = this.#context;
    const discarding = loadPart(import("./discard.ts")).then(({ discardUpload }) =>
      discardUpload(this.record, this.#context, closing),
    );
    if (!(await discarding.catch(() => false))) trace(this.id, "left-on-server");
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
