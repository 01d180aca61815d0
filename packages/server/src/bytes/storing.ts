import type { BlobStore } from "../ports/blob-store.ts";
import type { AdmittedChunk, CommitOutcome, Facts, SlotFacts } from "../ports/facts.ts";
import type { ActiveUpload } from "./active-uploads.ts";
import type { Committer } from "./committer.ts";
import type { MemoryGather, StreamGather } from "./gather.ts";
import type { StreamingClaim } from "./slots.ts";
import { onStorage, type Volume } from "./volume.ts";

/** What became of one chunk or prefix. */
export type Stored =
  | { readonly kind: "outcome"; readonly outcome: CommitOutcome }
  | { readonly kind: "held" }
  | { readonly kind: "conflict" }
  | { readonly kind: "superseded" }
  | { readonly kind: "nothing" };

export interface StoringParts {
  readonly store: BlobStore;
  readonly facts: Pick<Facts, "slot" | "dropPrefix">;
  readonly committer: Committer;
  readonly volume: Pick<Volume, "assertOpen">;
}

/**
 * Puts verified chunks and durable prefixes of one run into their slots: claim, read the facts again, write what is
 * not there, commit. Bytes that are acknowledged, as a chunk or as a prefix, are never written again.
 */
export class Storing {
  readonly #parts: StoringParts;
  readonly #upload: ActiveUpload;
  readonly #key: number;
  readonly #mark: number;

  /** `mark` is the point in time, in `upload.slots`, before which the run was admitted. */
  constructor(parts: StoringParts, upload: ActiveUpload, key: number, mark: number) {
    this.#parts = parts;
    this.#upload = upload;
    this.#key = key;
    this.#mark = mark;
  }

  /** A whole chunk whose digest was verified in memory. `written` is called when its memory is free again. */
  async putWhole(gather: MemoryGather, written: () => void): Promise<Stored> {
    const { chunk, digest } = verified(gather.chunk);
    const claim = await this.#upload.slots.claimWhole(chunk);
    try {
      const known = await this.slotFacts(gather.chunk);
      if (known.digest !== null)
        return Buffer.compare(known.digest, digest) === 0 ? { kind: "held" } : { kind: "conflict" };
      await this.#writeWhole(gather, known.prefixBytes);
      written();
      return await this.#commitChunk(gather.chunk, digest);
    } finally {
      written();
      claim.release();
    }
  }

  /** A chunk that was written piece by piece and proved right at its end. */
  async finishStreamed(gather: StreamGather): Promise<Stored> {
    const { chunk, digest } = verified(gather.chunk);
    try {
      if (gather.claim.keep()) return await this.#commitChunk(gather.chunk, digest);
    } finally {
      gather.claim.release();
    }
    // Another request's whole chunk took the slot; its result is ours when the digests are equal.
    const claim = await this.#upload.slots.claimWhole(chunk);
    try {
      const known = await this.slotFacts(gather.chunk);
      if (known.digest === null) return { kind: "superseded" };
      return Buffer.compare(known.digest, digest) === 0 ? { kind: "held" } : { kind: "conflict" };
    } finally {
      claim.release();
    }
  }

