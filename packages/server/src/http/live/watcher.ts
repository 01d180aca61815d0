import { HawserError, problemOf, type Subject } from "@hawser/protocol";
import type { LiveFacts, Watched } from "../../ports/live.ts";
import { liveBounds } from "./bounds.ts";
import { eventFrames, type Frame, frameOf, uploadFrames } from "./frames.ts";
import type { Follower, Topic } from "./topic.ts";

/** Where a watcher's messages go: a WebSocket, or an event stream. */
export interface Sink {
  /** Bytes that it has not got rid of yet. */
  readonly bufferedBytes: number;
  send(frame: Frame): void;
}

/** What a watcher needs of the hub. */
export interface Guide {
  /** A few reads at a time, for all watchers together. */
  readonly facts: Pick<LiveFacts, "eventsAfter" | "snapshot">;
  /** Everything up to this number has been told to who is in step. */
  readonly position: number;
  /** Resolves when the hub is told of all that happens. */
  ready(): Promise<void>;
  /** The topic of a subscription that is about to be shown how things stand. */
  enter(watched: Watched, follower: Follower): Topic;
  /** Puts it in step: it knows all that was told to the others, or more. */
  join(topic: Topic, follower: Follower): void;
  leave(watched: Watched, topic: Topic, follower: Follower): void;
}

/** What is kept of a subscription. */
class Subscription implements Follower {
  readonly watched: Watched;
  topic: Topic | null = null;
  isInStep = false;
  /** Told so far; null: nothing, and nothing is missed. */
  told: number | null;
  isOpen = true;
  readonly #watcher: Watcher;

  constructor(watcher: Watcher, watched: Watched, after: number | null) {
    this.#watcher = watcher;
    this.watched = watched;
    this.told = after;
  }

  get position(): number {
    return this.told ?? 0;
  }

  offer(from: number, frames: readonly Frame[]): number {
    this.told = Math.max(this.position, from);
    let sentBytes = 0;
    for (const frame of frames) {
      if (!this.#watcher.send(frame)) {
        this.#watcher.fallBehind(this);
        break;
      }
      this.told = Math.max(this.told, frame.seq ?? 0);
      sentBytes += frame.bytes.length;
    }
    return sentBytes;
  }
}

/**
 * One connection and what it is subscribed to. One that does not take what it is sent is like one that comes again:
 * nothing is kept for it but a number, and when it has room it is told what came after that, then how things stand.
 */
export class Watcher {
  readonly #owner: string;
  readonly #sink: Sink;
  readonly #guide: Guide;
  readonly #onClose: (watcher: Watcher) => void;
  readonly #subscriptions = new Map<Subject, Subscription>();
  #catchingUp: Promise<void> | null = null;
  #room = Promise.withResolvers<void>();
  #isClosed = false;

  constructor(owner: string, sink: Sink, guide: Guide, onClose: (watcher: Watcher) => void) {
    this.#owner = owner;
    this.#sink = sink;
    this.#guide = guide;
    this.#onClose = onClose;
  }

  get owner(): string {
    return this.#owner;
  }

  get subscriptionCount(): number {
    return this.#subscriptions.size;
  }

  isSubscribedTo(subject: Subject): boolean {
    return this.#subscriptions.has(subject);
  }

