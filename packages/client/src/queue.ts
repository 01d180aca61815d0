import { type Priority, priorities } from "@hawser/protocol";

/** Something that waits for its turn. */
export interface Queued {
  readonly priority: Priority;
  /** Goes in one request. Asked again whenever it is its turn. */
  readonly isSmall: boolean;
}

/** A place, in quarters: four small files take as much as one large. */
const quarters = (item: Queued): number => (item.isSmall ? 1 : 4);

interface Seat<T> {
  readonly line: Line<T>;
  readonly number: number;
}

/**
 * Who may travel, and when: higher priority first, then in the order of arrival, which an item keeps when it comes
 * back. Each step takes O(log n).
 */
export class TravelQueue<T extends Queued> {
  readonly #capacity: number;
  /** Highest priority first. */
  #lines: readonly Line<T>[] = newLines<T>();
  readonly #seats = new Map<T, Seat<T>>();
  readonly #travelling = new Map<T, number>();
  #taken = 0;

  /** @param maxActive uploads that travel at once */
  constructor(maxActive: number) {
    this.#capacity = maxActive * 4;
  }

  /** Takes its seat in the queue: behind all that came before it, or the one that it had. */
  enqueue(item: T): void {
    const seat = this.#seats.get(item) ?? this.#newSeat(item);
    seat.line.set(seat.number, item);
  }

  /** Leaves the queue, and may come back. */
  dequeue(item: T): void {
    const seat = this.#seats.get(item);
    seat?.line.set(seat.number, undefined);
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
    // Empty seats are let go when nobody has one any more.
    if (this.#seats.size === 0) this.#lines = newLines<T>();
  }

  /** The next one, which has a place from now on; undefined when nobody waits or there is no place for the first. */
  take(): T | undefined {
    const item = this.#lines.find((line) => line.count > 0)?.first();
    if (item === undefined) return undefined;
    const size = quarters(item);
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
    let count = seat.line.countBefore(seat.number);
    for (const line of this.#lines) {
      if (line === seat.line) break;
      count += line.count;
    }
    return count;
  }

  #newSeat(item: T): Seat<T> {
    const line = this.#lines[priorities.length - 1 - priorities.indexOf(item.priority)] as Line<T>;
    const seat = { line, number: line.open() };
    this.#seats.set(item, seat);
    return seat;
  }
}

function newLines<T>(): readonly Line<T>[] {
  return priorities.map(() => new Line<T>());
}

/**
 * Numbered seats, taken or empty, in a Fenwick tree: the first taken one, and how many are taken before one, are found
 * in O(log n).
 */
class Line<T> {
  readonly #items: (T | undefined)[] = [];
  /** `#tree[i]` counts the taken seats of the block of length lowbit(i) that ends with seat i − 1. */
  #tree = new Uint32Array(64);
  count = 0;

  /** A new seat at the end, empty; returns its number. */
  open(): number {
    const number = this.#items.push(undefined) - 1;
    if (this.#items.length >= this.#tree.length) this.#grow();
    return number;
  }

  set(number: number, item: T | undefined): void {
    const change = Number(item !== undefined) - Number(this.#items[number] !== undefined);
    this.#items[number] = item;
    if (change !== 0) this.#count(number, change);
  }

  first(): T | undefined {
    let at = 0;
    // The largest prefix of seats without a taken one.
    for (let step = this.#tree.length / 2; step >= 1; step /= 2) {
      if (at + step < this.#tree.length && this.#tree[at + step] === 0) at += step;
    }
    return this.#items[at];
  }

  countBefore(number: number): number {
    let count = 0;
    for (let i = number; i > 0; i -= i & -i) count += this.#tree[i] as number;
    return count;
  }

  #count(number: number, change: number): void {
    this.count += change;
    for (let i = number + 1; i < this.#tree.length; i += i & -i) this.#tree[i] = (this.#tree[i] as number) + change;
  }

  #grow(): void {
    this.#tree = new Uint32Array(this.#tree.length * 2);
    this.count = 0;
    for (const [number, item] of this.#items.entries()) if (item !== undefined) this.#count(number, 1);
  }
}
