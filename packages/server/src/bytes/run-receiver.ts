import { hash } from "node:crypto";
import { equalDigests, HawserError, type RunResponse } from "@hawser/protocol";
import type { Body } from "../ports/byte-room.ts";
import type { AdmittedChunk, RunAdmission, RunRequest } from "../ports/facts.ts";
import type { Rejection } from "../ports/live.ts";
import type { ActiveUpload } from "./active-uploads.ts";
import { type BufferPool, type Lease, pieceSizesBytes } from "./buffer-pool.ts";
import { Discard, type Gather, MemoryGather, StreamGather } from "./gather.ts";
import { RunTally } from "./run-tally.ts";
import { type Stored, Storing, type StoringParts } from "./storing.ts";
import { storageError } from "./volume.ts";

const wholeBytes = pieceSizesBytes[0];

export interface RunReceiverParts extends StoringParts {
  readonly pool: BufferPool;
  readonly unwrittenChunksPerRun: number;
  /** Told of each chunk that came and was not taken, as soon as it is known. */
  readonly onRejected: (rejection: Rejection) => void;
}

/**
 * Reads the body of one admitted run: gathers chunk after chunk and hands each on as soon as it is whole, while the
 * next one is read. A chunk that is refused does not stop the later ones; a body that ends early leaves the durable
 * prefix of the chunk it was in.
 */
export class RunReceiver {
  readonly #parts: RunReceiverParts;
  readonly #request: RunRequest;
  readonly #admission: RunAdmission;
  readonly #storing: Storing;
  readonly #tally: RunTally;
  /** Chunks on their way into the store. */
  readonly #settling = new Set<Promise<void>>();
  /** Of those, the ones whose memory is not free yet. */
  #unwritten = 0;
  #onWritten: (() => void) | null = null;
  #next = 0;
  #body: Body | null = null;

