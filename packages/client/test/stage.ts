import { hash } from "node:crypto";
import type { Sha256 } from "@hawser/protocol";
import type { Source } from "../src/source/source.ts";
import { hasEnded } from "../src/state.ts";
import {
  type FakeRequest,
  FakeServer,
  type FakeServerOptions,
  type Fault,
  FaultyJournal,
  ManualPlatform,
} from "../src/testing/index.ts";
// Parts that are loaded when they are needed: loading takes real time, which no test here waits for.
import "../src/compare.ts";
import "../src/discard.ts";
import "../src/match.ts";
import "../src/sending.ts";
import "../src/sequential.ts";
import { type CoreOptions, createUploader } from "../src/uploader.ts";
import type { Uploader, UploadHandle } from "../src/uploader-api.ts";

export const mib = 1_048_576;
const endpoint = "https://files.test/";

const sha256: Sha256 = (bytes) => hash("sha256", bytes, "buffer");

/** A client, its journal and a server, all in memory. The client can be started again over the same journal. */
export class Stage {
  readonly platform: ManualPlatform;
  readonly server: FakeServer;
  readonly journal = new FaultyJournal();
  /** What `openSource` finds, by path. */
  readonly files = new Map<string, () => Source>();
  readonly #options: Partial<CoreOptions>;
  uploader: Uploader;

  constructor(options: Partial<CoreOptions> = {}, server: Partial<FakeServerOptions> = {}, random?: () => number) {
    this.platform = new ManualPlatform({ sha256, ...(random && { random }) });
    this.server = new FakeServer({ platform: this.platform, sha256, ...server });
    this.#options = options;
    this.uploader = this.#start();
  }

  /** The process ends, in the middle of whatever it does, and a new one begins. */
  async restart(): Promise<void> {
    await this.uploader.close();
    this.uploader = this.#start();
    await this.uploader.ready;
  }

  #start(): Uploader {
    return createUploader({
      endpoint,
      journal: this.journal,
      transport: { send: (request, signal) => this.server.send(request, signal) },
      platform: this.platform,
      openSource: async (origin) => (origin.kind === "path" ? (this.files.get(origin.path)?.() ?? null) : null),
      ...this.#options,
    });
  }

  /** Runs until the upload is in one of these statuses. */
  until(upload: UploadHandle, ...statuses: string[]): Promise<void> {
    return this.platform.runUntil(() => statuses.includes(upload.state.status));
  }

  /** Runs until it can go on by itself no more: ended, or explicitly waiting for somebody. */
  async end(upload: UploadHandle): Promise<void> {
    await this.platform.runUntil(() => hasEnded(upload.state) || isHeld(upload));
  }

  /** Breaks the requests of one kind, each in its turn; the rest goes well. */
  breakNext(kind: FakeRequest["kind"], ...faults: Fault[]): void {
    this.server.fault = (request) => (request.kind === kind ? faults.shift() : undefined);
  }

  /** What became of the upload: `exact` when the server's file is `bytes`; else its status. */
  outcome(upload: UploadHandle, bytes: Uint8Array): string {
    const { state } = upload;
    if (state.status !== "completed") return state.status;
    return isExact(this.server.store.bytesOf(state.file.id), bytes) ? "exact" : "mixed";
  }

  count(kind: FakeRequest["kind"]): number {
    return this.server.requests.filter((request) => request.kind === kind).length;
  }
}

export function isHeld({ state }: UploadHandle): boolean {
  return state.status === "paused" || state.status === "needs-source";
}

/** Comparing megabytes one by one takes a test runner seconds. */
export function isExact(stored: Uint8Array | null, bytes: Uint8Array): boolean {
  return stored !== null && Buffer.compare(stored, bytes) === 0;
}

/** Bytes as a stream gives them, in pieces that fit no chunk. */
export async function* inPieces(bytes: Uint8Array, pieceBytes: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.slice(at, at + pieceBytes);
}
