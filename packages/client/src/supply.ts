import { chunkOffset, runLength } from "@hawser/protocol";
import type { Lease } from "./budget.ts";
import type { Leaves } from "./leaves.ts";
import type { Run, RunQueue, RunWish } from "./plan.ts";
import { digestChunks, type ReadingParts, readFully } from "./reading.ts";
import type { Source } from "./source/source.ts";

/** A run in memory, ready to be sent. */
export interface LoadedRun {
  readonly run: Run;
  readonly offsetBytes: number;
  /** All of the run, also what `offsetBytes` leaves out. */
  readonly bytes: Uint8Array;
  /** The same bytes as the browser has them on disk, if it does. */
  readonly blob?: Blob | undefined;
  readonly digests: readonly Uint8Array[];
  /** Set when this run ends a file of unknown size. */
  readonly uploadLength: number | null;
  readonly lease: Lease;
}

/** Where lanes get their runs. */
export interface Supply {
  /** The next run, or undefined when all is handed out. Its length is a wish. */
  next(wish: RunWish, signal: AbortSignal): Promise<LoadedRun | undefined>;
  /** Hands chunks out again that arrived damaged; whole groups. */
  putBack(run: Run): void;
  /** Called when the server holds more than before. */
  advance?(): void;
}

/** What runs are read with. */
export interface SupplyParts {
  readonly source: Source;
  readonly leaves: Leaves;
  readonly reading: ReadingParts;
}

/** Runs of a source that can be read anywhere, of a known size: what is missing, in any order. */
export function planned(queue: RunQueue, sizeBytes: number, { source, leaves, reading }: SupplyParts): Supply {
  return {
    async next(wish, signal) {
      const taken = queue.take(wish);
      if (taken === undefined) return undefined;
      const [first, last] = taken.run;
      const lease = await reading.budget.lease(runLength(first, last, sizeBytes), signal);
      try {
        const { bytes } = lease;
        const offset = chunkOffset(first);
        await readFully(source, offset, bytes, signal);
        const digests = await digestChunks(taken.run, bytes, sizeBytes, leaves, reading);
        return {
          ...taken,
          bytes,
          blob: source.blob?.slice(offset, offset + bytes.length),
          digests,
          uploadLength: null,
          lease,
        };
      } catch (error) {
        lease.release();
        throw error;
      }
    },
    putBack: (run) => queue.putBack(run),
  };
}
