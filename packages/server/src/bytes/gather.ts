import { createHash, type Hash, hash } from "node:crypto";
import { equalDigests } from "@hawser/protocol";
import type { AdmittedChunk } from "../ports/facts.ts";
import type { Lease } from "./buffer-pool.ts";
import type { StreamingClaim } from "./slots.ts";

/**
 * One chunk on its way in. `take` consumes what it can of a piece; once `whole`, `matches` tells whether the bytes
 * have the digest that was sent with them.
 */
export interface Gather {
  readonly chunk: AdmittedChunk;
  readonly whole: boolean;
  /** Takes bytes from the start of `piece`; returns how many. A promise only where memory or a write is waited for. */
  take(piece: Uint8Array): number | Promise<number>;
  /** Gives the memory back; safe to call again. */
  release(): void;
}

/** A chunk whose bytes are read and dropped: it is acknowledged already. */
export class Discard implements Gather {
  readonly chunk: AdmittedChunk;
  #filled: number;

  constructor(chunk: AdmittedChunk, offsetBytes: number) {
    this.chunk = chunk;
    this.#filled = offsetBytes;
  }

  get whole(): boolean {
    return this.#filled === this.chunk.sizeBytes;
  }

  take(piece: Uint8Array): number {
    const taken = Math.min(piece.length, this.chunk.sizeBytes - this.#filled);
    this.#filled += taken;
    return taken;
  }

  release(): void {}
}

/** A chunk gathered whole in memory, so that damaged bytes never reach the file. */
export class MemoryGather implements Gather {
  readonly chunk: AdmittedChunk;
  /** Where the request's bytes start in the chunk (`Chunk-Offset`). */
  readonly offsetBytes: number;
  readonly #lease: Lease;
  /** Hashes along while the bytes are warm; null when stored bytes come first. */
  readonly #hash: Hash | null;
  readonly #stored: Uint8Array;
  #filled: number;

  /** `stored` is the durable prefix, read back, when the request continues it; empty otherwise. */
  constructor(chunk: AdmittedChunk, lease: Lease, offsetBytes: number, stored: Uint8Array) {
    this.chunk = chunk;
    this.offsetBytes = offsetBytes;
    this.#lease = lease;
    this.#stored = stored;
    this.#hash = offsetBytes === 0 ? createHash("sha256") : null;
    lease.bytes.set(stored.subarray(0, offsetBytes));
    this.#filled = offsetBytes;
  }

  get whole(): boolean {
    return this.#filled === this.chunk.sizeBytes;
  }

  get filledBytes(): number {
    return this.#filled;
  }

  /** What was gathered so far, stored bytes before `offsetBytes` included. */
  get bytes(): Uint8Array {
    return this.#lease.bytes.subarray(0, this.#filled);
  }

  take(piece: Uint8Array): number {
    const taken = Math.min(piece.length, this.chunk.sizeBytes - this.#filled);
    const bytes = taken === piece.length ? piece : piece.subarray(0, taken);
    this.#hash?.update(bytes);
    this.#lease.bytes.set(bytes, this.#filled);
    this.#filled += taken;
    return taken;
  }

  /** Whether the bytes that came again are those that were stored. */
  overlapMatches(): boolean {
    const overlap = Math.min(this.#filled, this.#stored.length);
    return Buffer.compare(this.bytes.subarray(0, overlap), this.#stored.subarray(0, overlap)) === 0;
  }

  digest(): Uint8Array {
    return this.#hash?.digest() ?? hash("sha256", this.bytes, "buffer");
  }

  release(): void {
    this.#lease.release();
  }
}

/**
 * A chunk written piece by piece before its digest is known, while memory is short. Without a receipt what it
 * writes is nothing; it holds the slot's claim from its first write.
 */
export class StreamGather implements Gather {
  readonly chunk: AdmittedChunk;
  readonly claim: StreamingClaim;
  readonly #lease: Lease;
  readonly #write: (from: number, bytes: Uint8Array) => Promise<void>;
  readonly #hash = createHash("sha256");
  #written = 0;
  #pending = 0;

  constructor(
    chunk: AdmittedChunk,
    lease: Lease,
    claim: StreamingClaim,
    write: (from: number, bytes: Uint8Array) => Promise<void>,
  ) {
    this.chunk = chunk;
    this.claim = claim;
    this.#lease = lease;
    this.#write = write;
  }

  get whole(): boolean {
    return this.#written === this.chunk.sizeBytes;
  }

  /** Bytes written so far, all of them in place unless the claim was revoked. */
  get writtenBytes(): number {
    return this.#written;
  }

  take(piece: Uint8Array): number | Promise<number> {
    const room = Math.min(
      this.#lease.bytes.length - this.#pending,
      this.chunk.sizeBytes - this.#written - this.#pending,
    );
    const taken = Math.min(piece.length, room);
    const bytes = piece.subarray(0, taken);
    this.#hash.update(bytes);
    this.#lease.bytes.set(bytes, this.#pending);
    this.#pending += taken;
    return taken < room ? taken : this.flush().then(() => taken);
  }

  /** Writes what is pending; called again at the end of a broken body. */
  async flush(): Promise<void> {
    if (this.#pending === 0) return;
    const bytes = this.#lease.bytes.subarray(0, this.#pending);
    await this.claim.write(() => this.#write(this.#written, bytes));
    this.#written += this.#pending;
    this.#pending = 0;
  }

  matches(): boolean {
    return this.chunk.digest !== null && equalDigests(this.#hash.digest(), this.chunk.digest);
  }

  release(): void {
    this.#lease.release();
  }
}
