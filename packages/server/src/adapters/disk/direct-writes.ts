import { type FileHandle, hasCode } from "./file-system.ts";
import type { OpenFile } from "./open-files.ts";
import { uninterrupted } from "./whole-io.ts";

const alignmentBytes = 4_096;

/**
 * Writes past the page cache (O_DIRECT), where buffer and storage allow it. The buffer's own memory has to start at
 * a page, as that of a WebAssembly.Memory does; nobody can see that from here, so the system's EINVAL decides.
 */
export class DirectWrites {
  readonly #open: (id: string) => Promise<FileHandle>;
  #isOn = true;

  constructor(open: (id: string) => Promise<FileHandle>) {
    this.#open = open;
  }

  /** Writes what it can from the start of `bytes`; returns how many bytes that were. The rest goes the usual way. */
  async write(file: OpenFile, bytes: Uint8Array, position: number): Promise<number> {
    if (!this.#isOn || !isAligned(bytes.byteOffset) || !isAligned(bytes.length) || !isAligned(position)) return 0;
    try {
      const direct = await this.#handleOf(file);
      return await uninterrupted(() => direct.write(bytes, position));
    } catch (error) {
      if (!hasCode(error, "EINVAL")) throw error;
      this.#isOn = false;
      return 0;
    }
  }

  #handleOf(file: OpenFile): Promise<FileHandle> {
    file.direct ??= this.#open(file.id).catch((error) => {
      file.direct = undefined;
      throw error;
    });
    return file.direct;
  }
}

function isAligned(bytes: number): boolean {
  return bytes % alignmentBytes === 0;
}
