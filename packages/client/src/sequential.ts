import { chunkOffset, countChunks, HawserError, transferLimits } from "@hawser/protocol";
import type { Lease } from "./budget.ts";
import type { Run, RunWish } from "./plan.ts";
import { digestChunks, type ReadingParts } from "./reading.ts";
import type { Source } from "./source/source.ts";
import type { LoadedRun, Supply } from "./supply.ts";
import type { Work } from "./work.ts";

export interface SequentialParts {
  readonly source: Source;
  readonly reading: ReadingParts;
  readonly work: Work;
  readonly runAlign: number;
  /** Null while nobody knows it. */
  readonly sizeBytes: number | null;
  /** Whether the server was told no size: then the run that ends the file tells it. */
  readonly isOpenEnded: boolean;
  /** Called when the end was found. */
  readonly onMeasured: (sizeBytes: number) => void;
}

/**
 * Runs of a source that is read once, in rising order, or whose end nobody knows: group after group of `runAlign`
 * chunks. What the server holds already is read too, so that it can be compared, but not sent.
 */
export class Sequential implements Supply {
  readonly #parts: SequentialParts;
  /** First chunks of groups that have to travel again. */
  readonly #again: number[] = [];
  #chunk: number;
  #sizeBytes: number | null;
  #isEnded = false;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(parts: SequentialParts) {
    this.#chunk = parts.work.frontier;
    this.#sizeBytes = parts.sizeBytes;
    this.#parts = parts;
  }

  /** One after the other: the source is read in rising order. */
  next(_wish: RunWish, signal: AbortSignal): Promise<LoadedRun | undefined> {
    const result = this.#turn.then(() => this.#next(signal));
    this.#turn = result.catch(() => undefined);
    return result;
  }

  putBack(run: Run): void {
    for (let first = run[0]; first <= run[1]; first += this.#parts.runAlign) this.#again.push(first);
  }

  /** Lets the source forget what it will not be asked for again: whole groups, as they are sent. */
  advance(): void {
    const { source, work, runAlign } = this.#parts;
    const { leaves, progress, frontier } = work;
    const totalChunks = this.#sizeBytes === null ? Number.POSITIVE_INFINITY : countChunks(this.#sizeBytes);
    const isDone = (chunk: number) => progress.held.has(chunk) && leaves.get(chunk) !== undefined;
    for (let chunk = frontier; chunk <= totalChunks && isDone(chunk); chunk++) {
      if (chunk % runAlign === 0 || chunk === totalChunks) work.frontier = chunk + 1;
    }
    if (work.frontier > frontier) source.release?.(chunkOffset(work.frontier));
  }

  async #next(signal: AbortSignal): Promise<LoadedRun | undefined> {
    for (;;) {
      const damaged = this.#again.pop();
      if (damaged === undefined && this.#isEnded) return undefined;
      const loaded = await this.#load(damaged ?? this.#chunk, signal);
      if (damaged === undefined) {
        if (loaded === undefined) this.#isEnded = true;
        else this.#chunk += this.#parts.runAlign;
      }
      if (loaded) return loaded;
    }
  }

  /** Reads a group; undefined at the end, null when the server holds all of it. */
  async #load(first: number, signal: AbortSignal): Promise<LoadedRun | undefined | null> {
    const { source, reading, runAlign } = this.#parts;
    const offset = chunkOffset(first);
    const leftBytes = (this.#sizeBytes ?? Number.POSITIVE_INFINITY) - offset;
    const wantedBytes = Math.min(leftBytes, runAlign * transferLimits.chunkSizeBytes);
    if (wantedBytes <= 0) return undefined;
    const lease = await reading.budget.lease(wantedBytes, signal);
    let loaded: LoadedRun | undefined | null;
    try {
      const readBytes = await source.read(offset, lease.bytes, signal);
      if (readBytes < wantedBytes) this.#end(offset + readBytes);
      loaded = readBytes === 0 ? undefined : await this.#describe(first, lease, readBytes);
    } finally {
      if (!loaded) lease.release();
    }
    return loaded;
  }

  #end(sizeBytes: number): void {
    if (this.#sizeBytes !== null) throw new HawserError("source_changed", { detail: "It became shorter." });
    this.#sizeBytes = sizeBytes;
    this.#parts.onMeasured(sizeBytes);
  }

  async #describe(first: number, lease: Lease, readBytes: number): Promise<LoadedRun | null> {
    const { reading, work, runAlign, isOpenEnded } = this.#parts;
    const { leaves, progress } = work;
    const run: Run = [first, first - 1 + countChunks(readBytes)];
    const bytes = lease.bytes.subarray(0, readBytes);
    const digests = await digestChunks(run, bytes, this.#sizeBytes, leaves, reading);
    if (digests.every((_, i) => progress.held.has(first + i))) {
      this.advance();
      return null;
    }
    const isLast = isOpenEnded && this.#sizeBytes === chunkOffset(first) + readBytes;
    return {
      run,
      // Where runs have to be aligned, a chunk in the middle of a group cannot start one.
      offsetBytes: runAlign === 1 ? Math.min(progress.prefixBytes(first), readBytes) : 0,
      bytes,
      digests,
      uploadLength: isLast ? this.#sizeBytes : null,
      lease,
    };
  }
}