  /** What it has been told of all its subjects; null while it catches up. */
  get position(): number | null {
    for (const { isInStep } of this.#subscriptions.values()) if (!isInStep) return null;
    let least = Number.POSITIVE_INFINITY;
    for (const { position } of this.#subscriptions.values()) {
      least = Math.min(least, Math.max(position, this.#guide.position));
    }
    return this.#subscriptions.size === 0 ? null : least;
  }

  /** @param after tell what came after this number first; null: only how things stand */
  subscribe(subject: Subject, after: number | null): void {
    if (this.#isClosed) return;
    this.unsubscribe(subject);
    this.#subscriptions.set(subject, new Subscription(this, { owner: this.#owner, subject }, after));
    this.#catchingUp ??= this.#catchUpAll();
  }

  unsubscribe(subject: Subject): void {
    const subscription = this.#subscriptions.get(subject);
    if (subscription === undefined) return;
    this.#subscriptions.delete(subject);
    subscription.isOpen = false;
    this.#leaveTopic(subscription);
  }

  /** Sends a message, unless too much waits already. */
  send(frame: Frame): boolean {
    if (this.#isClosed || this.#isFull) return false;
    this.#sink.send(frame);
    return true;
  }

  /** The sink has got rid of something. */
  drained(): void {
    if (this.#sink.bufferedBytes > liveBounds.bufferedBytes / 4) return;
    this.#room.resolve();
    this.#room = Promise.withResolvers();
  }

  fallBehind(subscription: Subscription): void {
    this.#leaveTopic(subscription);
    this.#catchingUp ??= this.#catchUpAll();
  }

  /** Resolves when nothing is done for it any more. */
  async close(): Promise<void> {
    if (!this.#isClosed) {
      this.#isClosed = true;
      for (const subject of [...this.#subscriptions.keys()]) this.unsubscribe(subject);
      this.#room.resolve();
      this.#onClose(this);
    }
    await this.#catchingUp;
  }

  get #isFull(): boolean {
    return this.#sink.bufferedBytes > liveBounds.bufferedBytes;
  }

  #leaveTopic(subscription: Subscription): void {
    const { topic, watched } = subscription;
    subscription.topic = null;
    subscription.isInStep = false;
    if (topic !== null) this.#guide.leave(watched, topic, subscription);
  }

  /** One after the other, until all are in step. */
  async #catchUpAll(): Promise<void> {
    for (;;) {
      const next = [...this.#subscriptions.values()].find(({ isInStep }) => !isInStep);
      if (next === undefined) break;
      try {
        await this.#catchUp(next);
      } catch (thrown) {
        this.#refuse(next, HawserError.from(thrown));
      }
    }
    this.#catchingUp = null;
  }

  async #catchUp(subscription: Subscription): Promise<void> {
    await this.#guide.ready();
    if (subscription.told !== null) await this.#tellMissed(subscription);
    if (!subscription.isOpen) return;
    const topic = this.#guide.enter(subscription.watched, subscription);
    subscription.topic = topic;
    await this.#tellStanding(subscription);
    // What was told to the others meanwhile it reads for itself, until it knows as much as they do.
    while (subscription.isOpen && subscription.position < this.#guide.position) await this.#tellMissed(subscription);
    if (!subscription.isOpen) return;
    subscription.isInStep = true;
    this.#guide.join(topic, subscription);
  }

  /** What came after its position, to the end. */
  async #tellMissed(subscription: Subscription): Promise<void> {
    const { watched } = subscription;
    for (let isDone = false; !isDone; ) {
      await this.#hasRoom();
      if (!subscription.isOpen) return;
      const from = subscription.position;
      const page = await this.#guide.facts.eventsAfter(from, liveBounds.rowsPerPage, watched);
      if (!subscription.isOpen) return;
      if (!this.#tellPage(subscription, eventFrames(watched.subject, from, page.seq, page.happenings))) continue;
      subscription.told = page.seq;
      isDone = page.isLast;
    }
  }

  /** Sends as much as there is room for; whether that was all. */
  #tellPage(subscription: Subscription, frames: readonly Frame[]): boolean {
    for (const frame of frames) {
      if (!this.send(frame)) return false;
      subscription.told = Math.max(subscription.position, frame.seq ?? 0);
    }
    return true;
  }

  /**
   * How the uploads stand. What they show is never older than what was told before them; what happened since then is
   * told after them. Who knows nothing yet begins with the first page.
   */
  async #tellStanding(subscription: Subscription): Promise<void> {
    const { watched } = subscription;
    for (let cursor: string | null | undefined = null; cursor !== undefined; ) {
      await this.#hasRoom();
      if (!subscription.isOpen) return;
      const page = await this.#guide.facts.snapshot(watched, cursor);
      cursor = page.next;
      subscription.told ??= page.seq;
      for (const frame of uploadFrames(watched.subject, subscription.told, page.uploads, cursor === undefined)) {
        await this.#hasRoom();
        if (!subscription.isOpen) return;
        this.#sink.send(frame);
      }
    }
  }

  #refuse({ watched, isOpen }: Subscription, error: HawserError): void {
    if (!isOpen) return;
    this.unsubscribe(watched.subject);
    this.#sink.send(frameOf({ type: "refused", subject: watched.subject, problem: problemOf(error) }));
  }

  async #hasRoom(): Promise<void> {
    while (!this.#isClosed && this.#isFull) await this.#room.promise;
  }
}
