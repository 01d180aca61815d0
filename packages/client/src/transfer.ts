import type { HawserError } from "@hawser/protocol";
import { RunPace } from "./adapt.ts";
import { LaneClimb, type Ran } from "./lane-climb.ts";
import type { Stall } from "./stall.ts";
import type { Throttle } from "./throttle.ts";

export interface TransferParts {
  readonly maxLanes: number;
  /** Bytes of the longest request. */
  readonly maxRunBytes: number;
  readonly throttle: Throttle;
  readonly stall: Stall;
}

/**
 * Bytes that a system takes without having sent them (the largest send buffer of Linux): for as long as they travel,
 * nothing seems to move.
 */
const heldBytes = 4_194_304;

/** An upload's part in the lanes. */
export interface LaneShare {
  /** How many it may have now: one at least. */
  readonly lanes: number;
  /** How many it has. */
  busy: number;
  leave(): void;
}

/**
 * What all uploads learn together about the line that they share: how long requests should be, and how many lanes it is
 * worth. It outlasts breaks. Times are monotonic milliseconds.
 */
export class Transfer {
  readonly #parts: TransferParts;
  readonly #pace: RunPace;
  readonly #climb: LaneClimb;
  /** In the order in which they came. */
  readonly #sharers = new Set<Sharer>();

  constructor(parts: TransferParts) {
    this.#parts = parts;
    this.#pace = new RunPace(parts.maxRunBytes);
    this.#climb = new LaneClimb(parts.maxLanes);
  }

  /** Bytes of the next request. */
  get wishBytes(): number {
    const { throttle, stall } = this.#parts;
    // Under a limit the lanes take turns: each has a round trip of time for all of them.
    return Math.min(this.#pace.bytes, throttle.pieceBytes((2 * stall.roundTripMs) / this.#climb.lanes));
  }

  /** An upload begins to send. @param onChange called when it may have another number of lanes */
  join(maxLanes: number, onChange: () => void): LaneShare {
    const sharer = new Sharer(
      onChange,
      (asking) => Math.max(1, Math.min(maxLanes, this.#lanesFor(asking))),
      (leaving) => {
        this.#sharers.delete(leaving);
        this.#tellAll();
      },
    );
    this.#sharers.add(sharer);
    this.#tellAll();
    return sharer;
  }

  /** A request was answered, and its bytes are there. */
  ran(ran: Ran): void {
    const isTypical = this.#pace.took(ran.bytes, ran.endedAt - ran.startedAt);
    const before = this.#climb.lanes;
    const busy = [...this.#sharers].reduce((sum, sharer) => sum + sharer.busy, 0);
    // Under a limit it is the limit that would be measured.
    const isFree = this.#parts.throttle.bytesPerSecond === null;
    this.#climb.ran(ran, isTypical && isFree && busy === before);
    const after = this.#climb.lanes;
    if (after === before) return;
    // What the line carries is shared by another number of them now.
    this.#pace.scale(before / after);
    this.#tellAll();
  }

  /** How long one request may take with so many bytes; null while nothing is known of the line. */
  expectedMs(bytes: number): number | null {
    return this.#pace.expectedMs(bytes);
  }

  /** A file that goes in one request was answered. It says how fast the line is, and nothing about lanes. */
  sentWhole(bytes: number, elapsedMs: number): void {
    this.#pace.took(bytes, elapsedMs);
  }

  /** A request for bytes came to nothing. @param isStall whether for its silence */
  failed(error: HawserError, isStall: boolean, startedAt: number, at: number): void {
    const isOverloaded = error.retry === "retry" && error.code !== "connection_lost";
    // A line that just broke has nothing to do with how much it carried.
    if (isOverloaded || isStall) this.#climb.troubled(startedAt, at);
  }

  /** Longest silence of a request with so many bytes. */
  stallTimeoutMs(bytes: number): number {
    return this.#parts.stall.timeoutMs(this.#pace.expectedMs(Math.min(bytes, heldBytes)));
  }

  #lanesFor(sharer: Sharer): number {
    const uploads = this.#sharers.size;
    const place = [...this.#sharers].indexOf(sharer);
    // What cannot be shared evenly goes to those that came first.
    return Math.floor(this.#climb.lanes / uploads) + Number(place < this.#climb.lanes % uploads);
  }

  #tellAll(): void {
    for (const { onChange } of this.#sharers) onChange();
  }
}

class Sharer implements LaneShare {
  busy = 0;
  readonly onChange: () => void;
  readonly #lanesFor: (sharer: Sharer) => number;
  readonly #leave: (sharer: Sharer) => void;

  constructor(onChange: () => void, lanesFor: (sharer: Sharer) => number, leave: (sharer: Sharer) => void) {
    this.onChange = onChange;
    this.#lanesFor = lanesFor;
    this.#leave = leave;
  }

  get lanes(): number {
    return this.#lanesFor(this);
  }

  leave(): void {
    this.#leave(this);
  }
}
