import { HawserError, transferLimits } from "@hawser/protocol";
import { abortable } from "../abortable.ts";
import type { Source, SourceFacts } from "./source.ts";

/** Bytes that come one after the other: a Node `Readable`, a web `ReadableStream`, or any async generator. */
export type ByteStream = ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>;

/** What is known of a stream before it is read; its name at least. */
export type StreamFacts = Pick<SourceFacts, "name"> & Partial<SourceFacts>;

export interface StreamOptions {
  /**
   * Most bytes that are kept for sending again. A read beyond waits until enough was released; so this must hold the
   * longest run of every lane. Default: 64 MiB.
   */
  readonly maxKeptBytes?: number;
}

const blockBytes = transferLimits.chunkSizeBytes;

/**
 * A stream whose length nobody knows before it ends, or of `facts.sizeBytes` where somebody does. It is read once, in
 * rising order, and no further ahead than what is asked for; what was read is kept until it is released.
 * @throws HawserError from `read`: `source_unreadable` when the stream failed or the bytes were released,
 * `source_changed` when it ends before or after the size that was given
 */
export function streamSource(stream: ByteStream, facts: StreamFacts, options: StreamOptions = {}): Source {
  return new StreamSource(openPieces(stream), facts, options.maxKeptBytes ?? 64 * blockBytes);
}

/** The two kinds of stream, seen alike. */
interface Pieces {
  /** The next piece, or null at the end. */
  next(): Promise<Uint8Array | null>;
  cancel(): void;
}

function openPieces(stream: ByteStream): Pieces {
  // Not every browser lets a web stream be iterated; each has readers.
  if ("getReader" in stream) {
    const reader = stream.getReader();
    return {
      next: async () => (await reader.read()).value ?? null,
      cancel: () => void reader.cancel().catch(() => undefined),
    };
  }
  // Without a listener a Node stream that fails before its first read would end the process; the read tells.
  if ("on" in stream && typeof stream.on === "function") stream.on("error", () => undefined);
  const iterator = stream[Symbol.asyncIterator]();
  return {
    next: async () => {
      const { done, value } = await iterator.next();
      return done ? null : value;
    },
    cancel: () => {
      // `return` would wait for a read that may never end, as on an idle terminal; `destroy` ends the read.
      if ("destroy" in stream && typeof stream.destroy === "function") stream.destroy();
      else void iterator.return?.().catch(() => undefined);
    },
  };
}

class StreamSource implements Source {
  readonly facts: SourceFacts;
  readonly origin = null;
  readonly replayable = false;
  readonly #pieces: Pieces;
  readonly #maxKeptBytes: number;
  /** What was read and not released, in blocks by number, so that a stream of tiny pieces costs no more. */
  readonly #blocks = new Map<number, Uint8Array>();
  /** The part of the last piece for which there was no room yet. */
  #surplus: Uint8Array = new Uint8Array(0);
  #releasedBytes = 0;
  #readBytes = 0;
  #isEnded = false;
  #failure: HawserError | undefined;
  #pulling: Promise<void> | undefined;
  #released = Promise.withResolvers<void>();

  constructor(pieces: Pieces, facts: StreamFacts, maxKeptBytes: number) {
    this.#pieces = pieces;
    this.#maxKeptBytes = maxKeptBytes;
    this.facts = {
      sizeBytes: null,
      contentType: null,
      lastModified: null,
      ...facts,
      name: facts.name.normalize("NFC"),
    };
  }

