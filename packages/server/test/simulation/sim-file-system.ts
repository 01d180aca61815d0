import type { FileHandle, FileSystem } from "../../src/adapters/disk/file-system.ts";
import { crashFolder, type FileNode, type FolderNode, type Node, newFile, newFolder, type Pending } from "./crash.ts";
import type { Extent } from "./image.ts";
import { type Random, randomIndex } from "./random.ts";
import { systemError } from "./system-error.ts";

export type OperationKind =
  | "open"
  | "write"
  | "read"
  | "syncData"
  | "close"
  | "makeDirectory"
  | "syncDirectory"
  | "unlink"
  | "listDirectory"
  | "capacity";

export interface SimOptions {
  /** Decides how long each operation takes; the same numbers and calls give the same interleaving. */
  readonly random: Random;
  /** Called before operation `n` (from 1) has any effect; may call `crash` or `powerOff`. */
  readonly onOperation?: (n: number, kind: OperationKind, path: string) => void;
}

export interface SimFileSystem extends FileSystem {
  /** Operations that were asked for so far. */
  readonly operations: number;
  /** From now on nothing has effect and everything rejects (EIO), also what is under way. */
  powerOff(): void;
  /**
   * One of the states that may be found if the power failed now. An un-synced write is kept, lost or torn at a
   * sector or page, and a file's new size may survive without its bytes; an un-synced change of an entry is kept
   * or lost. It changes nothing here: any number of states can be drawn from one moment.
   */
  crash(options: SimOptions): SimFileSystem;
  /** The write-back of a file fails: readers still see what was not synced, but no sync makes it durable any more. */
  loseUnsynced(path: string): void;
}

/** A file system in memory that forgets, when power fails, what a real one may forget. It has the folder `/`. */
export function createSimFileSystem(options: SimOptions): SimFileSystem {
  return new Simulation(newFolder(), options);
}

/** The longest that an operation takes, in microtasks. */
const maxTicks = 16;
const capacityBytes = 2 ** 40;

class Simulation implements SimFileSystem {
  readonly #root: FolderNode;
  readonly #options: SimOptions;
  #operations = 0;
  #isOff = false;

  constructor(root: FolderNode, options: SimOptions) {
    this.#root = root;
    this.#options = options;
  }

  get operations(): number {
    return this.#operations;
  }

  powerOff(): void {
    this.#isOff = true;
  }

