import type { LiveEvent, Subject } from "@hawser/protocol";
import type { Progress, Rejection } from "../../ports/live.ts";
import { eventFrames, type Frame, type Told } from "./frames.ts";
import type { Pace } from "./meters.ts";
import { Mixer } from "./mixer.ts";

/** A subscription. */
export interface Follower {
  /** What it has been told so far. */
  readonly position: number;
  /**
   * Sends, or falls out of step; returns how many bytes it sent.
   * @param from everything up to here was told before
   */
  offer(from: number, frames: readonly Frame[]): number;
}

/**
 * One subject of one owner. For all that follow it in step a message is written once. Of what comes while others
 * catch up only the progress is kept, merged: that is no part of the ledger's events, and may be the last for long.
 */
export class Topic {
  readonly subject: Subject;
  readonly #inStep = new Set<Follower>();
  /** They read the ledger for themselves, and know some events that are not told here yet. */
  readonly #ahead = new Set<Follower>();
  readonly #late = new Set<Follower>();
  readonly #progress = new Mixer();
  /** For those who are late or ahead. */
  readonly #progressSince = new Mixer();

  constructor(subject: Subject) {
    this.subject = subject;
  }

  get isEmpty(): boolean {
    return this.#inStep.size + this.#ahead.size + this.#late.size === 0;
  }

  /** It is about to be shown how things stand. */
  enter(follower: Follower): void {
    this.#late.add(follower);
  }

  /**
   * It knows all that was told here up to `position`, or more.
   * @returns whether it knows more, so that progress has to wait for {@link reach}
   */
  join(follower: Follower, position: number): boolean {
    this.#late.delete(follower);
    this.#ahead.add(follower);
    return !this.reach(position);
  }

  /** Everything up to `position` was told; whether nobody is ahead any more. */
  reach(position: number): boolean {
    for (const follower of this.#ahead) {
      if (follower.position > position) continue;
      this.#ahead.delete(follower);
      this.#inStep.add(follower);
      const told = this.#progressSince.showAll();
      if (told.length > 0) follower.offer(position, eventFrames(this.subject, position, position, told));
    }
    this.#forget();
    return this.#ahead.size === 0;
  }

  leave(follower: Follower): void {
    for (const set of [this.#inStep, this.#ahead, this.#late]) set.delete(follower);
    this.#forget();
  }

  /** Takes progress to be told; whether there is somebody in step to tell. */
  note(progress: Progress, pace: Pace): boolean {
    if (this.#late.size + this.#ahead.size > 0) this.#progressSince.progress(progress, pace);
    if (this.#inStep.size > 0) this.#progress.progress(progress, pace);
    return this.#inStep.size > 0;
  }

  /** @param at wall time */
  noteRejection(rejection: Rejection, at: number): boolean {
    if (this.#inStep.size > 0) this.#progress.rejection(rejection, at);
    return this.#inStep.size > 0;
  }

  /**
   * Tells numbered events, each with the progress of its upload before it.
   * @param from everything up to here was told before
   * @param to everything up to here is told now
   */
  tell(from: number, to: number, told: readonly (Told & { readonly seq: number })[]): void {
    const all = told.flatMap((one): Told[] => {
      const { id } = one.events[0] as LiveEvent;
      // Who is late reads this event for itself, and sees in it how the upload stands since.
      this.#progressSince.take(id);
      return [...this.#progress.take(id), one];
    });
    this.#send(from, to, all);
    for (const follower of [...this.#ahead]) {
      const { position } = follower;
      const own = told.filter(({ seq }) => seq > position);
      if (own.length > 0) follower.offer(position, eventFrames(this.subject, position, to, own));
    }
  }

  /** Tells the progress that was merged; returns how many bytes that cost. */
  flush(position: number): number {
    const told = this.#progress.takeAll();
    return told.length === 0 ? 0 : this.#send(position, position, told);
  }

  #send(from: number, to: number, told: readonly Told[]): number {
    if (this.#inStep.size === 0) return 0;
    const frames = eventFrames(this.subject, from, to, told);
    let sentBytes = 0;
    for (const follower of [...this.#inStep]) sentBytes += follower.offer(from, frames);
    return sentBytes;
  }

  #forget(): void {
    if (this.#late.size + this.#ahead.size === 0) this.#progressSince.clear();
    if (this.#inStep.size === 0) this.#progress.clear();
  }
}
