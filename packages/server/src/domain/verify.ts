import {
  chunkOffset,
  equalDigests,
  HawserError,
  normalizeRanges,
  rangesOf,
  type Sha256,
  type VerifyResponse,
} from "@hawser/protocol";
import type { ByteKeeper } from "../ports/byte-keeper.ts";
import type { Clock } from "../ports/clock.ts";
import type { Ledger, LedgerReader, LedgerTransaction, Receipt, UploadRecord } from "../ports/ledger.ts";
import type { Background } from "./background.ts";
import type { Changes } from "./events.ts";
import type { Gate } from "./gate.ts";
import { findUpload, refuseEnded } from "./standing.ts";
import { groupOf } from "./tree.ts";

/** Chunks that are read back between two looks at the ledger. */
const chunksPerStep = 256;

export interface VerifyParts {
  readonly ledger: Ledger;
  readonly bytes: ByteKeeper;
  readonly clock: Clock;
  readonly sha256: Sha256;
  readonly changes: Changes;
  readonly background: Background;
  /** Bounds how many files are read as a whole at a time. */
  readonly wholeFiles: Gate;
}

/**
 * Reads acknowledged chunks back. A damaged one loses its receipt, but its digest binds: nothing else may fill it. A
 * completed file is not served until all are filled again. A body that the ledger keeps is only reported and refused
 * from then on: it came whole, in one request, and can only come so again.
 */
export function createVerify(parts: VerifyParts): (owner: string, id: string) => Promise<VerifyResponse> {
  const { ledger, bytes, clock, sha256, changes, background, wholeFiles } = parts;
  /** Whoever asks while it runs gets the same answer. */
  const running = new Map<string, Promise<VerifyResponse>>();

  async function findDamaged(record: UploadRecord, receipts: readonly Receipt[]): Promise<number[]> {
    if (record.bytesIn !== "ledger") {
      // While the size is unknown every chunk is full.
      const last = receipts.at(-1)?.chunk ?? 0;
      return bytes.findDamaged(record.id, record.sizeBytes ?? chunkOffset(last + 1), receipts);
    }
    const body = (await ledger.read((reader) => reader.smallBody(record.key))) ?? new Uint8Array(0);
    const isWhole = ({ chunk, sizeBytes, digest }: Receipt) => {
      const from = chunkOffset(chunk);
      return equalDigests(sha256(body.subarray(from, from + sizeBytes)), digest);
    };
    return receipts.filter((receipt) => !isWhole(receipt)).map(({ chunk }) => chunk);
  }

  /** Writes down which chunks are damaged, of those that still have the receipt they were checked against. */
  async function noteDamage(id: string, checked: readonly Receipt[], damaged: ReadonlySet<number>): Promise<void> {
    await changes.run("note-damage", async (tx) => {
      const record = await tx.anyUpload(id);
      if (record === undefined || !isVerifiable(record)) return;
      const lost: Receipt[] = [];
      for (const { chunk, digest } of checked.filter((receipt) => damaged.has(receipt.chunk))) {
        const receipt = await tx.receipt(record.key, chunk);
        if (receipt !== undefined && equalDigests(receipt.digest, digest)) lost.push(receipt);
      }
      if (lost.length > 0) await takeReceipts(tx, record, lost, clock.now());
    });
  }

  async function verify(owner: string, id: string): Promise<VerifyResponse> {
    const checked: [number, number][] = [];
    let from = 1;
    for (;;) {
      const { record, receipts, damages } = await ledger.read((reader) => readStep(reader, owner, id, from));
      const last = receipts.at(-1);
      if (last === undefined) return { checked: normalizeRanges(checked), damaged: rangesOf(damages) };
      if (background.signal.aborted) throw new HawserError("unavailable", { retryAfterSeconds: 5 });
      const damaged = await findDamaged(record, receipts);
      if (damaged.length > 0) await noteDamage(id, receipts, new Set(damaged));
      checked.push(...rangesOf(receipts.map(({ chunk }) => chunk)));
      from = last.chunk + 1;
    }
  }

  return (owner, id) => {
    const name = JSON.stringify([owner, id]);
    const known = running.get(name);
    if (known !== undefined) return known;
    const work = wholeFiles(() => verify(owner, id)).finally(() => running.delete(name));
    running.set(name, work);
    background.own(work);
    return work;
  };
}

function isVerifiable(record: UploadRecord): boolean {
  return record.state === "active" || record.state === "completed";
}

/** The next receipts to check, and what is known to be damaged so far. */
async function readStep(reader: LedgerReader, owner: string, id: string, from: number) {
  const record = await findUpload(reader, owner, id);
  refuseEnded(record);
  if (!isVerifiable(record)) throw new HawserError("state_conflict", { state: record.state });
  const receipts = await reader.receipts(record.key, from, Number.MAX_SAFE_INTEGER, chunksPerStep);
  const damages = (await reader.damages(record.key)).map(({ chunk }) => chunk).sort((a, b) => a - b);
  return { record, receipts, damages };
}

/** Turns receipts into damages. What was found about the bytes as a whole does not count any more. */
async function takeReceipts(tx: LedgerTransaction, record: UploadRecord, lost: readonly Receipt[], at: number) {
  const { key, state } = record;
  const chunks = lost.map(({ chunk }) => chunk);
  const sums = {
    receivedChunks: record.receivedChunks - lost.length,
    receivedBytes: lost.reduce((sum, { sizeBytes }) => sum - sizeBytes, record.receivedBytes),
  };
  const forgotten = state === "active" ? { failure: null, sha256: null } : {};
  if (!(await tx.updateUpload(key, state, { ...sums, ...forgotten }))) {
    throw new HawserError("state_conflict", { state });
  }
  for (const [first, last] of rangesOf(chunks)) await tx.deleteReceipts(key, first, last);
  for (const group of new Set(chunks.map(groupOf))) await tx.deleteTreeNode(key, group);
  await tx.putDamages(
    key,
    lost.map(({ chunk, digest }) => ({ chunk, digest })),
  );
  await tx.insertEvent(record, "damaged", at, { chunks: rangesOf(chunks) });
}