  /**
   * The start of a chunk whose rest did not come, or was not to come yet. It counts only where it is longer than the
   * durable prefix; a slot that somebody else is writing is left alone.
   * @param replace whether a prefix with other bytes may give way to this longer one
   */
  async putPrefix(gather: MemoryGather, replace: boolean): Promise<Stored> {
    const { chunk } = gather.chunk;
    const claim = this.#upload.slots.tryClaim(chunk);
    if (claim === undefined) return { kind: "superseded" };
    try {
      const known = await this.slotFacts(gather.chunk);
      if (known.digest !== null) return { kind: "held" };
      // What it continued is not there any more.
      if (gather.offsetBytes > known.prefixBytes) return { kind: "conflict" };
      const same = known.prefixBytes === 0 || (await this.#beginsWithPrefix(chunk, gather.bytes, known.prefixBytes));
      if (gather.filledBytes <= known.prefixBytes) return { kind: same ? "nothing" : "conflict" };
      if (!same) {
        if (!replace) return { kind: "conflict" };
        await this.#dropPrefix(chunk);
      }
      const from = same ? known.prefixBytes : 0;
      await this.#write(() => this.#parts.store.writePrefix(this.#upload.id, chunk, from, gather.bytes.subarray(from)));
      return await this.#commitPrefix(chunk, gather.filledBytes);
    } finally {
      claim.release();
    }
  }

  /** The slot of a chunk of which nothing is acknowledged and which nobody writes, for writing it piece by piece. */
  async claimStreaming(chunk: AdmittedChunk): Promise<StreamingClaim | undefined> {
    const claim = this.#upload.slots.tryClaimStreaming(chunk.chunk);
    if (claim === undefined) return undefined;
    try {
      const known = await this.slotFacts(chunk);
      if (known.digest === null && known.prefixBytes === 0) return claim;
    } catch (error) {
      claim.release();
      throw error;
    }
    claim.release();
    return undefined;
  }

  writePiece(chunk: AdmittedChunk, from: number, bytes: Uint8Array): Promise<void> {
    return this.#write(() => this.#parts.store.writePrefix(this.#upload.id, chunk.chunk, from, bytes));
  }

  /** The prefix that a broken body left of a chunk that was written piece by piece. */
  async keepStreamedPrefix(gather: StreamGather): Promise<Stored> {
    try {
      // What cannot be written now is not part of the prefix; what was written before is.
      await gather.flush().catch(() => undefined);
      if (gather.writtenBytes === 0 || !gather.claim.keep()) return { kind: "nothing" };
      return await this.#commitPrefix(gather.chunk.chunk, gather.writtenBytes);
    } finally {
      gather.claim.release();
    }
  }

  /** Forgets the durable prefix that a request continued: it proved wrong, or its continuation did. */
  async dropContinued(chunk: AdmittedChunk): Promise<void> {
    // Nobody writes a chunk with a durable prefix piece by piece, so the claim displaces no one.
    if ((await this.slotFacts(chunk)).prefixBytes === 0) return;
    const claim = await this.#upload.slots.claimWhole(chunk.chunk);
    try {
      if ((await this.slotFacts(chunk)).prefixBytes > 0) await this.#dropPrefix(chunk.chunk);
    } finally {
      claim.release();
    }
  }

  /** What is acknowledged of a chunk now; the admission's word, unless something was committed since. */
  async slotFacts(chunk: AdmittedChunk): Promise<SlotFacts> {
    const recent = this.#upload.slots.recentSince(this.#mark, chunk.chunk);
    if (recent === "unknown") return await this.#parts.facts.slot(this.#key, chunk.chunk);
    return recent === "none" ? { digest: null, prefixBytes: chunk.prefixBytes } : recent;
  }

  /** Reads a durable prefix back; shorter than asked when the storage lost some of it. */
  async readPrefix(chunk: number, sizeBytes: number): Promise<Uint8Array> {
    const stored = new Uint8Array(sizeBytes);
    const read = await onStorage(() => this.#parts.store.readPrefix(this.#upload.id, chunk, stored));
    return stored.subarray(0, read);
  }

  /** A commit that failed may be found durable at the next start; until then nothing may touch the bytes it stands for. */
  async #write(work: () => Promise<void>): Promise<void> {
    this.#parts.volume.assertOpen();
    await onStorage(work);
  }

  async #writeWhole(gather: MemoryGather, prefixBytes: number): Promise<void> {
    const { store } = this.#parts;
    const { chunk } = gather.chunk;
    let from = 0;
    if (prefixBytes > 0 && store.prefixInPlace) {
      if (await this.#beginsWithPrefix(chunk, gather.bytes, prefixBytes)) from = prefixBytes;
      // Its bytes are about to be overwritten: the ledger must not vouch for them any more.
      else await this.#dropPrefix(chunk);
    }
    if (from === gather.bytes.length) return;
    await this.#write(() =>
      from === 0
        ? store.writeChunks(this.#upload.id, chunk, [gather.bytes])
        : store.writePrefix(this.#upload.id, chunk, from, gather.bytes.subarray(from)),
    );
  }

  /** Only under a claim: others have to see the ledger and the memory of it change at once. */
  async #dropPrefix(chunk: number): Promise<void> {
    await this.#parts.facts.dropPrefix(this.#key, chunk);
    this.#upload.slots.remember(chunk, { digest: null, prefixBytes: 0 });
  }

  async #beginsWithPrefix(chunk: number, bytes: Uint8Array, prefixBytes: number): Promise<boolean> {
    const overlap = Math.min(bytes.length, prefixBytes);
    const stored = await this.readPrefix(chunk, overlap);
    return stored.length === overlap && Buffer.compare(stored, bytes.subarray(0, overlap)) === 0;
  }

  async #commitChunk(chunk: AdmittedChunk, digest: Uint8Array): Promise<Stored> {
    const entry = { kind: "chunk", key: this.#key, chunk: chunk.chunk, sizeBytes: chunk.sizeBytes, digest } as const;
    const outcome = await this.#parts.committer.commit(this.#upload.id, entry);
    if (outcome.result !== "refused") this.#upload.slots.remember(chunk.chunk, { digest, prefixBytes: 0 });
    return { kind: "outcome", outcome };
  }

  async #commitPrefix(chunk: number, sizeBytes: number): Promise<Stored> {
    const entry = { kind: "prefix", key: this.#key, chunk, sizeBytes } as const;
    const outcome = await this.#parts.committer.commit(this.#upload.id, entry);
    if (outcome.result === "recorded") this.#upload.slots.remember(chunk, { digest: null, prefixBytes: sizeBytes });
    return { kind: "outcome", outcome };
  }
}

function verified(chunk: AdmittedChunk): { chunk: number; digest: Uint8Array } {
  return { chunk: chunk.chunk, digest: chunk.digest as Uint8Array };
}
