import { hash } from "node:crypto";
import { equalDigests } from "@hawser/protocol";
import type { ByteKeeper } from "../../src/ports/byte-keeper.ts";

/** A byte keeper in memory, whose answers a test can hold back or make fail. */
export class FakeByteKeeper implements ByteKeeper {
  readonly runAlign: number;
  /** Chunks of each upload. */
  readonly stored = new Map<string, Map<number, Uint8Array>>();
  readonly discarded: string[] = [];
  free: number | null = null;
  freeQuestions = 0;
  hashings = 0;
  /** While set, `hashWhole` waits for it. */
  hold: Promise<void> | null = null;
  /** While set, removing and hashing fail with it. */
  failure: Error | null = null;

  constructor(runAlign = 1) {
    this.runAlign = runAlign;
  }

  put(id: string, chunk: number, bytes: Uint8Array): void {
    const chunks = this.stored.get(id) ?? new Map<number, Uint8Array>();
    chunks.set(chunk, bytes);
    this.stored.set(id, chunks);
  }

  async discard(id: string): Promise<void> {
    if (this.failure !== null) throw this.failure;
    this.stored.delete(id);
    this.discarded.push(id);
  }

  async findDamaged(
    id: string,
    _sizeBytes: number,
    chunks: readonly { readonly chunk: number; readonly digest: Uint8Array }[],
  ): Promise<number[]> {
    const held = this.stored.get(id);
    const isWhole = (chunk: number, digest: Uint8Array) =>
      equalDigests(hash("sha256", held?.get(chunk) ?? new Uint8Array(0), "buffer"), digest);
    return chunks.filter(({ chunk, digest }) => !isWhole(chunk, digest)).map(({ chunk }) => chunk);
  }

  async hashWhole(id: string): Promise<Uint8Array> {
    this.hashings++;
    await this.hold;
    if (this.failure !== null) throw this.failure;
    const chunks = [...(this.stored.get(id) ?? [])].sort(([a], [b]) => a - b).map(([, bytes]) => bytes);
    return hash("sha256", Buffer.concat(chunks), "buffer");
  }

  async storedIds(): Promise<string[]> {
    return [...this.stored.keys()];
  }

  async freeBytes(): Promise<number | null> {
    this.freeQuestions++;
    return this.free;
  }

  async fence(): Promise<void> {}

  async fencedBecause(): Promise<string | null> {
    return null;
  }
}