  crash(options: SimOptions): SimFileSystem {
    return new Simulation(crashFolder(this.#root, options.random), options);
  }

  loseUnsynced(path: string): void {
    let node: Node | undefined = this.#root;
    for (const name of namesOf(path)) node = node?.kind === "folder" ? node.seen.get(name) : undefined;
    if (node?.kind !== "file") throw systemError("ENOENT", "loseUnsynced", path);
    node.pending = [];
  }

  async open(path: string, { create }: { create: boolean }): Promise<FileHandle> {
    return this.#run("open", path, () => {
      const folder = this.#folder(path, "open", 1);
      const name = nameOf(path);
      const found = folder.seen.get(name);
      if (found?.kind === "folder") throw systemError("EISDIR", "open", path);
      if (found === undefined && !create) throw systemError("ENOENT", "open", path);
      const file = found ?? newFile();
      const told = found === undefined ? changeEntry(folder, name, file) : undefined;
      return { told, value: this.#handle(file, path) };
    });
  }

  async makeDirectory(path: string): Promise<void> {
    return this.#run("makeDirectory", path, () => {
      const folder = this.#folder(path, "makeDirectory", 1);
      if (folder.seen.has(nameOf(path))) return { value: undefined };
      return { told: changeEntry(folder, nameOf(path), newFolder()), value: undefined };
    });
  }

  async syncDirectory(path: string): Promise<void> {
    return this.#run("syncDirectory", path, () => {
      const folder = this.#folder(path, "syncDirectory", 0);
      const covered = new Set(folder.pending.filter(({ told }) => told));
      return {
        value: undefined,
        atEnd: () => {
          for (const { name, node } of covered) {
            if (node === undefined) folder.durable.delete(name);
            else folder.durable.set(name, node);
          }
          folder.pending = folder.pending.filter((entry) => !covered.has(entry));
        },
      };
    });
  }

  async unlink(path: string): Promise<void> {
    return this.#run("unlink", path, () => {
      const folder = this.#folder(path, "unlink", 1);
      const found = folder.seen.get(nameOf(path));
      if (found === undefined) throw systemError("ENOENT", "unlink", path);
      if (found.kind === "folder") throw systemError("EISDIR", "unlink", path);
      return { told: changeEntry(folder, nameOf(path), undefined), value: undefined };
    });
  }

  async listDirectory(path: string): Promise<string[]> {
    return this.#run("listDirectory", path, () => ({
      value: [...this.#folder(path, "listDirectory", 0).seen.keys()],
    }));
  }

  async capacity(path: string): Promise<{ freeBytes: number; totalBytes: number }> {
    return this.#run("capacity", path, () => ({ value: { freeBytes: capacityBytes, totalBytes: capacityBytes } }));
  }

  #handle(file: FileNode, path: string): FileHandle {
    let isOpen = true;
    const checkOpen = (kind: OperationKind) => {
      if (!isOpen) throw systemError("EBADF", kind, path);
    };
    const use = async <T>(kind: OperationKind, effect: () => Effect<T>): Promise<T> => {
      const value = await this.#run(kind, path, () => {
        checkOpen(kind);
        return effect();
      });
      // The descriptor of a call that was still under way may by then belong to another file.
      if (kind !== "close") checkOpen(kind);
      return value;
    };
    return {
      write: (bytes, position) =>
        use("write", () => {
          const write = { position, bytes: bytes.slice(), told: false };
          if (bytes.length > 0) {
            file.seen.apply(write);
            file.pending.push(write);
          }
          return { told: write, value: bytes.length };
        }),
      read: (target, position) => use("read", () => ({ value: file.seen.read(target, position) })),
      syncData: () =>
        use("syncData", () => {
          const covered = new Set<Extent>(file.pending.filter(({ told }) => told));
          return {
            value: undefined,
            atEnd: () => {
              for (const write of covered) file.durable.apply(write);
              file.pending = file.pending.filter((write) => !covered.has(write));
            },
          };
        }),
      close: () =>
        use("close", () => {
          isOpen = false;
          return { value: undefined };
        }),
    };
  }

  /** An operation begins, takes a while, and ends; a sync covers what had ended before it began. */
  async #run<T>(kind: OperationKind, path: string, effect: () => Effect<T>): Promise<T> {
    const { random, onOperation } = this.#options;
    this.#operations++;
    onOperation?.(this.#operations, kind, path);
    this.#checkPower(kind, path);
    const { told, atEnd, value } = effect();
    for (let ticks = randomIndex(random, maxTicks) + 1; ticks > 0; ticks--) await undefined;
    this.#checkPower(kind, path);
    atEnd?.();
    if (told !== undefined) told.told = true;
    return value;
  }

  #checkPower(kind: OperationKind, path: string): void {
    if (this.#isOff) throw systemError("EIO", kind, path);
  }

  /** The folder that `path` names, or the one `above` levels over it. */
  #folder(path: string, call: string, above: 0 | 1): FolderNode {
    const names = namesOf(path);
    let node: Node | undefined = this.#root;
    for (const name of names.slice(0, names.length - above)) {
      if (node?.kind === "file") throw systemError("ENOTDIR", call, path);
      node = node?.seen.get(name);
    }
    if (node === undefined) throw systemError("ENOENT", call, path);
    if (node.kind === "file") throw systemError("ENOTDIR", call, path);
    return node;
  }
}

interface Effect<T> {
  readonly value: T;
  /** What counts as done once the caller was told. */
  readonly told?: Pending | undefined;
  readonly atEnd?: () => void;
}

function changeEntry(folder: FolderNode, name: string, node: Node | undefined): Pending {
  if (node === undefined) folder.seen.delete(name);
  else folder.seen.set(name, node);
  const change = { name, node, told: false };
  folder.pending.push(change);
  return change;
}

function namesOf(path: string): string[] {
  return path.split("/").filter((name) => name !== "");
}

function nameOf(path: string): string {
  return namesOf(path).at(-1) ?? "";
}
