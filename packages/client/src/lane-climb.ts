/** One lane more has to bring this much more, or it is given back. */
const worthwhile = 1.1;
/** A comparison takes this long, or so many requests where they are quick. */
const comparisonMs = 3_000;
const comparisonRuns = 8;
/** How long one lane more is not tried again after it brought nothing. */
const contentMs = 30_000;
const firstLanes = 2;

/** A request that was answered, in monotonic milliseconds. */
export interface Ran {
  readonly bytes: number;
  readonly startedAt: number;
  readonly endedAt: number;
}

/**
 * How many lanes a line is worth, by climbing: one more is tried, and kept only when all together then carry a tenth
 * more; trouble halves them. Two to begin with: while one waits for its answer, the other one sends.
 */
export class LaneClimb {
  readonly #mostLanes: number;
  #lanes: number;
  /** Bytes per millisecond that one lane less carried, while one more is tried. */
  #before: number | null = null;
  #restsUntil = 0;
  #halvedAt = Number.NEGATIVE_INFINITY;
  /** What is compared: requests that began since then, but for each lane's first. */
  #since = 0;
  #firsts = 0;
  #runs = 0;
  #bytes = 0;
  #elapsedMs = 0;

  constructor(mostLanes: number) {
    this.#mostLanes = mostLanes;
    this.#lanes = Math.min(firstLanes, mostLanes);
  }

  get lanes(): number {
    return this.#lanes;
  }

  /** @param isComparable whether all lanes were at work, on requests as long as they should be */
  ran({ bytes, startedAt, endedAt }: Ran, isComparable: boolean): void {
    if (!isComparable) this.#begin(endedAt);
    if (startedAt < this.#since || !isComparable) return;
    // A connection's first request is slow in ways that the next ones are not.
    if (this.#firsts < this.#lanes && this.#before !== null) {
      this.#firsts++;
      return;
    }
    this.#runs++;
    this.#bytes += bytes;
    this.#elapsedMs += endedAt - startedAt;
    const isLong = endedAt - this.#since >= comparisonMs;
    if (this.#runs >= this.#lanes && (isLong || this.#runs >= comparisonRuns)) this.#compare(endedAt);
  }

  /** A stall, or a server that has too much to do. Requests that began before the last halving say nothing new. */
  troubled(startedAt: number, at: number): void {
    if (startedAt < this.#halvedAt) return;
    this.#halvedAt = at;
    this.#lanes = Math.ceil(this.#lanes / 2);
    this.#before = null;
    this.#restsUntil = at;
    this.#begin(at);
  }

  #compare(at: number): void {
    const goodput = (this.#lanes * this.#bytes) / Math.max(1, this.#elapsedMs);
    const isWorthwhile = this.#before === null || goodput >= this.#before * worthwhile;
    this.#before = null;
    if (!isWorthwhile) {
      this.#lanes--;
      this.#restsUntil = at + contentMs;
    } else if (at >= this.#restsUntil && this.#lanes < this.#mostLanes) {
      this.#before = goodput;
      this.#lanes++;
    }
    this.#begin(at);
  }

  #begin(at: number): void {
    this.#since = at;
    this.#firsts = 0;
    this.#runs = 0;
    this.#bytes = 0;
    this.#elapsedMs = 0;
  }
}
