import type { FileSystem } from "../../src/adapters/disk/file-system.ts";

/** Fault injection: a volume on which no file can be made durable. */
export function wrapFileSystem(fileSystem: FileSystem): FileSystem {
  return {
    open: async (path, options) => {
      const handle = await fileSystem.open(path, options);
      return {
        write: (bytes, position) => handle.write(bytes, position),
        read: (target, position) => handle.read(target, position),
        syncData: () => Promise.reject(Object.assign(new Error("EIO: i/o error, fdatasync"), { code: "EIO" })),
        close: () => handle.close(),
      };
    },
    makeDirectory: (path) => fileSystem.makeDirectory(path),
    syncDirectory: (path) => fileSystem.syncDirectory(path),
    unlink: (path) => fileSystem.unlink(path),
    listDirectory: (path) => fileSystem.listDirectory(path),
    capacity: (path) => fileSystem.capacity(path),
  };
}
