import { normalizeRanges, type Ranges } from "@hawser/protocol";

export type Run = readonly [first: number, last: number];

/**
 * Widens missing ranges to whole groups of `runAlign` chunks, for stores that take nothing smaller. The file's last
 * group may be short.
 */
export function alignRanges(missing: Ranges, runAlign: number, totalChunks: number): [number, number][] {
  return normalizeRanges(
    missing.map(
      ([first, last]): Run => [
        first - ((first - 1) % runAlign),
        Math.min(totalChunks, Math.ceil(last / runAlign) * runAlign),
      ],
    ),
  );
}

/**
 * The chunks that still have to travel, handed out run by run to whichever lane is free. Rejected chunks are put
 * back and go first. Takes no time proportional to the number of chunks.
 */
export class RunQueue {
  /** In falling order, so that the next one is popped. */
  readonly #ranges: [number, number][];
  readonly #prefixes: Map<number, number>;
  readonly #maxChunks: number;

  /**
   * @param missing canonical ranges
   * @param partialChunks `[chunk, bytes]` of the durable prefixes; such a chunk always starts a run, since only the
   *   first chunk of a run can be continued
   * @param maxChunks length of the longest run, a multiple of `runAlign`
   */
  constructor(missing: Ranges, partialChunks: readonly (readonly [number, number])[], maxChunks: number) {
    this.#ranges = missing.map(([first, last]): [number, number] => [first, last]).reverse();
    this.#prefixes = new Map(partialChunks);
    this.#maxChunks = maxChunks;
  }

  /** The next run and how much of its first chunk is there already; undefined when nothing is left. */
  take(): { run: Run; offsetBytes: number } | undefined {
    const range = this.#ranges.pop();
    if (range === undefined) return undefined;
    const [first, end] = range;
    let last = Math.min(end, first + this.#maxChunks - 1);
    for (let chunk = first + 1; chunk <= last; chunk++) if (this.#prefixes.has(chunk)) last = chunk - 1;
    if (last < end) this.#ranges.push([last + 1, end]);
    const offsetBytes = this.#prefixes.get(first) ?? 0;
    this.#prefixes.delete(first);
    return { run: [first, last], offsetBytes };
  }

  /** Hands a run out again, from its start. */
  putBack(run: Run): void {
    this.#ranges.push([run[0], run[1]]);
  }
}
