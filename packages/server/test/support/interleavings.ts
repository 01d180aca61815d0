import { chunkLength, chunkOffset, HawserError, limits, type RunResponse } from "@hawser/protocol";
import fc from "fast-check";
import { expect } from "vitest";
import { createMemoryStore } from "../../src/adapters/memory/blob-store.ts";
import { createByteRoom } from "../../src/bytes/byte-room.ts";
import type { BlobStore } from "../../src/ports/blob-store.ts";
import type { ByteRoom } from "../../src/ports/byte-room.ts";
import type { CommitEntry, Facts, RunRequest } from "../../src/ports/facts.ts";
import { sha256, uploadId } from "./byte-room-stage.ts";
import { createFakeFacts, type FakeUpload } from "./fake-facts.ts";
import { flipBit, ScriptedBody, testBytes } from "./scripted-body.ts";
import { type Steps, stepFacts, stepStore, storedChunk } from "./steps.ts";

const { chunkSizeBytes } = limits;
const sizeBytes = 2 * chunkSizeBytes + 60_001;
const chunks = [1, 2, 3];
/** Two contents that requests send under one upload: of each chunk only one can be acknowledged. */
const contents = [testBytes(11, sizeBytes), testBytes(12, sizeBytes)] as const;

/** What one request does. Shares are of its body, or of the prefix that it continues. */
interface Action {
  readonly first: number;
  readonly last: number;
  readonly content: 0 | 1;
  readonly continueAt: number | null;
  readonly damageAt: number | null;
  readonly breakAt: number | null;
  readonly isPartial: boolean;
}

const share = fc.integer({ min: 0, max: 1_000 }).map((n) => n / 1_000);
const action: fc.Arbitrary<Action> = fc
  .record({
    first: fc.constantFrom(1, 1, 2, 3),
    length: fc.integer({ min: 1, max: 3 }),
    content: fc.constantFrom<0 | 1>(0, 0, 0, 1),
    continueAt: fc.option(share, { freq: 1 }),
    damageAt: fc.option(share, { freq: 1 }),
    breakAt: fc.option(share, { freq: 1 }),
    isPartial: fc.integer({ min: 0, max: 5 }).map((n) => n === 0),
  })
  .map(({ length, ...rest }) => ({
    ...rest,
    last: rest.isPartial ? rest.first : Math.min(3, rest.first + length - 1),
  }));

/** Stands between the room and its ports: acknowledged bytes have to be synced, right, and left alone. */
class Witness {
  readonly #upload: FakeUpload;
  readonly #store: BlobStore;
  readonly #prefixes = new Map<number, Buffer>();
  readonly #lastWrite = new Map<number, number>();
  /** What was broken; the room would take an exception for a fault of the storage. */
  readonly violations: unknown[] = [];
  #writes = 0;
  #synced = 0;

  constructor(upload: FakeUpload, store: BlobStore) {
    this.#upload = upload;
    this.#store = store;
  }

  watchStore(store: BlobStore): BlobStore {
    const write = async (chunk: number, from: number, work: () => Promise<void>) => {
      this.#note(() => this.#expectFree(chunk, from));
      await work();
      this.#note(() => this.#expectFree(chunk, from));
      this.#lastWrite.set(chunk, ++this.#writes);
    };
    return {
      ...store,
      writeChunks: (id, first, bytes) => write(first, 0, () => store.writeChunks(id, first, bytes)),
      writePrefix: (id, chunk, from, bytes) => write(chunk, from, () => store.writePrefix(id, chunk, from, bytes)),
      sync: async (id) => {
        const covered = this.#writes;
        await store.sync(id);
        this.#synced = Math.max(this.#synced, covered);
      },
    };
  }

  watchFacts(facts: Facts): Facts {
    return {
      ...facts,
      commit: async (entries) => {
        this.#note(() => this.#expectSynced(entries));
        const outcomes = await facts.commit(entries);
        this.#note(() => this.#expectSynced(entries));
        await this.check().catch((violation: unknown) => this.violations.push(violation));
        return outcomes;
      },
      dropPrefix: async (key, chunk) => {
        await facts.dropPrefix(key, chunk);
        this.#prefixes.delete(chunk);
      },
    };
  }

