import { HawserError } from "@hawser/protocol";
import type { Source, SourceFacts, SourceOrigin } from "../source/source.ts";

/** Bytes that differ from place to place and from seed to seed. */
export function patternBytes(sizeBytes: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(sizeBytes);
  let state = (seed * 2_654_435_761) >>> 0 || 1;
  for (let i = 0; i < sizeBytes; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[i] = state;
  }
  return bytes;
}

/** A file in memory, which a test may edit, cut short or take away while it is sent. */
export class MemorySource implements Source {
  readonly facts: SourceFacts;
  readonly origin: SourceOrigin | null;
  readonly replayable = true;
  bytes: Uint8Array;
  lastModified: string | null;
  isGone = false;
  isClosed = false;

  constructor(bytes: Uint8Array, facts: Partial<SourceFacts> = {}, origin: SourceOrigin | null = null) {
    this.bytes = bytes;
    this.origin = origin;
    this.facts = {
      name: "file.bin",
      sizeBytes: bytes.length,
      contentType: null,
      lastModified: "2026-01-01T00:00:00.000Z",
      ...facts,
    };
    this.lastModified = this.facts.lastModified;
  }

  async read(offset: number, target: Uint8Array, signal: AbortSignal): Promise<number> {
    signal.throwIfAborted();
    if (this.isGone) throw new HawserError("source_unreadable");
    const piece = this.bytes.subarray(offset, offset + target.length);
    target.set(piece);
    return piece.length;
  }

  async refresh(): Promise<SourceFacts> {
    const sizeBytes = this.facts.sizeBytes === null ? null : this.bytes.length;
    return { ...this.facts, sizeBytes, lastModified: this.lastModified };
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }
}
