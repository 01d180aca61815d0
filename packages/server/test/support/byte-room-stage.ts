import { hash } from "node:crypto";
import { chunkLength, chunkOffset, countChunks, HawserError, limits, type RunResponse } from "@hawser/protocol";
import { createMemoryStore } from "../../src/adapters/memory/blob-store.ts";
import { createByteRoom } from "../../src/bytes/byte-room.ts";
import type { ByteRoomOptions } from "../../src/bytes/options.ts";
import type { BlobStore } from "../../src/ports/blob-store.ts";
import type { Body, ByteRoom } from "../../src/ports/byte-room.ts";
import type { Clock } from "../../src/ports/clock.ts";
import type { RunRequest } from "../../src/ports/facts.ts";
import { createFakeFacts, type FakeFacts, type FakeUpload } from "./fake-facts.ts";
import { testBytes, wholeBody } from "./scripted-body.ts";
import { Steps, stepFacts, stepStore, storedChunk } from "./steps.ts";

export interface StageOptions {
  /** The file that is uploaded. Default: 2 chunks and a bit. */
  readonly file?: Uint8Array;
  readonly store?: BlobStore;
  readonly clock?: Clock;
  readonly room?: ByteRoomOptions;
}

export interface Stage {
  readonly room: ByteRoom;
  readonly store: BlobStore;
  readonly facts: FakeFacts;
  readonly steps: Steps;
  readonly upload: FakeUpload;
  readonly file: Uint8Array;
  /** What fenced the volume, each time. */
  readonly fences: string[];
  /** A chunk's bytes of the file. */
  chunk(number: number): Uint8Array;
  /** A request for a run of the file; `digests` and `contentLength` follow from it where nothing else is said. */
  request(first: number, last?: number, other?: Partial<RunRequest>): RunRequest;
  /** Receives a run whose body is the file's own bytes, unless `body` is another. */
  receive(first: number, last?: number, body?: Body, other?: Partial<RunRequest>): Promise<RunResponse>;
  /** What is stored of a chunk. */
  stored(chunk: number, sizeBytes?: number): Promise<Buffer>;
}

export const uploadId = "0123456789abcdef".repeat(2);

const noSleep: Clock = { now: () => 0, monotonic: () => 0, sleep: async () => {} };

/** A byte room over a memory store and fake facts, with one active upload. */
export function openStage(options: StageOptions = {}): Stage {
  const file = options.file ?? testBytes(1, 2 * limits.chunkSizeBytes + 1_234);
  const store = options.store ?? createMemoryStore();
  const facts = createFakeFacts();
  const steps = new Steps();
  const fences: string[] = [];
  const room = createByteRoom({
    store: stepStore(store, steps),
    facts: stepFacts(facts, steps),
    clock: options.clock ?? noSleep,
    onFence: (reason) => fences.push(reason),
    options: options.room ?? {},
  });
  const chunk = (number: number) =>
    file.subarray(chunkOffset(number), chunkOffset(number) + chunkLength(number, file.length));
  const request: Stage["request"] = (first, last = first, other = {}) => {
    const offsetBytes = other.offsetBytes ?? 0;
    const end = chunkOffset(last) + chunkLength(last, file.length);
    const digests = [];
    for (let number = first; number <= last; number++) digests.push(sha256(chunk(number)));
    const contentLength = end - chunkOffset(first) - offsetBytes;
    const run = { owner: "local", id: uploadId, first, last, digests, offsetBytes, contentLength };
    return { ...run, partial: false, sizeBytes: null, ...other };
  };
  return {
    room,
    store,
    facts,
    steps,
    upload: facts.add({ id: uploadId, sizeBytes: file.length }),
    file,
    fences,
    chunk,
    request,
    receive: (first, last = first, body, other) => {
      const run = request(first, last, other);
      const from = chunkOffset(first) + run.offsetBytes;
      return room.receiveRun(run, body ?? wholeBody(file.subarray(from, from + run.contentLength)));
    },
    stored: (number, sizeBytes = chunkLength(number, file.length)) => storedChunk(store, uploadId, number, sizeBytes),
  };
}

export function sha256(bytes: Uint8Array): Uint8Array {
  return hash("sha256", bytes, "buffer");
}

/** All chunks of a file. */
export function chunkCount(stage: Stage): number {
  return countChunks(stage.file.length);
}

/** The problem that a request ends with. */
export async function problemOf(answer: Promise<unknown>): Promise<HawserError> {
  try {
    await answer;
  } catch (error) {
    if (error instanceof HawserError) return error;
    throw error;
  }
  throw new Error("the request succeeded");
}