  /** Everything that is acknowledged has the bytes that it was acknowledged with. */
  async check(): Promise<void> {
    const { receipts, prefixes } = this.#upload;
    for (const [chunk, digest] of receipts) {
      const stored = await storedChunk(this.#store, uploadId, chunk, chunkLength(chunk, sizeBytes));
      expect(Buffer.compare(sha256(stored), digest), `bytes of chunk ${chunk}`).toBe(0);
      this.#prefixes.delete(chunk);
    }
    for (const [chunk, prefixBytes] of prefixes) {
      const stored = await storedChunk(this.#store, uploadId, chunk, prefixBytes);
      const known = this.#prefixes.get(chunk) ?? Buffer.alloc(0);
      expect(stored.length).toBe(prefixBytes);
      expect(Buffer.compare(stored.subarray(0, known.length), known), `prefix of chunk ${chunk}`).toBe(0);
      this.#prefixes.set(chunk, stored);
    }
  }

  #note(expectation: () => void): void {
    try {
      expectation();
    } catch (violation) {
      this.violations.push(violation);
    }
  }

  #expectFree(chunk: number, from: number): void {
    const { receipts, prefixes } = this.#upload;
    const acknowledged = receipts.has(chunk) ? chunkSizeBytes : (prefixes.get(chunk) ?? 0);
    expect(from, `start of a write to chunk ${chunk}`).toBeGreaterThanOrEqual(acknowledged);
  }

  #expectSynced(entries: readonly CommitEntry[]): void {
    for (const { chunk } of entries) expect(this.#lastWrite.get(chunk) ?? 0).toBeLessThanOrEqual(this.#synced);
  }
}

interface Shipment {
  readonly request: RunRequest;
  /** The body that really comes, up to where it breaks. */
  readonly bytes: Uint8Array;
}

function prepare(action: Action, upload: FakeUpload): Shipment {
  const { first, last, isPartial } = action;
  const content = contents[action.content];
  const prefixBytes = upload.prefixes.get(first) ?? 0;
  const offsetBytes = Math.round((action.continueAt ?? 0) * prefixBytes);
  const from = chunkOffset(first) + offsetBytes;
  const end = Math.min(chunkOffset(last + 1), sizeBytes);
  const partEnd = offsetBytes === chunkLength(first, sizeBytes) ? end : from + Math.ceil((end - from) / 2);
  const good = content.subarray(from, isPartial ? partEnd : end);
  const damagedAt = Math.floor((action.damageAt ?? 0) * (good.length - 1));
  const bytes = action.damageAt === null || good.length === 0 ? good : flipBit(good, damagedAt);
  const digests = chunks
    .slice(first - 1, last)
    .map((chunk) => content.subarray(chunkOffset(chunk), Math.min(chunkOffset(chunk + 1), sizeBytes)));
  return {
    request: {
      ...{ owner: "local", id: uploadId, first, last, offsetBytes, sizeBytes: null },
      digests: isPartial ? [sha256(good)] : digests.map(sha256),
      partial: isPartial,
      contentLength: good.length,
    },
    bytes: bytes.subarray(0, Math.floor((action.breakAt ?? 1) * bytes.length)),
  };
}

/** Runs one request to its end, its body coming when the scheduler says so. */
async function perform(action: Action, room: ByteRoom, upload: FakeUpload, scheduler: fc.Scheduler): Promise<void> {
  await scheduler.schedule(Promise.resolve(), `start ${action.first}-${action.last}`);
  const { request, bytes } = prepare(action, upload);
  const body = new ScriptedBody();
  const answer = room.receiveRun(request, body).then(
    (response) => expectTrue(response, request, upload),
    (error: unknown) => expectJustified(error, action, request, upload),
  );
  const pieceBytes = Math.max(1, Math.ceil(bytes.length / 4));
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    await scheduler.schedule(Promise.resolve(), `body ${action.first}-${action.last} at ${at}`);
    body.send(bytes.subarray(at, at + pieceBytes));
  }
  await scheduler.schedule(Promise.resolve(), `end ${action.first}-${action.last}`);
  if (action.breakAt === null) body.end();
  else body.break();
  await answer;
}