  async read(offset: number, target: Uint8Array, signal: AbortSignal): Promise<number> {
    signal.throwIfAborted();
    const wantedBytes = offset + target.length;
    while (this.#isShortOf(wantedBytes) && !this.#failure) {
      const mayPull = this.#roomBytes() > 0 || this.#readBytes === this.facts.sizeBytes;
      await abortable(mayPull ? this.#pull() : this.#released.promise, signal);
    }
    if (this.#failure && this.#isShortOf(wantedBytes)) throw this.#failure;
    if (offset < this.#releasedBytes) throw this.#unreadable("these bytes were released");
    return this.#copy(offset, target);
  }

  release(offset: number): void {
    if (offset <= this.#releasedBytes) return;
    this.#releasedBytes = Math.min(offset, this.#readBytes);
    const firstKept = Math.floor(this.#releasedBytes / blockBytes);
    for (const block of this.#blocks.keys()) if (block < firstKept) this.#blocks.delete(block);
    this.#wakeWaiting();
  }

  async close(): Promise<void> {
    this.#failure = this.#unreadable("it was closed");
    this.#isEnded = false;
    this.#readBytes = 0;
    this.#releasedBytes = 0;
    this.#blocks.clear();
    this.#surplus = new Uint8Array(0);
    this.#pieces.cancel();
    this.#wakeWaiting();
  }

  /** Whether the stream has to be read on. At the size that was given its end is awaited: more would be cut off. */
  #isShortOf(wantedBytes: number): boolean {
    if (this.#isEnded) return false;
    return this.#readBytes < wantedBytes || this.#readBytes === this.facts.sizeBytes;
  }

  #roomBytes(): number {
    return this.#maxKeptBytes - (this.#readBytes - this.#releasedBytes);
  }

  #wakeWaiting(): void {
    this.#released.resolve();
    this.#released = Promise.withResolvers();
  }

  /** Takes one piece from the stream; whoever comes meanwhile shares it. Never rejects. */
  #pull(): Promise<void> {
    this.#pulling ??= this.#takePiece().finally(() => {
      this.#pulling = undefined;
    });
    return this.#pulling;
  }

  async #takePiece(): Promise<void> {
    try {
      const piece = this.#surplus.length > 0 ? this.#surplus : await this.#pieces.next();
      if (this.#failure) return;
      if (piece === null) this.#end();
      else this.#keep(piece);
    } catch (cause) {
      this.#failure ??= cause instanceof HawserError ? cause : this.#unreadable("the stream failed", cause);
    }
  }

  #end(): void {
    const { sizeBytes } = this.facts;
    if (sizeBytes !== null && this.#readBytes < sizeBytes) throw this.#otherSize();
    this.#isEnded = true;
  }

  #keep(piece: Uint8Array): void {
    if (!(piece instanceof Uint8Array)) throw this.#unreadable("it gives something else than bytes");
    const { sizeBytes } = this.facts;
    if (sizeBytes !== null && this.#readBytes + piece.length > sizeBytes) throw this.#otherSize();
    const takenBytes = Math.min(piece.length, this.#roomBytes());
    for (let at = 0; at < takenBytes; ) {
      const start = this.#readBytes % blockBytes;
      const part = piece.subarray(at, Math.min(takenBytes, at + blockBytes - start));
      this.#block(Math.floor(this.#readBytes / blockBytes)).set(part, start);
      this.#readBytes += part.length;
      at += part.length;
    }
    this.#surplus = piece.subarray(takenBytes);
  }

  #block(number: number): Uint8Array {
    const block = this.#blocks.get(number) ?? new Uint8Array(blockBytes);
    this.#blocks.set(number, block);
    return block;
  }

  #copy(offset: number, target: Uint8Array): number {
    const endBytes = Math.min(offset + target.length, this.#readBytes);
    for (let at = offset; at < endBytes; ) {
      const start = at % blockBytes;
      const length = Math.min(endBytes - at, blockBytes - start);
      target.set(this.#block(Math.floor(at / blockBytes)).subarray(start, start + length), at - offset);
      at += length;
    }
    return Math.max(0, endBytes - offset);
  }

  #otherSize(): HawserError {
    return new HawserError("source_changed", { detail: `${this.facts.name} does not have the size that was given.` });
  }

  #unreadable(why: string, cause?: unknown): HawserError {
    return new HawserError("source_unreadable", { detail: `${this.facts.name}: ${why}.` }, { cause });
  }
}
