import { chunkLength, chunkOffset, finalStates, rangesOf, transitions, type UploadState } from "@hawser/protocol";
import { expect } from "vitest";
import type { EventKind, UploadEvent } from "../../src/ports/event-bus.ts";
import type { LedgerReader, UploadRecord } from "../../src/ports/ledger.ts";
import { chunkOf, digestOf, equalBytes, sha256 } from "../support/contents.ts";
import { outcomeOf } from "./outcome.ts";
import type { Reference } from "./reference.ts";
import { digestOf as fileDigestOf, hasEnded, holes, type RefUpload, refuseEnded } from "./reference-upload.ts";
import { times, type World } from "./world.ts";

const statesOfKinds: Partial<Record<EventKind, UploadState>> = {
  created: "active",
  assembly_started: "assembling",
  reactivated: "active",
  completed: "completed",
  failed: "failed",
  cancelled: "cancelled",
  expired: "expired",
};

/** Looks at everything that docs/states.md calls invariant and that can be looked at from inside the process. */
export class Witness {
  readonly #world: World;
  /** States as the events tell them (I8). */
  readonly #states = new Map<string, UploadState>();
  readonly #deleted = new Set<string>();
  #lastSeq = 0;
  /** What was seen once in a final state (I3). */
  readonly #final = new Map<string, UploadState>();
  /** Looks come one after the other, also where requests do not. */
  #last: Promise<UploadRecord[]> = Promise.resolve([]);

  constructor(world: World) {
    this.#world = world;
  }

  /** What holds whatever was done: I1, I3, I6, I7, I8. */
  checkLedger(): Promise<UploadRecord[]> {
    this.#last = this.#last.then(() => this.#checkLedger());
    return this.#last;
  }

