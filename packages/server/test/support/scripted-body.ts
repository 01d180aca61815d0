import { type HawserError, limits } from "@hawser/protocol";
import type { Body } from "../../src/ports/byte-room.ts";

/** What comes next: a piece, the end, or the line breaking. */
type Event = { readonly piece: Uint8Array } | { readonly end: true } | { readonly error: unknown };

/** Length of the pieces in which Node's HTTP server delivers a body. */
const pieceBytes = 65_536;

/** A request's body that comes as a test decides: pieces, the end or a break, each when the test says so. */
export class ScriptedBody implements Body {
  readonly #coming: Event[] = [];
  #waiting: PromiseWithResolvers<Event> | null = null;
  readonly #wanted: (() => void)[] = [];
  #finished = false;
  /** Bytes that the reader took. */
  takenBytes = 0;
  /** What it was cancelled with. */
  cancelled: HawserError | null = null;

  /** Delivers bytes, in pieces as a socket would. */
  send(bytes: Uint8Array): this {
    for (let at = 0; at < bytes.length; at += pieceBytes) this.#add({ piece: bytes.subarray(at, at + pieceBytes) });
    return this;
  }

  end(): this {
    this.#add({ end: true });
    return this;
  }

  /** The line breaks here. */
  break(error: unknown = new Error("the line broke")): this {
    this.#add({ error });
    return this;
  }

  cancel(reason: HawserError): void {
    if (this.#finished || this.cancelled !== null) return;
    this.cancelled = reason;
    this.#coming.length = 0;
    this.#add({ error: reason });
  }

  /** Resolves when the reader waits for bytes that did not come yet. */
  async drained(): Promise<void> {
    if (this.#waiting !== null || this.#finished) return;
    await new Promise<void>((resolve) => this.#wanted.push(resolve));
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, void> {
    try {
      for (;;) {
        const event = await this.#next();
        if ("error" in event) throw event.error;
        if ("end" in event) return;
        this.takenBytes += event.piece.length;
        yield event.piece;
      }
    } finally {
      this.#finished = true;
      this.#notify();
    }
  }

  #add(event: Event): void {
    if (this.#waiting === null) {
      this.#coming.push(event);
      return;
    }
    this.#waiting.resolve(event);
    this.#waiting = null;
  }

  #next(): Event | Promise<Event> {
    const event = this.#coming.shift();
    if (event !== undefined) return event;
    this.#waiting = Promise.withResolvers();
    this.#notify();
    return this.#waiting.promise;
  }

  #notify(): void {
    for (const resolve of this.#wanted.splice(0)) resolve();
  }
}

/** A body that is all there. */
export function wholeBody(bytes: Uint8Array): ScriptedBody {
  return new ScriptedBody().send(bytes).end();
}

/** Bytes that repeat nowhere within a chunk and differ from seed to seed. */
export function testBytes(seed: number, sizeBytes: number = limits.chunkSizeBytes): Uint8Array {
  const words = new Uint32Array(Math.ceil(sizeBytes / 4));
  let state = (seed * 0x9e3779b9) >>> 0 || 1;
  for (let i = 0; i < words.length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[i] = state;
  }
  return new Uint8Array(words.buffer, 0, sizeBytes);
}

/** A copy with one bit flipped. */
export function flipBit(bytes: Uint8Array, at: number): Uint8Array {
  const damaged = Uint8Array.from(bytes);
  damaged[at] = (damaged[at] as number) ^ 0x10;
  return damaged;
}
