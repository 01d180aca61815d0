import type { UploadState } from "@hawser/client";
import { needsPerson, viewRow } from "./row-view.ts";
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
 * Turns states into the few sentences that are worth saying: what is safe, at most every five seconds and then
 * together, and what needs the person, at once. Figures and countdowns are never said.
 */
export class Announcer {
  #before = new Map<string, { readonly isSafe: boolean; readonly needsPerson: boolean }>();
  #safe: string[] = [];
  #needs: UploadState[] = [];
  #lastMs = Number.NEGATIVE_INFINITY;

  /** Takes in how things are now. */
  note(states: readonly UploadState[]): void {
    const now = new Map<string, { isSafe: boolean; needsPerson: boolean }>();
    for (const state of states) {
      const is = { isSafe: state.status === "completed", needsPerson: needsPerson(state) };
      const was = this.#before.get(state.id);
      if (is.isSafe && was?.isSafe === false) this.#safe.push(state.name);
      if (is.needsPerson && was?.needsPerson !== true) this.#needs.push(state);
      now.set(state.id, is);
    }
    this.#before = now;
  }

  /** When `take` has something to say, in milliseconds; null while there is nothing. */
  dueInMs(nowMs: number): number | null {
    if (this.#needs.length > 0) return 0;
    return this.#safe.length === 0 ? null : Math.max(0, this.#lastMs + minIntervalMs - nowMs);
  }

  take(nowMs: number): Announcement {
    const assertive = this.#takeNeeds(nowMs);
    if (this.#safe.length === 0 || nowMs < this.#lastMs + minIntervalMs) return { polite: null, assertive };
    const [first = ""] = this.#safe;
    const polite = this.#safe.length === 1 ? words.notices.isSafe(first) : words.notices.areSafe(this.#safe.length);
    this.#safe = [];
    this.#lastMs = nowMs;
    return { polite, assertive };
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
