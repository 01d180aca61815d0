import type { HawserError } from "@hawser/protocol";
import { RunPace } from "./adapt.ts";
import { LaneClimb, type Ran } from "./lane-climb.ts";
import type { Throttle } from "./throttle.ts";

export interface TransferRules {
  readonly maxLanes: number;
  /** Bytes of the longest request. */
  readonly maxRunBytes: number;
  /** Longest silence, whatever was learnt. */
  readonly stallTimeoutMs: number;
}

/** A shorter silence than these says nothing: a few seconds, a few round trips, a few times what it should take. */
const leastStallMs = 5_000;
const stallRoundTrips = 8;
const stallExpectations = 2.5;

/** An upload's part in the lanes. */
export interface LaneShare {
  /** How many it may have now: one at least. */
  readonly lanes: number;
  /** How many it has. */
  busy: number;
  leave(): void;
}

interface Sharer {
  busy: number;
  readonly maxLanes: number;
  readonly onChange: () => void;
}

/**
 * What all uploads learn together about the line that they share: how long requests should be, how many lanes it is
 * worth, and how long a silence is too long. It outlasts breaks. Times are monotonic milliseconds.
 */
export class Transfer {
  readonly #rules: TransferRules;
  readonly #throttle: Throttle;
  readonly #pace: RunPace;
  readonly #climb: LaneClimb;
  readonly #sharers = new Set<Sharer>();
  #roundTripMs = 0;
  /** Doubles with every stall until something is answered, so that a line slower than believed is waited for. */
  #patience = 1;

  constructor(rules: TransferRules, throttle: Throttle) {
    this.#rules = rules;
    this.#throttle = throttle;
    this.#pace = new RunPace(rules.maxRunBytes);
    this.#climb = new LaneClimb(rules.maxLanes);
  }

  /** Bytes of the next request. */
  get wishBytes(): number {
    return Math.min(this.#pace.bytes, this.#throttle.pieceBytes((2 * this.#roundTripMs) / this.#climb.lanes));
  }

  /** An upload begins to send. @param onChange called when it may have another number of lanes */
  join(maxLanes: number, onChange: () => void): LaneShare {
    const sharer: Sharer = { busy: 0, maxLanes, onChange };
    const lanes = () => this.#lanesOf(sharer);
    this.#sharers.add(sharer);
    this.#tellAll();
    return {
      get lanes() {
        return lanes();
      },
      get busy() {
        return sharer.busy;
      },
      set busy(count) {
        sharer.busy = count;
      },
      leave: () => {
        this.#sharers.delete(sharer);
        this.#tellAll();
      },
    };
  }

  /** A request without a body worth mentioning was answered. */
  answered(elapsedMs: number): void {
    this.#patience = 1;
    this.#roundTripMs = this.#roundTripMs === 0 ? elapsedMs : 0.7 * this.#roundTripMs + 0.3 * elapsedMs;
  }

  /** A request was answered, and its bytes are there. */
  ran(ran: Ran): void {
    this.#patience = 1;
    const isTypical = this.#pace.took(ran.bytes, ran.endedAt - ran.startedAt);
    const before = this.#climb.lanes;
    const isFull = this.#busy() >= before && this.#sharers.size <= before;
    // Under a limit it is the limit that is measured.
    this.#climb.ran(ran, isTypical && isFull && this.#throttle.bytesPerSecond === null);
    const after = this.#climb.lanes;
    if (after === before) return;
    this.#pace.scale(before / after);
    this.#tellAll();
  }

  /** A request came to nothing. @param stalledMs how long nothing had moved */
  failed(error: HawserError, bytes: number, startedAt: number, at: number, stalledMs: number): void {
    const isStall = error.code === "connection_lost" && stalledMs >= this.stallTimeoutMs(bytes) - 1;
    if (isStall) this.#patience *= 2;
    // A line that just broke has nothing to do with how much it carried.
    if (isStall || (error.retry === "retry" && error.code !== "connection_lost")) this.#climb.troubled(startedAt, at);
  }

  /** Longest silence of a request with so many bytes. */
  stallTimeoutMs(bytes: number): number {
    const { stallTimeoutMs } = this.#rules;
    const expectedMs = this.#pace.expectedMs(bytes);
    if (expectedMs === null) return stallTimeoutMs;
    const leastMs = Math.max(leastStallMs, stallRoundTrips * this.#roundTripMs, stallExpectations * expectedMs);
    return Math.min(stallTimeoutMs, leastMs * this.#patience);
  }

  #lanesOf(sharer: Sharer): number {
    const uploads = this.#sharers.size;
    const place = [...this.#sharers].indexOf(sharer);
    // What cannot be shared evenly goes to those that came first.
    const share = Math.floor(this.#climb.lanes / uploads) + Number(place < this.#climb.lanes % uploads);
    return Math.max(1, Math.min(sharer.maxLanes, share));
  }

  #busy(): number {
    return [...this.#sharers].reduce((sum, { busy }) => sum + busy, 0);
  }

  #tellAll(): void {
    for (const { onChange } of this.#sharers) onChange();
  }
}
