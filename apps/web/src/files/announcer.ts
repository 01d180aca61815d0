import type { UploadState } from "@hawser/client";
import { isOnItsWay, type Remote } from "../engine/remotes.ts";
import { viewRemote } from "./remote/remote-view.ts";
import { needsPerson, viewRow } from "./row-view.ts";
import { remoteWords } from "./words/remote-words.ts";
import { words } from "./words/words.ts";

/** What a screen reader is told. */
export interface Announcement {
  /** Waits for its turn. */
  readonly polite: string | null;
  /** Interrupts: something stopped and needs the person. */
  readonly assertive: string | null;
}

const minIntervalMs = 5_000;

/**
 * Turns states into the few sentences that are worth saying: what is safe and what other devices begin, at most every
 * five seconds and then together, and what needs the person, at once. Figures and countdowns are never said.
 */
export class Announcer {
  #before = new Map<string, { readonly isSafe: boolean; readonly needsPerson: boolean }>();
  /** Of other devices' uploads: whether they had ended. */
  #remotesBefore = new Map<string, boolean>();
  #safe: string[] = [];
  /** Names by id: what has ended meanwhile is begun no more. */
  #begun = new Map<string, string>();
  /** Of other devices, without success. */
  #ended: Remote[] = [];
  #needs: UploadState[] = [];
  #lastMs = Number.NEGATIVE_INFINITY;

  /** Takes in how things are now. */
  note(states: readonly UploadState[], remotes: readonly Remote[]): void {
    const now = new Map<string, { isSafe: boolean; needsPerson: boolean }>();
    for (const state of states) {
      const is = { isSafe: state.status === "completed", needsPerson: needsPerson(state) };
      const was = this.#before.get(state.id);
      if (is.isSafe && was?.isSafe === false) this.#safe.push(state.name);
      if (is.needsPerson && was?.needsPerson !== true) this.#needs.push(state);
      now.set(state.id, is);
    }
    this.#before = now;
    this.#noteRemotes(remotes);
  }

  /** When `take` has something to say, in milliseconds; null while there is nothing. */
  dueInMs(nowMs: number): number | null {
    if (this.#needs.length > 0) return 0;
    return this.#hasPolite() ? Math.max(0, this.#lastMs + minIntervalMs - nowMs) : null;
  }

  take(nowMs: number): Announcement {
    const assertive = this.#takeNeeds(nowMs);
    if (!this.#hasPolite() || nowMs < this.#lastMs + minIntervalMs) return { polite: null, assertive };
    const polite = [this.#saySafe(), this.#sayBegun(), this.#sayEnded(nowMs)].filter((said) => said !== null).join(" ");
    this.#safe = [];
    this.#begun.clear();
    this.#ended = [];
    this.#lastMs = nowMs;
    return { polite, assertive };
  }

  #noteRemotes(remotes: readonly Remote[]): void {
    const now = new Map<string, boolean>();
    for (const remote of remotes) {
      const { upload } = remote;
      const hasEnded = !isOnItsWay(upload);
      const had = this.#remotesBefore.get(upload.id);
      if (had === undefined && !hasEnded) this.#begun.set(upload.id, upload.name);
      if (had === false && hasEnded) {
        this.#begun.delete(upload.id);
        if (upload.state === "completed") this.#safe.push(upload.name);
        else this.#ended.push(remote);
      }
      now.set(upload.id, hasEnded);
    }
    this.#remotesBefore = now;
  }

  #hasPolite(): boolean {
    return this.#safe.length + this.#begun.size + this.#ended.length > 0;
  }

  #saySafe(): string | null {
    const [first] = this.#safe;
    if (first === undefined) return null;
    return this.#safe.length === 1 ? words.notices.isSafe(first) : words.notices.areSafe(this.#safe.length);
  }

  #sayBegun(): string | null {
    const [first] = this.#begun.values();
    if (first === undefined) return null;
    const { begun, areBegun } = remoteWords.notices;
    return this.#begun.size === 1 ? begun(first) : areBegun(this.#begun.size);
  }

  #sayEnded(nowMs: number): string | null {
    const [first] = this.#ended;
    if (first === undefined) return null;
    const { ended, haveEnded } = remoteWords.notices;
    const { upload } = first;
    return this.#ended.length === 1
      ? ended(upload.name, viewRemote(upload, nowMs).status)
      : haveEnded(this.#ended.length);
  }

  #takeNeeds(nowMs: number): string | null {
    const [first] = this.#needs;
    if (first === undefined) return null;
    const others = this.#needs.length - 1;
    this.#needs = [];
    const sentence = words.notices.stopped(first.name, viewRow(first, nowMs).status);
    return others === 0 ? sentence : `${sentence} ${words.notices.others(others)}`;
  }
}
