import { HawserError, rangesOf, type Sha256, treeGroupChunks } from "@hawser/protocol";
import type { Clock } from "../ports/clock.ts";
import type { EventBus } from "../ports/event-bus.ts";
import type { CommitEntry, CommitOutcome, Facts } from "../ports/facts.ts";
import type { Ledger, LedgerReader, LedgerTransaction, UploadRecord } from "../ports/ledger.ts";
import type { Progress } from "../ports/live.ts";
import { type CommitPlan, planCommit, type SlotsKnown } from "./commit-plan.ts";
import type { Changes } from "./events.ts";
import { countMissing } from "./standing.ts";
import { cacheFullGroups, groupOf } from "./tree.ts";

export interface CommitsParts {
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly sha256: Sha256;
  readonly changes: Changes;
  readonly bus: Pick<EventBus, "publishProgress" | "isFollowed">;
}

/** Bytes that arrive after so long a silence are news. */
const silenceMs = 10_000;

/** Records what is synced: the acknowledgement itself. One batch, of any number of uploads, is one transaction. */
export function createCommits(parts: CommitsParts): Pick<Facts, "commit" | "dropPrefix"> {
  const { ledger, clock, sha256, changes, bus } = parts;

  async function commitUpload(tx: LedgerTransaction, key: number, entries: readonly CommitEntry[]) {
    const record = await tx.uploadByKey(key);
    if (record === undefined) return { outcomes: refuseAll(entries), isRepaired: false, progress: null };
    const plan = planCommit(record, entries, await readSlots(tx, key, entries));
    const at = clock.now();
    const after = await applyPlan(tx, record, plan, { at, sha256 });
    const missingCount = countMissing(after);
    return {
      progress: bus.isFollowed ? describeProgress(record, after, plan, at) : null,
      outcomes: plan.results.map((result) => ({ ...result, missingCount })),
      isRepaired: await noteRepairs(tx, record, plan.repaired, at),
    };
  }

  return {
    async commit(entries) {
      const outcomes: CommitOutcome[] = new Array(entries.length);
      let isRepaired = false;
      const progress: Progress[] = [];
      let seq = 0;
      await ledger.transact("commit-chunks", async (tx) => {
        for (const [key, indexed] of Map.groupBy(entries.entries(), ([, entry]) => entry.key)) {
          const committed = await commitUpload(
            tx,
            key,
            indexed.map(([, entry]) => entry),
          );
          indexed.forEach(([index], i) => {
            outcomes[index] = committed.outcomes[i] as CommitOutcome;
          });
          isRepaired ||= committed.isRepaired;
          if (committed.progress !== null) progress.push(committed.progress);
        }
        if (progress.length > 0) seq = await tx.lastEventSeq();
      });
      if (progress.length > 0) bus.publishProgress(progress, seq);
      if (isRepaired) changes.publish();
      return outcomes;
    },

    async dropPrefix(key, chunk) {
      await ledger.transact("drop-prefix", (tx) => tx.deletePrefixes(key, [chunk]));
    },
  };
}

function refuseAll(entries: readonly CommitEntry[]): CommitOutcome[] {
  return entries.map(() => ({ result: "refused", code: "gone", missingCount: null }));
}

/** Batches hold runs of several lanes: a few ranges of neighbours, each read at once. */
async function readSlots(reader: LedgerReader, key: number, entries: readonly CommitEntry[]): Promise<SlotsKnown> {
  const receipts = new Map<number, Uint8Array>();
  const prefixes = new Map<number, number>();
  for (const [first, last] of rangesOf(entries.map(({ chunk }) => chunk).sort((a, b) => a - b))) {
    const count = last - first + 1;
    for (const { chunk, digest } of await reader.receipts(key, first, last, count)) receipts.set(chunk, digest);
    for (const { chunk, sizeBytes } of await reader.prefixes(key, first, last, count)) prefixes.set(chunk, sizeBytes);
  }
  const damages = new Map((await reader.damages(key)).map(({ chunk, digest }) => [chunk, digest]));
  return { receipts, prefixes, damages };
}

async function applyPlan(
  tx: LedgerTransaction,
  record: UploadRecord,
  { receipts, prefixes, obsoletePrefixes }: CommitPlan,
  { at, sha256 }: { at: number; sha256: Sha256 },
): Promise<UploadRecord> {
  const { key, state } = record;
  if (receipts.length === 0 && prefixes.size === 0) return record;
  const patch = {
    receivedChunks: record.receivedChunks + receipts.length,
    receivedBytes: receipts.reduce((sum, { sizeBytes }) => sum + sizeBytes, record.receivedBytes),
    // A clock that was set back must not make an upload look idle.
    lastActivityAt: Math.max(record.lastActivityAt, at),
    bytesIn: "blobs",
  } as const;
  if (!(await tx.updateUpload(key, state, patch))) {
    throw new HawserError("unavailable", { retryAfterSeconds: 1, detail: "The upload changed meanwhile." });
  }
  await tx.insertReceipts(key, receipts);
  if (obsoletePrefixes.length > 0) await tx.deletePrefixes(key, obsoletePrefixes);
  for (const [chunk, sizeBytes] of prefixes) await tx.putPrefix(key, { chunk, sizeBytes });
  if (patch.receivedChunks >= treeGroupChunks) {
    await cacheFullGroups(tx, key, new Set(receipts.map(({ chunk }) => groupOf(chunk))), sha256);
  }
  return { ...record, ...patch };
}

/** What a watcher is told of a batch; null when it changed nothing that can be seen. */
function describeProgress(
  before: UploadRecord,
  after: UploadRecord,
  { receipts, prefixes }: CommitPlan,
  at: number,
): Progress | null {
  const isResumed = before.receivedBytes > 0 && at - before.lastActivityAt >= silenceMs;
  if (receipts.length === 0 && (prefixes.size === 0 || !isResumed)) return null;
  return {
    uploadId: after.id,
    owner: after.owner,
    bundleId: after.bundle?.id ?? null,
    at,
    sizeBytes: after.sizeBytes,
    receivedBytes: after.receivedBytes,
    missingCount: countMissing(after),
    ranges: rangesOf(receipts.map(({ chunk }) => chunk).sort((a, b) => a - b)),
    isResumed,
  };
}

/** Forgets the damage of chunks that are whole again; true when it was the last of the upload. */
async function noteRepairs(
  tx: LedgerTransaction,
  record: UploadRecord,
  chunks: readonly number[],
  at: number,
): Promise<boolean> {
  if (chunks.length === 0) return false;
  for (const chunk of chunks) await tx.deleteDamage(record.key, chunk);
  if ((await tx.damages(record.key)).length > 0) return false;
  await tx.insertEvent(record, "repaired", at, {});
  return true;
}
