import { type FileHandle, open, realpath } from "node:fs/promises";
import { basename } from "node:path";
import { chunkLength, chunkOffset, countChunks, equalDigests, normalizeFilename, runLength } from "@hawser/protocol";
import { Leaves, sha256 } from "../remote/leaves.ts";
import { RefusedError } from "../values.ts";
import type { Run } from "./plan.ts";

/** The bytes are not those that were sent before. The message says what was seen. */
export class SourceChangedError extends Error {
  override readonly name = "SourceChangedError";
}

/** One local file, read by position, and the digests of what was read. */
export class Source {
  /** Absolute, links followed: what the journal knows the file by. */
  readonly path: string;
  readonly filename: string;
  readonly sizeBytes: number;
  readonly mtimeMs: number;
  readonly leaves: Leaves;
  readonly #handle: FileHandle;

  private constructor(path: string, filename: string, handle: FileHandle, sizeBytes: number, mtimeMs: number) {
    this.path = path;
    this.filename = filename;
    this.#handle = handle;
    this.sizeBytes = sizeBytes;
    this.mtimeMs = mtimeMs;
    this.leaves = new Leaves(countChunks(sizeBytes));
  }

  /** @throws RefusedError when `givenPath` is no regular file or has a name that the protocol refuses */
  static async open(givenPath: string): Promise<Source> {
    const filename = normalizeFilename(basename(givenPath));
    if (filename === undefined) {
      throw new RefusedError("Its name has control characters or is too long. Rename it, then send it.");
    }
    const path = await realpath(givenPath);
    const handle = await open(path, "r");
    try {
      const stat = await handle.stat();
      if (!stat.isFile()) throw new RefusedError(`It is ${stat.isDirectory() ? "a folder" : "not a regular file"}.`);
      return new Source(path, filename, handle, stat.size, stat.mtimeMs);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /**
   * Reads a run into `target` and notes the digests of its chunks.
   * @throws SourceChangedError when the file became shorter, or a chunk differs from what was read before
   */
  async readRun([first, last]: Run, target: Uint8Array): Promise<{ bytes: Uint8Array; digests: Uint8Array[] }> {
    const bytes = target.subarray(0, runLength(first, last, this.sizeBytes));
    let filled = 0;
    while (filled < bytes.length) {
      const { bytesRead } = await this.#handle.read(bytes, filled, bytes.length - filled, chunkOffset(first) + filled);
      if (bytesRead === 0) throw new SourceChangedError("The file became shorter while it was sent.");
      filled += bytesRead;
    }
    const digests: Uint8Array[] = [];
    for (let chunk = first; chunk <= last; chunk++) {
      const start = chunkOffset(chunk) - chunkOffset(first);
      const digest = sha256(bytes.subarray(start, start + chunkLength(chunk, this.sizeBytes)));
      const before = this.leaves.get(chunk);
      if (before !== undefined && !equalDigests(before, digest)) {
        throw new SourceChangedError("The file was edited while it was sent.");
      }
      this.leaves.set(chunk, digest);
      digests.push(digest);
    }
    return { bytes, digests };
  }

  /** @throws SourceChangedError when size or modified time are no longer those of the start */
  async ensureUnchanged(): Promise<void> {
    const stat = await this.#handle.stat();
    if (stat.size !== this.sizeBytes || stat.mtimeMs !== this.mtimeMs) {
      throw new SourceChangedError("The file was edited while it was sent.");
    }
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}
