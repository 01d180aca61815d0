import type { ByteKeeper } from "../ports/byte-keeper.ts";
import type { Clock } from "../ports/clock.ts";
import type { Ledger } from "../ports/ledger.ts";
import type { Background } from "./background.ts";
import { endUpload } from "./ending.ts";
import type { Changes } from "./events.ts";
import type { ResolvedOptions } from "./options.ts";
import { createOrphanSearch } from "./orphans.ts";
import type { Removal } from "./removal.ts";
import type { SteadyTime } from "./steady-time.ts";

/** What one round of the sweep did. */
export interface SweepReport {
  /** The wall clock was set, or the machine slept: nothing expired, and the marks start anew. */
  readonly clockJumped: boolean;
  /** Uploads that expired. */
  readonly expired: number;
  /** Ended uploads and deleted files whose bytes and rows are gone. */
  readonly removed: number;
  /** Tombstones that were dropped; these ids answer 404 from now on. */
  readonly tombstones: number;
  /** Bytes without an upload that were removed. */
  readonly orphans: number;
  /** Removals that failed; later rounds try again. */
  readonly failures: number;
  /** Whether another round has something to do at once. */
  readonly more: boolean;
}

export interface SweepParts {
  readonly ledger: Ledger;
  readonly bytes: ByteKeeper;
  readonly clock: Clock;
  readonly changes: Changes;
  readonly removal: Removal;
  readonly background: Background;
  readonly steadyTime: SteadyTime;
  readonly options: ResolvedOptions;
}

/**
 * Removes what has expired, in bounded rounds. What a round may remove depends on a wall time that has stood for
 * `markMs` ({@link SteadyTime}); so nothing expires sooner than that after a start, or after the clock was set.
 * A completed file that nobody deleted is never touched.
 * @returns one round; called while one runs, it joins it
 */
export function createSweep(parts: SweepParts): () => Promise<SweepReport> {
  const { ledger, clock, changes, removal, background, steadyTime, options } = parts;
  const { sweepBatch: batch, expiryMs, tombstoneMs } = options;
  const orphanSearch = createOrphanSearch(parts, { graceMs: options.orphanGraceMs, batch });
  let running: Promise<SweepReport> | undefined;

  async function expire(idleSince: number): Promise<number> {
    const idle = await ledger.read((reader) => reader.uploadsInState("active", batch, idleSince));
    if (idle.length === 0) return 0;
    return changes.run("expire", async (tx) => {
      let expired = 0;
      for (const { id } of idle) {
        const record = await tx.anyUpload(id);
        // It may have been continued, or ended, since it was read.
        if (record === undefined || record.state !== "active" || record.lastActivityAt > idleSince) continue;
        await endUpload(tx, record, "expired", clock.now());
        expired++;
      }
      return expired;
    });
  }

  async function dropTombstones(endedBefore: number): Promise<number> {
    const old = await ledger.read((reader) => reader.expiredTombstones(endedBefore, batch));
    if (old.length === 0) return 0;
    await ledger.transact("remove-tombstone", async (tx) => {
      for (const { key } of old) await tx.deleteUpload(key);
    });
    return old.length;
  }

  async function round(): Promise<SweepReport> {
    const { jumped, confirmedAt } = steadyTime.look({ wall: clock.now(), monotonic: clock.monotonic() });
    const expired = confirmedAt === null ? 0 : await expire(confirmedAt - expiryMs);
    const { removed, failures, more } = await removal.round();
    const tombstones = confirmedAt === null ? 0 : await dropTombstones(confirmedAt - tombstoneMs);
    const orphans = await orphanSearch.round();
    return {
      clockJumped: jumped,
      expired,
      removed,
      tombstones,
      orphans: orphans.removed,
      failures: failures + orphans.failures,
      // What failed is still there; coming back for it at once would only fail again.
      more: expired === batch || tombstones === batch || (more && failures === 0),
    };
  }

  return () => {
    if (running === undefined) {
      running = round().finally(() => {
        running = undefined;
      });
      background.own(running);
    }
    return running;
  };
}
