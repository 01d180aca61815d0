import { join } from "node:path";
import { isUploadId } from "@hawser/protocol";
import { type FileSystem, hasCode } from "./file-system.ts";
import { uninterrupted } from "./whole-io.ts";

const shardPattern = /^[0-9a-f]{2}$/;

/**
 * Where files lie: `<root>/ab/cd/<id>`, from the first digits of the random id. It also remembers which folders'
 * own entries are known to be durable. What an earlier process created may never have been synced, so nothing is
 * known at first; and every folder is synced once more in a process's life, which costs little.
 */
export class ShardFolders {
  readonly #fileSystem: FileSystem;
  readonly #root: string;
  // Bytes instead of a set of names: this thread's heap stays free of idle objects.
  readonly #outerDurable = new Uint8Array(1 << 8);
  readonly #innerDurable = new Uint8Array(1 << 16);

  constructor(fileSystem: FileSystem, root: string) {
    this.#fileSystem = fileSystem;
    this.#root = root;
  }

  filePath(id: string): string {
    return join(this.#inner(id), id);
  }

  async create(id: string): Promise<void> {
    await uninterrupted(() => this.#fileSystem.makeDirectory(this.#outer(id)));
    await uninterrupted(() => this.#fileSystem.makeDirectory(this.#inner(id)));
  }

  /** Makes the entry of a file durable, and those of the folders above it. */
  async syncEntry(id: string, sync: (path: string) => Promise<void>): Promise<void> {
    const outer = Number.parseInt(id.slice(0, 2), 16);
    const inner = Number.parseInt(id.slice(0, 4), 16);
    await sync(this.#inner(id));
    if (this.#innerDurable[inner] === 0) {
      await sync(this.#outer(id));
      this.#innerDurable[inner] = 1;
    }
    if (this.#outerDurable[outer] === 0) {
      await sync(this.#root);
      this.#outerDurable[outer] = 1;
    }
  }

  /** Makes the removal of a file durable, whoever unlinked it. A folder that is missing has no durable entries. */
  async syncRemoval(id: string, sync: (path: string) => Promise<void>): Promise<void> {
    try {
      await sync(this.#inner(id));
    } catch (error) {
      if (!hasCode(error, "ENOENT")) throw error;
    }
  }

  /** The ids that have a file. Names that this store does not make are passed over. */
  async *ids(): AsyncGenerator<string> {
    for (const outer of await this.#names(this.#root)) {
      if (!shardPattern.test(outer)) continue;
      for (const inner of await this.#namesIfAny(join(this.#root, outer))) {
        if (!shardPattern.test(inner)) continue;
        for (const name of await this.#namesIfAny(join(this.#root, outer, inner))) {
          if (isUploadId(name) && name.startsWith(outer + inner)) yield name;
        }
      }
    }
  }

  #outer(id: string): string {
    return join(this.#root, id.slice(0, 2));
  }

  #inner(id: string): string {
    return join(this.#root, id.slice(0, 2), id.slice(2, 4));
  }

  #names(path: string): Promise<string[]> {
    return uninterrupted(() => this.#fileSystem.listDirectory(path));
  }

  async #namesIfAny(path: string): Promise<string[]> {
    try {
      return await this.#names(path);
    } catch (error) {
      if (hasCode(error, "ENOENT", "ENOTDIR")) return [];
      throw error;
    }
  }
}
