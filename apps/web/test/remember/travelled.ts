import type { IncomingMessage } from "node:http";
import { limits } from "@hawser/protocol";

/** Body bytes of one upload on their way up, as often as they travelled. */
export interface Travelled {
  /** What the browser sent. */
  readonly receivedBytes: number;
  /** What was passed on to the server. */
  readonly forwardedBytes: number;
  /** What the browser sent of each chunk, in all its requests. */
  readonly chunkBytes: ReadonlyMap<number, number>;
}

/** Where the bytes of one request belong. */
export interface Slot {
  readonly uploadId: string;
  readonly chunk: number;
  readonly offsetBytes: number;
}

const { chunkSizeBytes } = limits;
const runPath = /^\/uploads\/([^/]+)\/chunks\/(\d+)(?:-\d+)?$/;

/** Where a request's body begins; null when it carries no chunks. */
export function slotOf({ url = "", headers }: Pick<IncomingMessage, "url" | "headers">): Slot | null {
  const [, uploadId, chunk] = runPath.exec(url.split("?", 1)[0] ?? "") ?? [];
  if (uploadId === undefined) return null;
  return { uploadId, chunk: Number(chunk), offsetBytes: Number(headers["chunk-offset"] ?? 0) };
}

/** Adds up what travels, chunk by chunk. */
export class TravelTally {
  readonly #uploads = new Map<string, { receivedBytes: number; forwardedBytes: number; chunks: Map<number, number> }>();

  of(uploadId: string): Travelled {
    const { receivedBytes, forwardedBytes, chunks } = this.#entry(uploadId);
    return { receivedBytes, forwardedBytes, chunkBytes: new Map(chunks) };
  }

  /** @param fromByte how much of the same request's body went before */
  received(slot: Slot, fromByte: number, sizeBytes: number): void {
    const entry = this.#entry(slot.uploadId);
    entry.receivedBytes += sizeBytes;
    const start = slot.offsetBytes + fromByte;
    for (let at = start; at < start + sizeBytes; ) {
      const index = Math.floor(at / chunkSizeBytes);
      const end = Math.min(start + sizeBytes, (index + 1) * chunkSizeBytes);
      const chunk = slot.chunk + index;
      entry.chunks.set(chunk, (entry.chunks.get(chunk) ?? 0) + end - at);
      at = end;
    }
  }

  forwarded({ uploadId }: Slot, sizeBytes: number): void {
    this.#entry(uploadId).forwardedBytes += sizeBytes;
  }

  #entry(uploadId: string) {
    let entry = this.#uploads.get(uploadId);
    if (entry === undefined) {
      entry = { receivedBytes: 0, forwardedBytes: 0, chunks: new Map() };
      this.#uploads.set(uploadId, entry);
    }
    return entry;
  }
}