  async #checkLedger(): Promise<UploadRecord[]> {
    const { ledger, violations } = this.#world;
    expect(violations).toEqual([]);
    return ledger.read(async (reader) => {
      for (const event of await reader.eventsAfter(this.#lastSeq, 10_000)) this.#follow(event);
      const records: UploadRecord[] = [];
      for (const id of this.#states.keys()) {
        const record = await reader.anyUpload(id);
        if (record === undefined) continue;
        records.push(record);
        expect(record.state, `I8: the state that the events of ${id} tell`).toBe(this.#states.get(id));
        expect(record.deletedAt !== null, "I8: file_deleted").toBe(this.#deleted.has(id));
        expect(this.#final.get(id) ?? record.state, "I3: a final state is never left").toBe(record.state);
        if (record.state === "expired") {
          const idleMs = (record.endedAt ?? 0) - record.lastActivityAt;
          expect(idleMs, `R6: idle time of ${id}`).toBeGreaterThanOrEqual(times.expiryMs);
        }
        if (finalStates.includes(record.state)) this.#final.set(id, record.state);
        if (record.state === "active" || (record.state === "completed" && record.deletedAt === null)) {
          await this.#checkSums(reader, record);
        }
      }
      return records;
    });
  }

  /** I1: every acknowledged chunk is there with its digest, read and hashed. */
  async checkBytes(): Promise<void> {
    const { ledger, store } = this.#world;
    for (const record of await this.checkLedger()) {
      if (record.bytesIn !== "blobs" || record.deletedAt !== null || !isKept(record)) continue;
      const receipts = await ledger.read((reader) => reader.receipts(record.key, 1, Number.MAX_SAFE_INTEGER, 100));
      for (const { chunk, sizeBytes, digest } of receipts) {
        const stored = new Uint8Array(sizeBytes);
        await store.read(record.id, chunkOffset(chunk), stored);
        expect(equalBytes(sha256(stored), digest), `I1: bytes of chunk ${chunk} of ${record.id}`).toBe(true);
      }
    }
  }

  /** All of it, against the reference. */
  async check(reference: Reference): Promise<void> {
    const records = await this.checkLedger();
    expect(records.map(({ id }) => id).sort()).toEqual([...reference.uploads.keys()].sort());
    for (const record of records) {
      const upload = reference.uploads.get(record.id) as RefUpload;
      expect([record.owner, record.state, record.sizeBytes]).toEqual([upload.owner, upload.state, upload.size]);
      if (!hasEnded(upload)) await this.#checkArrived(upload, record);
      await this.#checkAnswers(upload);
    }
  }

  #follow({ seq, uploadId, kind }: UploadEvent): void {
    expect(seq, "I8: sequence numbers rise").toBeGreaterThan(this.#lastSeq);
    this.#lastSeq = seq;
    const before = this.#states.get(uploadId);
    const after = statesOfKinds[kind];
    if (kind === "created") expect(before, "an upload is created once").toBeUndefined();
    // A small file begins as completed.
    else if (after !== undefined && !(kind === "completed" && before === undefined)) {
      expect(transitions[before as UploadState], `the move of ${uploadId} from ${before}`).toContain(after);
    }
    if (after !== undefined) this.#states.set(uploadId, after);
    if (kind === "file_deleted") this.#deleted.add(uploadId);
  }

  async #checkSums(reader: LedgerReader, record: UploadRecord): Promise<void> {
    const receipts = await reader.receipts(record.key, 1, Number.MAX_SAFE_INTEGER, 100);
    const sizeBytes = receipts.reduce((sum, receipt) => sum + receipt.sizeBytes, 0);
    expect([record.receivedChunks, record.receivedBytes], "I7: sums").toEqual([receipts.length, sizeBytes]);
    for (const { chunk, sizeBytes } of receipts) expect(sizeBytes).toBe(chunkLength(chunk, record.sizeBytes));
    const damages = await reader.damages(record.key);
    const prefixes = await reader.prefixes(record.key, 1, Number.MAX_SAFE_INTEGER, 100);
    const twice = new Set(receipts.map(({ chunk }) => chunk));
    for (const { chunk } of [...damages, ...prefixes]) expect(twice.has(chunk), `${chunk} is two things`).toBe(false);
  }

  /** I1, I5: exactly these chunks and prefixes are acknowledged, and their bytes are there. */
  async #checkArrived(upload: RefUpload, { key }: UploadRecord): Promise<void> {
    const { ledger, store } = this.#world;
    const [receipts, damages] = await ledger.read(async (reader) => [
      await reader.receipts(key, 1, Number.MAX_SAFE_INTEGER, 100),
      await reader.damages(key),
    ]);
    const known = (rows: Iterable<readonly [number, Uint8Array]>) =>
      [...rows].sort(([a], [b]) => a - b).map(([chunk, digest]) => [chunk, Buffer.from(digest).toString("hex")]);
    const expected = (chunks: RefUpload["whole"]) =>
      known([...chunks].map(([chunk, variant]) => [chunk, digestOf(variant, chunk, upload.size)]));
    expect(known(receipts.map(({ chunk, digest }) => [chunk, digest]))).toEqual(expected(upload.whole));
    expect(known(damages.map(({ chunk, digest }) => [chunk, digest]))).toEqual(expected(upload.damaged));
    if (upload.small) return;
    for (const [chunk, variant] of upload.whole) {
      const bytes = chunkOf(variant, chunk, upload.size);
      const stored = scratch.subarray(0, bytes.length);
      expect(await store.read(upload.id, chunkOffset(chunk), stored)).toBe(bytes.length);
      expect(equalBytes(stored, bytes), `I1: bytes of chunk ${chunk}`).toBe(true);
    }
    for (const [chunk, bytes] of upload.prefixes) {
      const stored = scratch.subarray(0, bytes.length);
      expect(await store.readPrefix(upload.id, chunk, stored)).toBe(bytes.length);
      expect(equalBytes(stored, bytes), `I1: prefix of chunk ${chunk}`).toBe(true);
    }
  }

  /** I2, I11, I12: what callers are told. */
  async #checkAnswers(upload: RefUpload): Promise<void> {
    const { domain } = this.#world;
    const { id, owner, size, whole } = upload;
    const resumed = await outcomeOf(async () => {
      const { state, receivedChunks, missingChunks, partialChunks } = await domain.resume(owner, id, 1);
      return { state, size, receivedChunks, missingChunks: missingChunks ?? [], partialChunks };
    });
    const toldOfResume = await outcomeOf(async () => {
      refuseEnded(upload);
      const receivedChunks = rangesOf([...whole.keys()].sort((a, b) => a - b));
      return { state: upload.state, size, receivedChunks, ...holes(upload) };
    });
    expect(resumed).toEqual(toldOfResume);
    const located = await outcomeOf(async () => {
      const { file } = await domain.locateFile(owner, id);
      return { digest: file.digest, size: file.size };
    });
    expect(located).toEqual(toldOfFile(upload));
  }
}

const scratch = new Uint8Array(chunkLength(1, null));

function toldOfFile(upload: RefUpload): object {
  if (upload.state !== "completed") return { code: "not_found" };
  if (upload.deleted) return { code: "gone", state: "completed" };
  if (upload.damaged.size > 0) return { code: "file_damaged", missingChunks: holes(upload).missingChunks };
  return { code: "ok", digest: fileDigestOf(upload), size: upload.size };
}

function isKept({ state }: UploadRecord): boolean {
  return state === "active" || state === "assembling" || state === "completed";
}
