import { createHash, type Hash } from "node:crypto";
import { chunkLength, chunkOffset, countChunks, type File, HawserError, limits, toHex } from "@hawser/protocol";
import type { Api } from "../remote/api.ts";
import { isPassing, Patience, type Timing } from "../remote/backoff.ts";
import { Leaves, sha256 } from "../remote/leaves.ts";
import type { PartFile, Sink } from "./sink.ts";

export interface DownloadContext {
  readonly api: Api;
  readonly timing: Timing;
  readonly giveUpMs: number;
  readonly signal: AbortSignal;
  readonly onProgress: (doneBytes: number, arrivedBytes: number) => void;
  readonly onWaiting: (delayMs: number, error: HawserError) => void;
}

/**
 * Brings a file's bytes into a sink chunk by chunk, hashing on the way. A connection that breaks costs the chunk
 * that was on the line. Holds one chunk in memory.
 */
export class Download {
  readonly #file: File;
  readonly #context: DownloadContext;
  readonly #leaves: Leaves;
  readonly #whole: Hash | undefined;
  readonly #chunk: Buffer;
  #doneChunks = 0;

  constructor(file: File, context: DownloadContext, { withSha256 }: { readonly withSha256: boolean }) {
    this.#file = file;
    this.#context = context;
    this.#leaves = new Leaves(countChunks(file.size));
    this.#whole = withSha256 ? createHash("sha256") : undefined;
    this.#chunk = Buffer.allocUnsafeSlow(Math.min(limits.chunkSizeBytes, file.size));
  }

  /** Keeps what an earlier download left, as far as its chunks are the file's; cuts off the rest. */
  async adopt(part: PartFile): Promise<void> {
    const { api, signal } = this.#context;
    let sound = (await part.read(this.#chunk.subarray(0, 1), 0)) > 0;
    for (let from: number | undefined = 1; sound && from !== undefined; ) {
      const page = await api.manifest(this.#file.id, from, signal);
      for (const [chunk, digest] of page.chunks) {
        const bytes = this.#chunk.subarray(0, chunkLength(chunk, this.#file.size));
        const filled = await part.read(bytes, chunkOffset(chunk));
        sound = chunk === this.#doneChunks + 1 && filled === bytes.length && toHex(sha256(bytes)) === digest;
        if (!sound) break;
        this.#note(bytes);
      }
      from = page.next;
    }
    await part.truncate(this.#doneBytes);
    this.#context.onProgress(this.#doneBytes, 0);
  }

  /**
   * Brings the rest, through any trouble that passes, and proves the whole by its digest.
   * @throws HawserError `file_mismatch` when what arrived is not the file; GaveUpError; the signal's reason
   */
  async run(sink: Sink): Promise<{ sha256: string | undefined }> {
    const { timing, giveUpMs, signal, onWaiting } = this.#context;
    const patience = new Patience(timing, giveUpMs);
    while (this.#doneBytes < this.#file.size) {
      try {
        await this.#receive(sink, patience);
      } catch (error) {
        signal.throwIfAborted();
        if (!isPassing(error)) throw error;
        const delayMs = patience.nextDelayMs(error);
        onWaiting(delayMs, error);
        await timing.sleep(delayMs, signal);
      }
    }
    const digest = this.#leaves.treeDigest();
    if (digest !== this.#file.digest) {
      throw new HawserError("file_mismatch", { detail: `What arrived has ${digest}, not ${this.#file.digest}.` });
    }
    return { sha256: this.#whole?.digest("hex") };
  }

  async #receive(sink: Sink, patience: Patience): Promise<void> {
    const { api, signal, onProgress } = this.#context;
    const { id, size } = this.#file;
    const start = this.#doneBytes;
    const response = await api.download(id, start, signal);
    if (response.statusCode !== (start === 0 ? 200 : 206)) {
      response.destroy();
      throw new HawserError("range_not_satisfiable", { detail: "The server did not go on where it was asked to." });
    }
    let filled = 0;
    for await (const piece of bytesOf(response, signal)) {
      for (let used = 0; used < piece.length; ) {
        const bytes = this.#chunk.subarray(0, chunkLength(this.#doneChunks + 1, size));
        if (bytes.length === 0) throw new HawserError("file_mismatch", { detail: "More arrived than the file has." });
        const copied = piece.copy(bytes, filled, used);
        used += copied;
        filled += copied;
        if (filled < bytes.length) continue;
        await sink.write(bytes, this.#doneBytes);
        this.#note(bytes);
        patience.progressed();
        filled = 0;
      }
      onProgress(this.#doneBytes, piece.length);
    }
    if (this.#doneBytes < size) throw new HawserError("unavailable", { detail: "The connection broke." });
  }

  get #doneBytes(): number {
    return Math.min(this.#doneChunks * limits.chunkSizeBytes, this.#file.size);
  }

  #note(bytes: Uint8Array): void {
    this.#doneChunks++;
    this.#leaves.set(this.#doneChunks, sha256(bytes));
    this.#whole?.update(bytes);
  }
}

/** The body's pieces; a line that breaks shows as the error that can be tried again. */
async function* bytesOf(response: AsyncIterable<Buffer>, signal: AbortSignal): AsyncGenerator<Buffer> {
  try {
    yield* response;
  } catch (error) {
    signal.throwIfAborted();
    throw new HawserError("unavailable", { detail: "The connection broke." }, { cause: error });
  }
}
