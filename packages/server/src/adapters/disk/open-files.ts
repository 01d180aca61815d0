import { type FileHandle, type FileSystem, hasCode } from "./file-system.ts";
import type { ShardFolders } from "./shard-folders.ts";
import { uninterrupted } from "./whole-io.ts";

/** One upload's file while it is open. There is never more than one of these for an id. */
export interface OpenFile {
  readonly id: string;
  readonly handle: FileHandle;
  /** A second handle past the page cache, once one was wanted. */
  direct: Promise<FileHandle> | undefined;
  /** Writes that have begun and not ended. */
  writers: number;
  /** Whether something was written since the last flush began. */
  unsynced: boolean;
  /** Whether the file's entry, and those of the folders above it, were synced since it was opened. */
  entryDurable: boolean;
  /** The flush that runs, or the last one. */
  flush: Promise<void>;
  /** The flush that waits for it. */
  nextFlush: Promise<void> | undefined;
}

/** A place in the cache, from before its file is open until it is closed. */
interface Entry {
  readonly creates: boolean;
  readonly opened: Promise<OpenFile>;
  users: number;
  whenIdle: (() => void) | undefined;
  closing: Promise<void> | undefined;
}

interface OpenFilesOptions {
  readonly fileSystem: FileSystem;
  readonly folders: ShardFolders;
  readonly maxOpenFiles: number;
  /**
   * Syncs a file before its handle goes while it has un-synced bytes: the system tells a failed write-back only to
   * handles that were open. Never rejects.
   */
  readonly settle: (file: OpenFile) => Promise<void>;
}

/**
 * The files that are open, least recently used first. A file in use is never closed, so there are at most
 * `maxOpenFiles` open, or as many as the callers use at once.
 */
export class OpenFiles {
  readonly #options: OpenFilesOptions;
  readonly #entries = new Map<string, Entry>();

  constructor(options: OpenFilesOptions) {
    this.#options = options;
  }

  /** Runs `work` with the file, which stays open so long. @throws ENOENT when it is missing and not to be created */
  async use<T>(id: string, create: boolean, work: (file: OpenFile) => Promise<T>): Promise<T> {
    for (;;) {
      const known = this.#entries.get(id);
      if (known?.closing !== undefined) {
        await known.closing;
        continue;
      }
      const entry = known ?? this.#begin(id, create);
      entry.users++;
      this.#entries.delete(id);
      this.#entries.set(id, entry);
      try {
        return await work(await entry.opened);
      } catch (error) {
        // Joined a reader that found no file; a writer creates it.
        const joinedReader = create && !entry.creates && this.#entries.get(id) !== entry;
        if (!joinedReader || !hasCode(error, "ENOENT")) throw error;
      } finally {
        if (--entry.users === 0) entry.whenIdle?.();
      }
    }
  }

  /** Closes a file, whose bytes nobody needs any more, once nobody uses it. */
  async close(id: string): Promise<void> {
    const entry = this.#entries.get(id);
    if (entry !== undefined) await this.#retire(id, entry, false);
  }

  async closeAll(): Promise<void> {
    await Promise.all([...this.#entries].map(([id, entry]) => this.#retire(id, entry, false)));
  }

  /** Runs a call that needs a new descriptor; when there is none left, closes what is idle and tries once more. */
  async withDescriptor<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await uninterrupted(call);
    } catch (error) {
      if (!hasCode(error, "EMFILE", "ENFILE")) throw error;
      await Promise.all([...this.#idle()].map(([id, entry]) => this.#retire(id, entry, true)));
      return await uninterrupted(call);
    }
  }

  #begin(id: string, create: boolean): Entry {
    // Opening begins a moment later, when the entry has its place and counts.
    const opened = Promise.resolve()
      .then(() => this.#open(id, create))
      .catch((error) => {
        this.#entries.delete(id);
        throw error;
      });
    return { creates: create, opened, users: 0, whenIdle: undefined, closing: undefined };
  }

  async #open(id: string, create: boolean): Promise<OpenFile> {
    await this.#makeRoom();
    const handle = await this.#openHandle(id, create);
    return {
      id,
      handle,
      direct: undefined,
      writers: 0,
      unsynced: false,
      entryDurable: false,
      flush: Promise.resolve(),
      nextFlush: undefined,
    };
  }

  async #openHandle(id: string, create: boolean): Promise<FileHandle> {
    const { fileSystem, folders } = this.#options;
    const open = () => this.withDescriptor(() => fileSystem.open(folders.filePath(id), { create }));
    try {
      return await open();
    } catch (error) {
      if (!create || !hasCode(error, "ENOENT")) throw error;
      await folders.create(id);
      return await open();
    }
  }

  async #makeRoom(): Promise<void> {
    while (this.#entries.size > this.#options.maxOpenFiles) {
      const oldest = this.#idle().next().value;
      if (oldest === undefined) return;
      await this.#retire(...oldest, true);
    }
  }

  *#idle(): Generator<[string, Entry], undefined> {
    for (const [id, entry] of this.#entries) {
      if (entry.users === 0 && entry.closing === undefined) yield [id, entry];
    }
  }

  /** `settles`: whether somebody may still rely on its un-synced bytes. */
  #retire(id: string, entry: Entry, settles: boolean): Promise<void> {
    entry.closing ??= this.#closeEntry(id, entry, settles);
    return entry.closing;
  }

  async #closeEntry(id: string, entry: Entry, settles: boolean): Promise<void> {
    if (entry.users > 0) {
      await new Promise<void>((resolve) => {
        entry.whenIdle = resolve;
      });
    }
    // A file that did not open has left the cache by itself.
    if (this.#entries.get(id) !== entry) return;
    try {
      const file = await entry.opened;
      if (settles && file.unsynced) await this.#options.settle(file);
      // What a close could still report, the sync before it has reported.
      await Promise.allSettled([file.handle.close(), file.direct?.then((direct) => direct.close())]);
    } finally {
      this.#entries.delete(id);
    }
  }
}
