import type { HawserError } from "@hawser/protocol";
import type { Body } from "../../src/ports/byte-room.ts";

const pieceBytes = 65_536;

/** A body whose pieces come as time passes, until it ends, breaks or is cancelled. */
export class TrickleBody implements Body {
  readonly #parts: readonly Uint8Array[];
  readonly #pause: () => Promise<void>;
  readonly #breaks: boolean;
  readonly #pausesPerPiece: number;
  #cancelled: HawserError | null = null;

  /** @param breaks whether the line breaks after the last byte, instead of ending there */
  constructor(
    parts: readonly Uint8Array[],
    { pause, pausesPerPiece, breaks }: { pause: () => Promise<void>; pausesPerPiece: number; breaks: boolean },
  ) {
    this.#pausesPerPiece = pausesPerPiece;
    this.#parts = parts;
    this.#pause = pause;
    this.#breaks = breaks;
  }

  cancel(reason: HawserError): void {
    this.#cancelled ??= reason;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, void> {
    for (const part of this.#parts) {
      for (let at = 0; at < part.length; at += pieceBytes) {
        for (let pauses = this.#pausesPerPiece + (at === 0 ? 1 : 0); pauses > 0; pauses--) await this.#pause();
        if (this.#cancelled !== null) throw this.#cancelled;
        yield part.subarray(at, at + pieceBytes);
      }
    }
    await this.#pause();
    if (this.#cancelled !== null) throw this.#cancelled;
    if (this.#breaks) throw new Error("the line broke");
  }
}
