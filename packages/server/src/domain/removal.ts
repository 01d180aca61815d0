import type { ByteKeeper } from "../ports/byte-keeper.ts";
import type { Ledger, UploadRecord } from "../ports/ledger.ts";
import type { Background } from "./background.ts";
import { createGate } from "./gate.ts";

/** Rows below an upload that go in one transaction, so that no commit waits long for it. */
const rowsPerStep = 2_000;
/** Such steps that one round gives to one upload; the rest is the next round's. */
const stepsPerRound = 100;
/** Uploads that are removed at a time. */
const lanes = 4;

export interface RemovalReport {
  /** Uploads of which nothing is left but the tombstone. */
  readonly removed: number;
  /** Uploads whose bytes could not be removed; the next round tries again. */
  readonly failures: number;
  /** Whether there is more to do. */
  readonly more: boolean;
}

/** Removes what ended uploads and deleted files leave behind. */
export interface Removal {
  /** One round; rounds run one after the other. */
  round(): Promise<RemovalReport>;
  /** Starts rounds in the background until nothing is left, unless they run already. */
  trigger(): void;
  /** Removes one ended upload with all that is known about it, its tombstone included. */
  forget(record: UploadRecord): Promise<void>;
}

export function createRemoval(
  parts: { readonly ledger: Ledger; readonly bytes: ByteKeeper; readonly background: Background },
  batch: number,
): Removal {
  const { ledger, bytes, background } = parts;
  const gate = createGate(lanes, batch, background.signal);
  let previous: Promise<unknown> = Promise.resolve();
  let triggered = false;
  let running = false;

  /** Bytes first: as long as the row says that there are some, they will be looked for. True when all is gone. */
  async function remove(record: UploadRecord, steps: number): Promise<boolean> {
    const { id, key, state } = record;
    if (record.bytesIn === "blobs") await bytes.discard(id);
    for (let step = 0; step < steps; step++) {
      if (await ledger.transact("remove-children", (tx) => tx.deleteChildren(key, rowsPerStep))) {
        await ledger.transact("bytes-removed", (tx) => tx.updateUpload(key, state, { bytesIn: "none" }));
        return true;
      }
    }
    return false;
  }

  async function runRound(): Promise<RemovalReport> {
    const records = await ledger.read((reader) => reader.awaitingRemoval(batch));
    const results = await Promise.allSettled(records.map((record) => gate(() => remove(record, stepsPerRound))));
    const removed = results.filter((result) => result.status === "fulfilled" && result.value).length;
    const failures = results.filter((result) => result.status === "rejected").length;
    return { removed, failures, more: removed + failures < records.length || records.length === batch };
  }

  function round(): Promise<RemovalReport> {
    const next = previous.then(runRound, runRound);
    previous = next.catch(() => undefined);
    return next;
  }

  /** Ends when nothing is left, or when a round met a failure: then it is the sweep's turn. */
  async function runAll(): Promise<void> {
    try {
      let report: RemovalReport;
      do {
        // Whoever triggers from here on asks for one more pass, since this one may have read the ledger already.
        triggered = false;
        report = await round();
      } while ((report.more || triggered) && report.failures === 0 && !background.signal.aborted);
    } finally {
      running = false;
    }
  }

  return {
    round,
    trigger() {
      triggered = true;
      if (running || background.signal.aborted) return;
      running = true;
      background.own(runAll());
    },
    async forget(record) {
      await remove(record, Number.POSITIVE_INFINITY);
      await ledger.transact("remove-tombstone", (tx) => tx.deleteUpload(record.key));
    },
  };
}