  constructor(
    parts: RunReceiverParts,
    request: RunRequest,
    admission: RunAdmission,
    upload: ActiveUpload,
    mark: number,
  ) {
    this.#parts = parts;
    this.#request = request;
    this.#admission = admission;
    this.#storing = new Storing(parts, upload, admission.key, mark);
    const { owner } = request;
    const { id: uploadId, bundleId, missingCount } = admission;
    this.#tally = new RunTally(missingCount, (chunk, code) =>
      parts.onRejected({ owner, uploadId, bundleId, chunk, code }),
    );
  }

  async receive(body: Body): Promise<RunResponse> {
    const { pool } = this.#parts;
    this.#body = body;
    pool.enter();
    try {
      const rest = await this.#read(body);
      if (rest !== undefined) await this.#settleRest(rest);
    } catch (error) {
      this.#tally.failed(storageError(error));
    } finally {
      pool.leave();
      await Promise.all(this.#settling);
    }
    return this.#tally.answer(this.#request.partial ? 0 : this.#admission.chunks.length);
  }

  /** Reads until the run is whole, the body ends, or something fails; returns the chunk it ended in. */
  async #read(body: Body): Promise<Gather | undefined> {
    let gather = await this.#begin();
    try {
      gather = await this.#settleIfWhole(gather);
      for await (const piece of body) {
        let rest = piece;
        while (gather !== undefined && !gather.whole && rest.length > 0) {
          const taken = gather.take(rest);
          rest = rest.subarray(typeof taken === "number" ? taken : await taken);
          if (gather.whole) gather = await this.#settleIfWhole(gather);
        }
      }
    } catch (error) {
      this.#tally.failed(
        error instanceof HawserError ? error : new HawserError("run_incomplete", {}, { cause: error }),
      );
    }
    return gather;
  }

  /** Hands on whole chunks and begins the next one; undefined at the end of the run. */
  async #settleIfWhole(gather: Gather | undefined): Promise<Gather | undefined> {
    let current = gather;
    while (current?.whole && !this.#request.partial) {
      this.#settle(current);
      while (this.#unwritten >= this.#parts.unwrittenChunksPerRun) {
        await new Promise<void>((resolve) => {
          this.#onWritten = resolve;
        });
      }
      current = await this.#begin();
    }
    return current;
  }

  /** How the next chunk of the run is gathered. */
  async #begin(): Promise<Gather | undefined> {
    const chunk = this.#admission.chunks[this.#next];
    if (chunk === undefined || this.#tally.failure !== null) return undefined;
    const offsetBytes = this.#next++ === 0 ? this.#request.offsetBytes : 0;
    if (chunk.held) return new Discard(chunk, offsetBytes);
    return (
      (await this.#tryStreaming(chunk, offsetBytes)) ??
      this.#inMemory(chunk, offsetBytes, await this.#parts.pool.acquire(wholeBytes))
    );
  }

  /** In memory while there is memory; piece by piece otherwise, where nothing is there yet and nobody writes. */
  async #tryStreaming(chunk: AdmittedChunk, offsetBytes: number): Promise<Gather | undefined> {
    const { pool, store } = this.#parts;
    if (this.#request.partial || chunk.prefixBytes > 0 || offsetBytes > 0 || !store.prefixInPlace) return undefined;
    const pieceBytes = pool.pieceBytes();
    if (pieceBytes === wholeBytes) {
      const lease = pool.tryAcquire(wholeBytes);
      if (lease !== undefined) return this.#inMemory(chunk, 0, lease);
    }
    const claim = await this.#storing.claimStreaming(chunk);
    if (claim === undefined) return undefined;
    const lease = await pool.acquire(Math.min(pieceBytes, pieceSizesBytes[1]));
    return new StreamGather(chunk, lease, claim, (from, bytes) => this.#storing.writePiece(chunk, from, bytes));
  }

  async #inMemory(chunk: AdmittedChunk, offsetBytes: number, lease: Lease): Promise<Gather> {
    try {
      const stored =
        offsetBytes > 0 ? await this.#storing.readPrefix(chunk.chunk, chunk.prefixBytes) : new Uint8Array(0);
      if (stored.length < offsetBytes) {
        await this.#storing.dropContinued(chunk);
        throw new HawserError("offset_conflict", { prefix: 0, detail: "The storage lost bytes of the prefix." });
      }
      return new MemoryGather(chunk, lease, offsetBytes, stored);
    } catch (error) {
      lease.release();
      throw error;
    }
  }

  /** Owns one whole chunk until it is recorded or refused; {@link receive} waits for all of them. */
  #settle(gather: Gather): void {
    this.#unwritten++;
    let isWritten = false;
    const written = () => {
      if (isWritten) return;
      isWritten = true;
      gather.release();
      this.#unwritten--;
      this.#onWritten?.();
    };
    const settling = this.#store(gather, written)
      .catch((error: unknown) => this.#fail(storageError(error)))
      .finally(() => {
        written();
        this.#settling.delete(settling);
      });
    this.#settling.add(settling);
  }

  async #store(gather: Gather, written: () => void): Promise<void> {
    const { chunk } = gather.chunk;
    if (gather instanceof MemoryGather) {
      if (gather.overlapMatches() && equalDigests(gather.digest(), gather.chunk.digest as Uint8Array)) {
        return this.#note(chunk, await this.#storing.putWhole(gather, written));
      }
      // Only a request that continued the prefix may say that it is wrong.
      if (gather.offsetBytes > 0) await this.#storing.dropContinued(gather.chunk);
      return this.#tally.rejected(chunk, "digest_mismatch");
    }
    if (gather instanceof StreamGather) {
      written();
      if (gather.matches()) return this.#note(chunk, await this.#storing.finishStreamed(gather));
      gather.claim.release();
      return this.#tally.rejected(chunk, "digest_mismatch");
    }
    this.#tally.skipped(chunk);
  }

  /** The chunk in which the body ended: a prefix on purpose, or what a broken line left. */
  async #settleRest(gather: Gather): Promise<void> {
    // A chunk that is whole was handed on already, unless it was sent as a prefix on purpose.
    if (gather.whole && !this.#request.partial) return;
    try {
      if (gather instanceof StreamGather) {
        const stored = await this.#storing.keepStreamedPrefix(gather);
        this.#notePrefix(gather, gather.writtenBytes, stored);
      } else if (gather instanceof MemoryGather) {
        if (this.#request.partial) await this.#settlePartial(gather);
        else if (gather.filledBytes > gather.offsetBytes && gather.overlapMatches()) {
          this.#notePrefix(gather, gather.filledBytes, await this.#storing.putPrefix(gather, true));
        }
      }
    } finally {
      gather.release();
    }
  }

  /** `Chunk-Partial`: the body is verified by its own digest before a byte of it is written. */
  async #settlePartial(gather: MemoryGather): Promise<void> {
    const { chunk } = gather.chunk;
    const expectedBytes = gather.offsetBytes + this.#request.contentLength;
    if (gather.filledBytes < expectedBytes) {
      return this.#tally.failed(new HawserError("run_incomplete"));
    }
    const digest = hash("sha256", gather.bytes.subarray(gather.offsetBytes), "buffer");
    if (!equalDigests(digest, this.#request.digests?.[0] as Uint8Array)) {
      return this.#tally.rejected(chunk, "digest_mismatch");
    }
    const stored = await this.#storing.putPrefix(gather, false);
    if (stored.kind === "held") return this.#tally.skipped(chunk);
    const { prefixBytes } = await this.#storing.slotFacts(gather.chunk);
    if (stored.kind === "conflict" || stored.kind === "superseded") {
      return this.#tally.failed(new HawserError("offset_conflict", { prefix: prefixBytes }));
    }
    this.#notePrefix(gather, Math.max(prefixBytes, gather.filledBytes), stored);
  }

  #note(chunk: number, stored: Stored): void {
    if (stored.kind === "outcome") this.#tally.committed(chunk, stored.outcome);
    else if (stored.kind === "held") this.#tally.skipped(chunk);
    else if (stored.kind === "conflict") this.#tally.rejected(chunk, "chunk_conflict");
    else this.#fail(new HawserError("unavailable", { retryAfterSeconds: 1 }));
  }

  /** What ends the run ends the waiting for its body as well. */
  #fail(error: HawserError): void {
    this.#tally.failed(error);
    this.#body?.cancel(error);
  }

  #notePrefix(gather: Gather, sizeBytes: number, stored: Stored): void {
    if (stored.kind === "outcome" && stored.outcome.result === "refused") {
      this.#tally.rejected(gather.chunk.chunk, stored.outcome.code ?? "state_conflict");
    } else if (stored.kind === "outcome" || (stored.kind === "nothing" && this.#request.partial)) {
      this.#tally.partial(gather.chunk.chunk, sizeBytes);
    }
  }
}
