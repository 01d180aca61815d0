import type { Priority } from "@hawser/protocol";
import type { QueueStrategy } from "./uploader-api.ts";

/** Something that waits for its turn. */
export interface Queued {
  readonly priority: Priority;
  /** Goes in one request. Asked again whenever it is its turn. */
  readonly isSmall: boolean;
}

/** Keeps its turn while its owner is known. */
interface Seat<T> {
  readonly item: T;
  readonly number: number;
  /** Of all with its priority, those that wait, in the order of their numbers. */
  line: Seat<T>[];
}

/** In quarters: four small files take as much as one large. */
const placeQuarters = 4;

/**
 * Who may travel, and when: higher priority first, then in the order of arrival, which an item keeps when it comes
 * back. Lines are found by binary search.
 */
export class TravelQueue<T extends Queued> {
  readonly #strategy: QueueStrategy;
  #capacity = 0;
  #isOpen: boolean;
  /** Highest priority first. */
  readonly #lines: Readonly<Record<Priority, Seat<T>[]>> = { high: [], normal: [], low: [] };
  readonly #seats = new Map<T, Seat<T>>();
  readonly #travelling = new Map<T, number>();
  #lastNumber = 0;
  #taken = 0;

  /** @param maxActive uploads that travel at once, where the strategy allows more than one */
  constructor(maxActive: number, strategy: QueueStrategy) {
    this.#strategy = strategy;
    this.#isOpen = strategy === "parallel" || strategy === "in-order";
    this.setCapacity(maxActive);
  }

  /** Whoever travels already goes on, also when there are more of them. */
  setCapacity(maxActive: number): void {
    this.#capacity = placeQuarters * (this.#strategy === "in-order" ? Math.min(1, maxActive) : maxActive);
  }

  /** From now on somebody may travel. */
  open(): void {
    this.#isOpen = true;
  }

  /**
   * From now on nobody sets out, under the strategy that has marks.
   * @returns those that travel and should come back
   */
  close(): T[] {
    if (this.#strategy !== "between-marks") return [];
    this.#isOpen = false;
    return [...this.#travelling.keys()];
  }

  /** How many travel. */
  get travelling(): number {
    return this.#travelling.size;
  }

  /** Places that they take. */
  get takenPlaces(): number {
    return Math.ceil(this.#taken / placeQuarters);
  }

  /** How many wait for nothing but a place. */
  get waiting(): Readonly<Record<Priority, number>> {
    const { high, normal, low } = this.#lines;
    return this.#isOpen
      ? { high: high.length, normal: normal.length, low: low.length }
      : { high: 0, normal: 0, low: 0 };
  }

  /** Whose turn it is. */
  get first(): T | undefined {
    return Object.values(this.#lines).find((line) => line.length > 0)?.[0]?.item;
  }

  /** Takes its seat in the queue: behind all that came before it, or the one that it had. */
  enqueue(item: T): void {
    const seat = this.#seats.get(item) ?? this.#newSeat(item);
    const place = placeOf(seat);
    if (seat.line[place] !== seat) seat.line.splice(place, 0, seat);
  }

  /** Leaves the queue, and may come back. */
  dequeue(item: T): void {
    const seat = this.#seats.get(item);
    if (seat === undefined) return;
    const place = placeOf(seat);
    if (seat.line[place] !== seat) return;
    // The first one leaves most often, and without moving the others.
    if (place === 0) seat.line.shift();
    else seat.line.splice(place, 1);
  }

  /** Takes its place among those of its new priority, as if it had come with it. */
  reseat(item: T): void {
    const seat = this.#seats.get(item);
    const line = this.#lines[item.priority];
    if (seat === undefined || seat.line === line) return;
    const isWaiting = seat.line[placeOf(seat)] === seat;
    this.dequeue(item);
    seat.line = line;
    if (isWaiting) this.enqueue(item);
  }

  /** Gives its place back. */
  leave(item: T): void {
    this.#taken -= this.#travelling.get(item) ?? 0;
    this.#travelling.delete(item);
  }

  /** Ends everything about an item. */
  forget(item: T): void {
    this.dequeue(item);
    this.leave(item);
    this.#seats.delete(item);
  }

  /** The next one, which has a place from now on; undefined when nobody waits or there is no place for the first. */
  take(): T | undefined {
    const item = this.first;
    if (item === undefined || !this.#isOpen) return undefined;
    // In order, small ones wait for each other too.
    const size = item.isSmall && this.#strategy !== "in-order" ? 1 : placeQuarters;
    // Strictly in turn: small ones that fit do not overtake a large one that does not, or it would never travel.
    if (this.#taken + size > this.#capacity) return undefined;
    this.dequeue(item);
    this.#travelling.set(item, size);
    this.#taken += size;
    return item;
  }

  /** How many go before `item`. */
  ahead(item: T): number {
    const seat = this.#seats.get(item);
    if (seat === undefined) return 0;
    const lines = Object.values(this.#lines);
    const before = lines.slice(0, lines.indexOf(seat.line));
    return before.reduce((sum, { length }) => sum + length, placeOf(seat));
  }

  #newSeat(item: T): Seat<T> {
    const seat = { item, number: this.#lastNumber++, line: this.#lines[item.priority] };
    this.#seats.set(item, seat);
    return seat;
  }
}

/** Where a seat is in its line, or would be. */
function placeOf<T>({ line, number }: Seat<T>): number {
  let low = 0;
  let high = line.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((line[middle] as Seat<T>).number < number) low = middle + 1;
    else high = middle;
  }
  return low;
}
