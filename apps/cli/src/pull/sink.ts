import { once } from "node:events";
import { type FileHandle, mkdir, open } from "node:fs/promises";
import { dirname } from "node:path";

/** Where downloaded bytes go, one whole chunk after another. */
export interface Sink {
  write(bytes: Uint8Array, position: number): Promise<void>;
  /** Everything is there: makes it durable and gives it its name. */
  finish(): Promise<void>;
  close(): Promise<void>;
}

/** The file beside the target that grows until it is whole. */
export class PartFile implements Sink {
  readonly #handle: FileHandle;
  readonly #publish: () => Promise<void>;
  readonly #directory: string;

  private constructor(handle: FileHandle, directory: string, publish: () => Promise<void>) {
    this.#handle = handle;
    this.#directory = directory;
    this.#publish = publish;
  }

  static async open(part: string, publish: () => Promise<void>): Promise<PartFile> {
    await mkdir(dirname(part), { recursive: true });
    const handle = await open(part, "r+").catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") throw error;
      return open(part, "wx+");
    });
    return new PartFile(handle, dirname(part), publish);
  }

  /** Fills `target` from `position`; returns how many bytes were there. */
  async read(target: Uint8Array, position: number): Promise<number> {
    let filled = 0;
    while (filled < target.length) {
      const { bytesRead } = await this.#handle.read(target, filled, target.length - filled, position + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return filled;
  }

  async write(bytes: Uint8Array, position: number): Promise<void> {
    for (let written = 0; written < bytes.length; ) {
      const { bytesWritten } = await this.#handle.write(bytes, written, bytes.length - written, position + written);
      written += bytesWritten;
    }
  }

  async truncate(sizeBytes: number): Promise<void> {
    await this.#handle.truncate(sizeBytes);
  }

  async finish(): Promise<void> {
    await this.#handle.sync();
    await this.#publish();
    // Windows opens no folders.
    if (process.platform === "win32") return;
    const directory = await open(this.#directory, "r");
    try {
      await directory.sync();
    } finally {
      await directory.close();
    }
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}

export class StdoutSink implements Sink {
  readonly #stdout: NodeJS.WritableStream;

  constructor(stdout: NodeJS.WritableStream) {
    this.#stdout = stdout;
  }

  async write(bytes: Uint8Array): Promise<void> {
    // The chunk's memory is used again, and a pipe may keep what it was given.
    if (!this.#stdout.write(Buffer.from(bytes))) await once(this.#stdout, "drain");
  }

  async finish(): Promise<void> {}

  async close(): Promise<void> {}
}
