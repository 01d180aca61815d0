import { HawserError, liveLimits, type Subject } from "@hawser/protocol";
import { createGate } from "../../domain/gate.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Bell, Happening, HappeningPage, LiveFacts, Progress, Rejection, Watched } from "../../ports/live.ts";
import { liveBounds } from "./bounds.ts";
import { Meters } from "./meters.ts";
import { type Follower, Topic } from "./topic.ts";
import { type Guide, type Sink, Watcher } from "./watcher.ts";

/** The uploads that a piece of news is about. */
type About = Pick<Progress, "owner" | "uploadId" | "bundleId">;

/**
 * Tells watchers what happens. The ledger's rows are the truth: a bell only says that there are new ones, which are
 * then read once and handed to all that are in step. Whoever is not in step reads them for itself.
 */
export class Hub implements Guide {
  readonly facts: Guide["facts"];
  readonly #facts: LiveFacts;
  readonly #clock: Clock;
  readonly #onUnknownError: (error: unknown) => void;
  readonly #watchers = new Set<Watcher>();
  readonly #perOwner = new Map<string, number>();
  readonly #topics = new Map<string, Topic>();
  readonly #meters = new Meters();
  readonly #stop = new AbortController();
  #position = 0;
  /** Where the reading began: all that watch were shown how things stood since. */
  #begunAt = 0;
  #ready: Promise<void> | null = null;
  /** Number of the newest event that a bell told of. */
  #wanted = 0;
  #isAsked = false;
  #pulling: Promise<void> | null = null;
  /** Bells whose progress comes after events that were not read yet; as many as there are commits at a time. */
  #waiting: Bell[] = [];
  /** Of each upload the last event; those that were told of last, since bells do not come much later. */
  readonly #lastSeqs = new Map<string, number>();
  /** Topics with somebody who has read further than the hub. */
  readonly #overtaken = new Set<Topic>();
  /** Topics that have merged progress to tell. */
  readonly #due = new Set<Topic>();
  #nextFlushAt = 0;
  #flushing: Promise<void> | null = null;

