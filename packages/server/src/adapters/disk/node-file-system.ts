import fs, { constants } from "node:fs";
import type { FileHandle, FileSystem, OpenOptions } from "./file-system.ts";

const fileMode = 0o600;
const folderMode = 0o700;

type Callback<T> = (error: NodeJS.ErrnoException | null, value: T) => void;

/** The callback interface works on bare descriptors: less garbage a call than `FileHandle` of node:fs/promises. */
function ask<T>(start: (done: Callback<T>) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    start((error, value) => {
      if (error) reject(error);
      else resolve(value);
    });
  });
}

const closeDescriptor = (fd: number) => ask<void>((done) => fs.close(fd, done as fs.NoParamCallback));

function handleOf(fd: number): FileHandle {
  return {
    write: (bytes, position) => ask<number>((done) => fs.write(fd, bytes, 0, bytes.length, position, done)),
    read: (target, position) => ask<number>((done) => fs.read(fd, target, 0, target.length, position, done)),
    syncData: () => ask<void>((done) => fs.fdatasync(fd, done as fs.NoParamCallback)),
    close: () => closeDescriptor(fd),
  };
}

/** The machine's own file system. */
export const nodeFileSystem: FileSystem = {
  async open(path: string, { create, direct = false }: OpenOptions): Promise<FileHandle> {
    let flags = constants.O_RDWR | constants.O_NOFOLLOW;
    if (create) flags |= constants.O_CREAT;
    // Systems without O_DIRECT do not define the constant; the bytes then take the page cache, as all others do.
    if (direct) flags |= constants.O_DIRECT ?? 0;
    return handleOf(await ask<number>((done) => fs.open(path, flags, fileMode, done)));
  },

  async makeDirectory(path: string): Promise<void> {
    try {
      await ask<void>((done) => fs.mkdir(path, folderMode, done as fs.NoParamCallback));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  },

  async syncDirectory(path: string): Promise<void> {
    const fd = await ask<number>((done) => fs.open(path, constants.O_RDONLY | constants.O_DIRECTORY, done));
    try {
      await ask<void>((done) => fs.fsync(fd, done as fs.NoParamCallback));
    } finally {
      await closeDescriptor(fd);
    }
  },

  unlink: (path) => ask<void>((done) => fs.unlink(path, done as fs.NoParamCallback)),

  listDirectory: (path) => ask<string[]>((done) => fs.readdir(path, done)),

  async capacity(path: string) {
    const { bsize, bavail, blocks } = await ask<fs.StatsFs>((done) => fs.statfs(path, done));
    return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
  },
};
