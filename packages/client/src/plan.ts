import { type Ranges, transferLimits } from "@hawser/protocol";
import { ChunkSet } from "./chunk-set.ts";

/** Consecutive chunks that travel in one request. */
export type Run = readonly [first: number, last: number];

/**
 * Widens ranges to whole groups of `runAlign` chunks, for stores that take nothing smaller. The file's last group may
 * be short.
 */
export function alignRanges(ranges: Ranges, runAlign: number, totalChunks: number): Ranges {
  const groups = new ChunkSet();
  for (const [first, last] of ranges) {
    groups.add(first - ((first - 1) % runAlign), Math.min(totalChunks, Math.ceil(last / runAlign) * runAlign));
  }
  return groups.ranges;
}

/** What a lane that is free asks for. */
export interface RunWish {
  /** Chunks of the longest run that is wanted now, a multiple of `runAlign`. */
  readonly runChunks: number;
  readonly runAlign: number;
  /** Lanes that share what is left. */
  readonly lanes: number;
}

/** At the end runs become no shorter than this part of what they were. */
const shortestShare = 4;

/**
 * The chunks that still have to travel, handed out run by run to whichever lane is free. What was put back goes first.
 * Takes no time proportional to the number of chunks.
 */
export class RunQueue {
  /** In falling order, so that the next one is popped. */
  readonly #ranges: [number, number][] = [];
  readonly #prefixes: Map<number, number>;
  #leftChunks = 0;

  /**
   * @param missing canonical ranges
   * @param partialChunks `[chunk, bytes]` of the durable prefixes; such a chunk always starts a run, since only the
   *   first chunk of a run can be continued
   */
  constructor(missing: Ranges, partialChunks: readonly (readonly [number, number])[]) {
    this.#prefixes = new Map(partialChunks);
    for (const range of missing.toReversed()) this.putBack(range);
  }

  /**
   * The next run, and how much of its first chunk is there already; undefined when nothing is left. Towards the end
   * runs become shorter, one lane's share of what is left, so that no lane carries a long last run while the others
   * have nothing to do; but not so short that there would be more waiting for answers than sending.
   */
  take({ runChunks, runAlign, lanes }: RunWish): { run: Run; offsetBytes: number } | undefined {
    const range = this.#ranges.pop();
    if (range === undefined) return undefined;
    const [first, end] = range;
    const evenChunks = Math.max(this.#leftChunks / lanes, runChunks / shortestShare);
    const shareChunks = wholeGroups(Math.min(runChunks, evenChunks), runAlign);
    let last = Math.min(end, first - 1 + shareChunks);
    for (let chunk = first + 1; chunk <= last; chunk++) if (this.#prefixes.has(chunk)) last = chunk - 1;
    if (last < end) this.#ranges.push([last + 1, end]);
    this.#leftChunks -= last - first + 1;
    const offsetBytes = this.#prefixes.get(first) ?? 0;
    this.#prefixes.delete(first);
    return { run: [first, last], offsetBytes };
  }

  /** Hands a run out again, from its start. */
  putBack(run: Run): void {
    this.#ranges.push([run[0], run[1]]);
    this.#leftChunks += run[1] - run[0] + 1;
  }
}

/** What one request carries of a run in memory. */
export interface Piece {
  readonly run: Run;
  /** Bytes of its first chunk that the server has. */
  readonly offsetBytes: number;
  /** Where it ends in the run's bytes. */
  readonly endBytes: number;
  /** It ends within a chunk, on purpose: another request goes on after it. */
  readonly isPart: boolean;
}

/**
 * The next request for a run of `sizeBytes`, of which the first `doneBytes` are there: about `wishBytes`, in whole chunks
 * or else a part of one. Parts of one chunk are equally long, so that the last one is no crumb. Runs that have to be
 * aligned travel whole.
 */
export function nextPiece(run: Run, sizeBytes: number, doneBytes: number, wishBytes: number, runAlign: number): Piece {
  const [first, last] = run;
  const { chunkSizeBytes } = transferLimits;
  const doneChunks = Math.min(last - first, Math.floor(doneBytes / chunkSizeBytes));
  const start = { offsetBytes: doneBytes - doneChunks * chunkSizeBytes };
  if (runAlign > 1 || sizeBytes - doneBytes <= wishBytes) {
    return { ...start, run: [first + doneChunks, last], endBytes: sizeBytes, isPart: false };
  }
  const wholeChunks = Math.floor((doneBytes + wishBytes) / chunkSizeBytes);
  if (wholeChunks > doneChunks) {
    const endBytes = wholeChunks * chunkSizeBytes;
    return { ...start, run: [first + doneChunks, first + wholeChunks - 1], endBytes, isPart: false };
  }
  const chunk = first + doneChunks;
  const leftBytes = Math.min(sizeBytes, (doneChunks + 1) * chunkSizeBytes) - doneBytes;
  const parts = Math.ceil(leftBytes / wishBytes);
  return { ...start, run: [chunk, chunk], endBytes: doneBytes + Math.ceil(leftBytes / parts), isPart: parts > 1 };
}

/** At most `chunks` in groups of `runAlign`, but one group at least. */
export function wholeGroups(chunks: number, runAlign: number): number {
  return Math.max(1, Math.floor(chunks / runAlign)) * runAlign;
}