  /** @param onUnknownError gets what nobody else is told of */
  constructor(facts: LiveFacts, clock: Clock, onUnknownError: (error: unknown) => void) {
    const gate = createGate(liveBounds.readsAtOnce, liveBounds.connections, this.#stop.signal);
    this.facts = {
      eventsAfter: (...args) => gate(() => facts.eventsAfter(...args)),
      snapshot: (...args) => gate(() => facts.snapshot(...args)),
    };
    this.#facts = facts;
    this.#clock = clock;
    this.#onUnknownError = onUnknownError;
  }

  get position(): number {
    return this.#position;
  }

  /** @throws HawserError `too_many_requests`, `unavailable` when one more connection would be too many */
  admit(owner: string): void {
    if ((this.#perOwner.get(owner) ?? 0) >= liveBounds.connectionsPerOwner) {
      throw new HawserError("too_many_requests", { detail: "Too many connections watch.", retryAfterSeconds: 10 });
    }
    if (this.#watchers.size >= liveBounds.connections || this.#stop.signal.aborted) {
      throw new HawserError("unavailable", { detail: "No more connections can watch.", retryAfterSeconds: 10 });
    }
  }

  /** Takes a connection that was admitted. */
  watch(owner: string, sink: Sink): Watcher {
    const watcher = new Watcher(owner, sink, this, (closed) => this.#forget(closed));
    this.#watchers.add(watcher);
    this.#perOwner.set(owner, (this.#perOwner.get(owner) ?? 0) + 1);
    return watcher;
  }

  ready(): Promise<void> {
    this.#ready ??= this.#facts.setWatched(true).then(
      (seq) => {
        this.#position = Math.max(this.#position, seq);
        this.#begunAt = seq;
      },
      (error: unknown) => {
        this.#ready = null;
        throw error;
      },
    );
    return this.#ready;
  }

  enter({ owner, subject }: Watched, follower: Follower): Topic {
    const key = keyOf(owner, subject);
    const topic = this.#topics.get(key) ?? new Topic(subject);
    this.#topics.set(key, topic);
    topic.enter(follower);
    return topic;
  }

  join(topic: Topic, follower: Follower): void {
    if (!topic.join(follower, this.#position)) return;
    this.#overtaken.add(topic);
    this.#want(follower.position);
  }

  leave({ owner, subject }: Watched, topic: Topic, follower: Follower): void {
    topic.leave(follower);
    if (!topic.isEmpty) return;
    this.#topics.delete(keyOf(owner, subject));
    this.#due.delete(topic);
    this.#overtaken.delete(topic);
  }

  /** There are new events, or progress. */
  ring(bell: Bell): void {
    if (this.#watchers.size === 0) return;
    if (bell.progress.length > 0) this.#waiting.push(bell);
    this.#want(bell.seq);
  }

  /** Looks for events whose bell was lost. */
  refresh(): void {
    if (this.#watchers.size === 0) return;
    this.#isAsked = true;
    this.#pulling ??= this.#pull();
  }

  /** A chunk was not taken. */
  reject(rejection: Rejection): void {
    for (const topic of this.#topicsOf(rejection)) {
      if (topic.noteRejection(rejection, this.#clock.now())) this.#due.add(topic);
    }
    this.#flushIfDue();
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await Promise.all([...this.#watchers].map((watcher) => watcher.close()));
    await Promise.all([this.#pulling, this.#flushing]);
  }

  #want(seq: number): void {
    this.#wanted = Math.max(this.#wanted, seq);
    this.#pulling ??= this.#pull();
  }

  #forget(watcher: Watcher): void {
    this.#watchers.delete(watcher);
    const left = (this.#perOwner.get(watcher.owner) ?? 1) - 1;
    if (left > 0) this.#perOwner.set(watcher.owner, left);
    else this.#perOwner.delete(watcher.owner);
    if (this.#watchers.size > 0) return;
    this.#meters.clear();
    this.#lastSeqs.clear();
    if (this.#ready === null) return;
    this.#ready = null;
    // When that thread is gone it rings no more either.
    this.#facts.setWatched(false).catch(() => undefined);
  }

  /** One at a time; reads until it has seen what the bells told of. */
  async #pull(): Promise<void> {
    try {
      await this.ready();
      while ((this.#isAsked || this.#wanted > this.#position) && this.#watchers.size > 0) {
        this.#isAsked = false;
        this.#dispatch(await this.#facts.eventsAfter(this.#position, liveBounds.rowsPerPage));
      }
      this.#tellWaiting();
    } catch (thrown) {
      if (!(thrown instanceof HawserError)) this.#onUnknownError(thrown);
      // The next bell or heartbeat tries again. Progress is told anew by the next commit.
      this.#waiting = [];
    }
    this.#pulling = null;
  }

  #dispatch({ happenings, seq }: HappeningPage): void {
    const from = this.#position;
    const byTopic = new Map<Topic, Happening[]>();
    for (const happening of happenings) {
      if (happening.seq <= from) continue;
      this.#noteSeq(happening);
      for (const topic of this.#topicsOf(happening)) {
        const told = byTopic.get(topic);
        if (told === undefined) byTopic.set(topic, [happening]);
        else told.push(happening);
      }
    }
    this.#position = Math.max(from, seq);
    for (const [topic, told] of byTopic) topic.tell(from, this.#position, told);
    for (const topic of this.#overtaken) if (topic.reach(this.#position)) this.#overtaken.delete(topic);
    this.#tellWaiting();
  }

  #noteSeq({ uploadId, seq }: Happening): void {
    this.#lastSeqs.delete(uploadId);
    this.#lastSeqs.set(uploadId, seq);
    if (this.#lastSeqs.size > liveBounds.mixedUploads)
      this.#lastSeqs.delete(this.#lastSeqs.keys().next().value as string);
  }

  /** Progress is told once the events that it came after are. */
  #tellWaiting(): void {
    while (this.#waiting[0] !== undefined && this.#waiting[0].seq <= this.#position) {
      const { progress, seq } = this.#waiting.shift() as Bell;
      for (const one of progress) if (!this.#isOutdated(one, seq)) this.#mix(one);
    }
    this.#flushIfDue();
  }

  /** Whether something later was told already, which showed how the upload stood by then. */
  #isOutdated({ uploadId }: Progress, seq: number): boolean {
    return Math.max(this.#begunAt, this.#lastSeqs.get(uploadId) ?? 0) > seq;
  }

  #mix(progress: Progress): void {
    const topics = this.#topicsOf(progress);
    if (topics.length === 0) return;
    const pace = this.#meters.note(progress, this.#clock.monotonic());
    for (const topic of topics) {
      if (topic.note(progress, pace)) this.#due.add(topic);
    }
  }

  /** At once after a pause; then at most once an interval, which is the longer the more there is to send. */
  #flushIfDue(): void {
    if (this.#due.size === 0 || this.#flushing !== null) return;
    const waitMs = this.#nextFlushAt - this.#clock.monotonic();
    if (waitMs <= 0) this.#flush();
    else this.#flushing = this.#flushLater(waitMs);
  }

  #flushLater(waitMs: number): Promise<void> {
    return this.#clock.sleep(waitMs, this.#stop.signal).then(
      () => {
        this.#flushing = null;
        this.#flush();
      },
      () => undefined,
    );
  }

  #flush(): void {
    let sentBytes = 0;
    for (const topic of this.#due) sentBytes += topic.flush(this.#position);
    this.#due.clear();
    const pauseMs = Math.max(liveLimits.progressIntervalMs, (1_000 * sentBytes) / liveBounds.progressBytesPerSecond);
    this.#nextFlushAt = this.#clock.monotonic() + pauseMs;
  }

  #topicsOf({ owner, uploadId, bundleId }: About): Topic[] {
    const subjects: Subject[] = ["uploads", `upload:${uploadId}`];
    if (bundleId !== null) subjects.push(`bundle:${bundleId}`);
    const topics = subjects.map((subject) => this.#topics.get(keyOf(owner, subject)));
    return topics.filter((topic) => topic !== undefined);
  }
}

/** A subject has no line break, so owners cannot get into each other's way. */
function keyOf(owner: string, subject: Subject): string {
  return `${owner}\n${subject}`;
}
