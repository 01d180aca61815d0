import { hash, randomBytes } from "node:crypto";
import { chunkLength, countChunks, HawserError, type InitializeRequest } from "@hawser/protocol";
import { createMemoryEventBus } from "../../src/adapters/memory/event-bus.ts";
import { createMemoryLedger } from "../../src/adapters/memory/ledger.ts";
import { createDomain, type Domain, type DomainOptions } from "../../src/domain/domain.ts";
import type { EventBus, UploadEvent } from "../../src/ports/event-bus.ts";
import type { CommitOutcome, RunRequest } from "../../src/ports/facts.ts";
import type { Ledger, UploadRecord } from "../../src/ports/ledger.ts";
import { FakeByteKeeper } from "./fake-byte-keeper.ts";
import { createManualClock, type ManualClock } from "./manual-clock.ts";

export const owner = "local";
export const mebibyte = 1_048_576;
export const sha256 = (bytes: Uint8Array): Uint8Array => new Uint8Array(hash("sha256", bytes, "buffer"));
/** A digest that stands for chunk `chunk` where no bytes are needed; `variant` gives others. */
export const digestOf = (chunk: number, variant = 0): Uint8Array => sha256(Buffer.from(`${variant}:${chunk}`));

/** The code with which `work` fails, or undefined when it does not. */
export async function codeOf(work: Promise<unknown>): Promise<string | undefined> {
  return (await errorOf(work))?.code;
}

export async function errorOf(work: Promise<unknown>): Promise<HawserError | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    if (error instanceof HawserError) return error;
    throw error;
  }
}

export interface Stage {
  readonly domain: Domain;
  readonly ledger: Ledger;
  readonly bytes: FakeByteKeeper;
  readonly bus: EventBus;
  readonly clock: ManualClock;
  /** What the bus told. */
  readonly events: UploadEvent[];
  begin(size: number | null, more?: Partial<InitializeRequest>): Promise<string>;
  /** A chunk request with the digests of {@link digestOf}, well formed unless `more` says otherwise. */
  run(id: string, first: number, last: number, size: number | null, more?: Partial<RunRequest>): RunRequest;
  /** Admits and commits chunks, as a request does that succeeds; bytes are stored only where they are given. */
  send(id: string, chunks: readonly number[], size: number | null): Promise<CommitOutcome[]>;
  sendBytes(id: string, content: Uint8Array): Promise<void>;
  record(id: string): Promise<UploadRecord | undefined>;
  /** Kinds of the events of an upload, from the ledger. */
  kinds(id: string): Promise<string[]>;
  /** Lets everything that waits for nothing but promises go on. */
  settle(): Promise<void>;
}

export function createStage(
  options: DomainOptions = {},
  given: { ledger?: Ledger; bytes?: FakeByteKeeper; clock?: ManualClock } = {},
): Stage {
  const ledger = given.ledger ?? createMemoryLedger();
  const bytes = given.bytes ?? new FakeByteKeeper();
  const clock = given.clock ?? createManualClock();
  const events: UploadEvent[] = [];
  const bus = createMemoryEventBus((error) => {
    throw error;
  });
  bus.subscribe((batch) => events.push(...batch));
  const createId = () => randomBytes(16).toString("hex");
  const domain = createDomain({ ledger, bytes, bus, clock, createId, sha256, options });

  const run: Stage["run"] = (id, first, last, size, more = {}) => ({
    owner,
    id,
    first,
    last,
    digests: Array.from({ length: last - first + 1 }, (_, i) => digestOf(first + i)),
    offsetBytes: 0,
    partial: false,
    contentLength: Math.min(last * mebibyte, size ?? Number.POSITIVE_INFINITY) - (first - 1) * mebibyte,
    sizeBytes: null,
    ...more,
  });

  const send: Stage["send"] = async (id, chunks, size) => {
    let key = 0;
    for (const chunk of chunks.slice(0, 1)) key = (await domain.admitRun(run(id, chunk, chunk, size))).key;
    return domain.commit(
      chunks.map((chunk) => ({
        kind: "chunk",
        key,
        chunk,
        sizeBytes: chunkLength(chunk, size),
        digest: digestOf(chunk),
      })),
    );
  };

  return {
    domain,
    ledger,
    bytes,
    bus,
    clock,
    events,
    run,
    send,
    async begin(size, more = {}) {
      return (await domain.initialize(owner, { filename: "film.mp4", size, ...more }, null)).response.id;
    },
    async sendBytes(id, content) {
      for (let chunk = 1; chunk <= countChunks(content.length); chunk++) {
        const piece = content.slice((chunk - 1) * mebibyte, chunk * mebibyte);
        const digest = sha256(piece);
        const { key } = await domain.admitRun(run(id, chunk, chunk, content.length, { digests: [digest] }));
        bytes.put(id, chunk, piece);
        await domain.commit([{ kind: "chunk", key, chunk, sizeBytes: piece.length, digest }]);
      }
    },
    record: (id) => ledger.read((reader) => reader.anyUpload(id)),
    async kinds(id) {
      const all = await ledger.read((reader) => reader.eventsAfter(0, 10_000));
      return all.filter((event) => event.uploadId === id).map((event) => event.kind);
    },
    async settle() {
      for (let turn = 0; turn < 20; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
    },
  };
}
