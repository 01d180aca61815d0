import { transferLimits } from "@hawser/protocol";
import { Slots } from "./slots.ts";

/** A buffer for a while. */
export interface Lease {
  readonly bytes: Uint8Array;
  readonly release: () => void;
}

/**
 * The bytes in memory of all uploads together. Whoever asks for more than is free waits for its turn; nobody holds two
 * leases at once, so that somebody can always go on.
 */
export class Budget {
  readonly #slots: Slots;
  /** Buffers to be used again, by size. They are let go as soon as nobody holds a lease. */
  readonly #kept = new Map<number, Uint8Array[]>();

  constructor(totalBytes: number) {
    this.#slots = new Slots(totalBytes);
  }

  async lease(sizeBytes: number, signal: AbortSignal): Promise<Lease> {
    // Chunks in powers of two, so that buffers of runs that grow and shrink fit each other.
    const isKept = sizeBytes > transferLimits.chunkSizeBytes / 2;
    const takenBytes = isKept
      ? transferLimits.chunkSizeBytes * 2 ** Math.ceil(Math.log2(sizeBytes / transferLimits.chunkSizeBytes))
      : sizeBytes;
    await this.#slots.take(takenBytes, signal);
    const buffer = this.#kept.get(takenBytes)?.pop() ?? this.#newBuffer(takenBytes);
    return {
      bytes: buffer.subarray(0, sizeBytes),
      release: () => {
        if (isKept) this.#keep(buffer);
        this.#slots.release(takenBytes);
        if (this.#slots.idle) this.#kept.clear();
      },
    };
  }

  /** A lease for as long as `work` takes. */
  async use<T>(sizeBytes: number, signal: AbortSignal, work: (bytes: Uint8Array) => Promise<T>): Promise<T> {
    const { bytes, release } = await this.lease(sizeBytes, signal);
    try {
      return await work(bytes);
    } finally {
      release();
    }
  }

  #newBuffer(sizeBytes: number): Uint8Array {
    // What is kept and what is leased stay within the budget together.
    this.#kept.clear();
    return new Uint8Array(sizeBytes);
  }

  #keep(buffer: Uint8Array): void {
    const kept = this.#kept.get(buffer.length) ?? [];
    kept.push(buffer);
    this.#kept.set(buffer.length, kept);
  }
}
