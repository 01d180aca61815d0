import { liveLimits } from "@hawser/protocol";

/** What is to be done for a connection: tell it that all is well, or give it up. */
export type Beat = "alive" | "silent" | "idle" | null;

/** When a connection is told that it lives, and when it is given up. Times are monotonic milliseconds. */
export class Pulse {
  #heardAt: number;
  #beatAt: number;
  /** Since when nothing is subscribed to; null while something is. */
  #idleSince: number | null;

  constructor(at: number) {
    this.#heardAt = at;
    this.#beatAt = at;
    this.#idleSince = at;
  }

  /** A sign of the other side. */
  heard(at: number): void {
    this.#heardAt = at;
  }

  watches(isSubscribed: boolean, at: number): void {
    this.#idleSince = isSubscribed ? null : (this.#idleSince ?? at);
  }

  decide(at: number): Beat {
    if (this.#idleSince !== null && at - this.#idleSince >= liveLimits.idleMs) return "idle";
    if (at - this.#heardAt >= 2 * liveLimits.heartbeatMs) return "silent";
    if (at - this.#beatAt < liveLimits.heartbeatMs) return null;
    this.#beatAt = at;
    return "alive";
  }
}