/** What an answer calls acknowledged has a receipt with the digest that was sent. */
function expectAcknowledged(done: Pick<RunResponse, "receipts" | "skipped">, request: RunRequest, upload: FakeUpload) {
  const acknowledged = [...done.receipts, ...done.skipped].flatMap(([first, last]) =>
    chunks.filter((chunk) => chunk >= first && chunk <= last),
  );
  for (const chunk of acknowledged) {
    const receipt = upload.receipts.get(chunk) ?? new Uint8Array(0);
    const digest = request.partial ? receipt : (request.digests?.[chunk - request.first] as Uint8Array);
    expect(receipt.length).toBe(32);
    expect(Buffer.compare(receipt, digest)).toBe(0);
  }
  return acknowledged.length;
}

function expectTrue(response: RunResponse, request: RunRequest, upload: FakeUpload): void {
  const count = expectAcknowledged(response, request, upload);
  if (request.partial) expect(count + (response.partialChunks?.length ?? 0)).toBe(1);
  else expect(count).toBe(request.last - request.first + 1);
}

/** Each refusal has a reason in what was sent, or in what others sent. */
function expectJustified(error: unknown, action: Action, request: RunRequest, upload: FakeUpload): void {
  if (!(error instanceof HawserError)) throw error;
  const { receipts = [], skipped = [] } = error.details;
  expectAcknowledged({ receipts, skipped }, request, upload);
  const isContinued = request.offsetBytes > 0;
  const reasons: Partial<Record<string, boolean>> = {
    run_incomplete: action.breakAt !== null,
    digest_mismatch: action.damageAt !== null || isContinued || action.breakAt !== null,
    offset_conflict: isContinued || action.isPartial,
    body_too_short: action.isPartial && request.contentLength === 0,
    chunk_conflict: true,
  };
  expect(reasons[error.code], `${error.code} for ${JSON.stringify(action)}`).toBe(true);
}

/** Steps that only wait for their turn. */
function turns(scheduler: fc.Scheduler): Pick<Steps, "take"> {
  const take = (step: string) => scheduler.schedule(Promise.resolve(), step);
  return { take };
}

/** Random requests for one upload, interleaved at random: invariants hold at every step, and no claim or memory is left behind. */
export function interleavings() {
  return fc.asyncProperty(
    fc.array(action, { minLength: 2, maxLength: 7 }),
    fc.constantFrom(2, 3, 16),
    fc.scheduler(),
    async (actions, poolChunks, scheduler) => {
      const store = createMemoryStore();
      const facts = createFakeFacts();
      const upload = facts.add({ id: uploadId, sizeBytes });
      const witness = new Witness(upload, store);
      const steps = turns(scheduler);
      const room = createByteRoom({
        store: witness.watchStore(stepStore(store, steps)),
        facts: witness.watchFacts(stepFacts(facts, steps)),
        clock: { now: () => 0, monotonic: () => 0, sleep: async () => {} },
        options: { poolBytes: poolChunks * chunkSizeBytes },
      });
      const performAll = (all: readonly Action[]) =>
        scheduler.waitFor(Promise.all(all.map((one) => perform(one, room, upload, scheduler))));
      try {
        await performAll(actions);
        const missing = chunks.filter((chunk) => !upload.receipts.has(chunk));
        await performAll(missing.map((chunk) => ({ ...goodRun, first: chunk, last: chunk })));
      } finally {
        expect(witness.violations).toEqual([]);
      }
      expect(upload.receipts.size).toBe(chunks.length);
      await witness.check();
    },
  );
}

const goodRun = { content: 0, continueAt: null, damageAt: null, breakAt: null, isPartial: false } as const;
