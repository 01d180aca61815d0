import { dirname, resolve } from "node:path";
import { chunkOffset, HawserError, limits } from "@hawser/protocol";
import { checkId, checkSlot } from "../../ports/blob-slot.ts";
import type { BlobStore } from "../../ports/blob-store.ts";
import { DirectWrites } from "./direct-writes.ts";
import { type FileSystem, hasCode } from "./file-system.ts";
import { nodeFileSystem } from "./node-file-system.ts";
import { type OpenFile, OpenFiles } from "./open-files.ts";
import { probeFolder } from "./probe-folder.ts";
import { ShardFolders } from "./shard-folders.ts";
import { readWhole, writeWhole } from "./whole-io.ts";

export interface DiskStoreOptions {
  /** The store's own folder. Created when missing, in a folder that exists. One process at a time may use it. */
  readonly path: string;
  /** Default: the machine's. */
  readonly fileSystem?: FileSystem;
  /** Writes whole chunks past the page cache where buffers and storage allow it. Default: false. */
  readonly directIo?: boolean;
  /** Files kept open when nobody uses them. Default: 256. */
  readonly maxOpenFiles?: number;
}

/**
 * Keeps one file an upload, at its final place from birth. Each byte lies at the position that it has in the upload.
 * @throws the system's error when the folder cannot be created and made durable
 */
export async function openDiskStore(options: DiskStoreOptions): Promise<BlobStore> {
  const root = resolve(options.path);
  const { fileSystem = nodeFileSystem, directIo = false, maxOpenFiles = 256 } = options;
  await fileSystem.makeDirectory(root);
  // The folder may be there since a process that was killed before it synced it.
  await fileSystem.syncDirectory(dirname(root));
  return new DiskStore({ root, fileSystem, directIo, maxOpenFiles });
}

class DiskStore implements BlobStore {
  readonly runAlign = 1;
  readonly prefixInPlace = true;
  readonly #root: string;
  readonly #fileSystem: FileSystem;
  readonly #folders: ShardFolders;
  readonly #files: OpenFiles;
  readonly #directWrites: DirectWrites | undefined;
  /**
   * Why nothing is durable any more. It holds for all files: the system reports a failed write-back once, and a
   * folder is shared, so the next sync that succeeds would prove nothing.
   */
  #failure: { readonly cause: unknown } | undefined;

  constructor(options: { root: string; fileSystem: FileSystem; directIo: boolean; maxOpenFiles: number }) {
    const { root, fileSystem, directIo, maxOpenFiles } = options;
    this.#root = root;
    this.#fileSystem = fileSystem;
    this.#folders = new ShardFolders(fileSystem, root);
    const settle = (file: OpenFile) => this.#syncBytes(file).catch(() => undefined);
    this.#files = new OpenFiles({ fileSystem, folders: this.#folders, maxOpenFiles, settle });
    if (directIo) {
      const openDirect = (id: string) =>
        this.#files.withDescriptor(() => fileSystem.open(this.#folders.filePath(id), { create: false, direct: true }));
      this.#directWrites = new DirectWrites(openDirect);
    }
  }

  async writeChunks(id: string, first: number, chunks: readonly Uint8Array[]): Promise<void> {
    checkId(id);
    for (const [index, bytes] of chunks.entries()) checkSlot(first + index, 0, bytes.length);
    await this.#write(id, async (file) => {
      for (const [index, bytes] of chunks.entries()) {
        const position = chunkOffset(first + index);
        const written = (await this.#directWrites?.write(file, bytes, position)) ?? 0;
        await writeWhole(file.handle, written === 0 ? bytes : bytes.subarray(written), position + written);
      }
    });
  }

  async writePrefix(id: string, chunk: number, from: number, bytes: Uint8Array): Promise<void> {
    checkId(id);
    checkSlot(chunk, from, bytes.length);
    await this.#write(id, (file) => writeWhole(file.handle, bytes, chunkOffset(chunk) + from));
  }

  async sync(id: string): Promise<void> {
    checkId(id);
    try {
      await this.#files.use(id, false, (file) => this.#joinFlush(file));
    } catch (error) {
      throw untried(error) ?? error;
    }
  }

  async read(id: string, position: number, target: Uint8Array): Promise<number> {
    checkId(id);
    try {
      return await this.#files.use(id, false, (file) => readWhole(file.handle, target, position));
    } catch (error) {
      if (hasCode(error, "ENOENT")) return 0;
      throw error;
    }
  }

  readPrefix(id: string, chunk: number, target: Uint8Array): Promise<number> {
    return this.read(id, chunkOffset(chunk), target.subarray(0, limits.chunkSizeBytes));
  }

  async remove(id: string): Promise<void> {
    checkId(id);
    await this.#files.close(id);
    try {
      await this.#fileSystem.unlink(this.#folders.filePath(id));
    } catch (error) {
      if (!hasCode(error, "ENOENT")) throw error;
    }
    // Also when the file was gone: an earlier process may have unlinked it and not lived to sync.
    await this.#trust(() => this.#folders.syncRemoval(id, this.#syncFolder));
  }

  list(): AsyncIterable<string> {
    return this.#folders.ids();
  }

  async probe(): Promise<void> {
    this.#checkTrust();
    await probeFolder(this.#fileSystem, this.#root);
  }

  capacity(): Promise<{ readonly freeBytes: number; readonly totalBytes: number }> {
    return this.#fileSystem.capacity(this.#root);
  }

  close(): Promise<void> {
    return this.#files.closeAll();
  }

  #write(id: string, work: (file: OpenFile) => Promise<void>): Promise<void> {
    return this.#files.use(id, true, async (file) => {
      file.writers++;
      file.unsynced = true;
      try {
        await work(file);
      } finally {
        file.writers--;
      }
    });
  }

  /** Shares a flush that has not begun. One that runs may have begun before the caller's writes had ended. */
  #joinFlush(file: OpenFile): Promise<void> {
    file.nextFlush ??= (async () => {
      await file.flush.catch(() => undefined);
      file.flush = file.nextFlush as Promise<void>;
      file.nextFlush = undefined;
      await this.#flush(file);
    })();
    return file.nextFlush;
  }

  async #flush(file: OpenFile): Promise<void> {
    await this.#syncBytes(file);
    if (file.entryDurable) return;
    await this.#trust(() => this.#folders.syncEntry(file.id, this.#syncFolder));
    file.entryDurable = true;
  }

  async #syncBytes(file: OpenFile): Promise<void> {
    file.unsynced = file.writers > 0;
    await this.#trust(() => file.handle.syncData());
  }

  readonly #syncFolder = (path: string): Promise<void> =>
    this.#files.withDescriptor(() => this.#fileSystem.syncDirectory(path));

  /** Runs a sync, unless one has failed before. A sync that fails is never tried again. */
  async #trust(sync: () => Promise<void>): Promise<void> {
    this.#checkTrust();
    try {
      await sync();
    } catch (error) {
      const refusal = untried(error);
      if (refusal !== null) throw refusal;
      this.#failure ??= { cause: error };
      throw error;
    }
  }

  #checkTrust(): void {
    if (this.#failure === undefined) return;
    throw new HawserError("storage_fenced", { detail: "An earlier sync failed." }, { cause: this.#failure.cause });
  }
}

/** A file or folder that could not even be opened to be synced: nothing was tried, so nothing failed. */
function untried(error: unknown): HawserError | null {
  if (!hasCode(error, "EMFILE", "ENFILE")) return null;
  return new HawserError("unavailable", { retryAfterSeconds: 1 }, { cause: error });
}
