import type { FileHandle, FileSystem } from "../../src/adapters/disk/file-system.ts";
import type { SimFileSystem } from "../simulation/sim-file-system.ts";
import { systemError } from "../simulation/system-error.ts";

/** Pauses between the moment when a sync begins to fail and its error. */
const failingPauses = 4;

/** Which call, from 1, meets a failing disk: a sync, or a close after which the system writes back by itself. */
export interface Failure {
  readonly at: "sync" | "close";
  readonly call: number;
}

/**
 * A disk that fails once, as Linux shows it. Of a file everything is lost that was not durable when
 * the error comes, though readers still see it; each handle that was open gets one error from its next sync; later
 * syncs succeed and bring nothing back. Of a folder whoever was syncing it gets an error; later syncs by this process
 * succeed and do nothing. What fails after a close is told to nobody.
 */
export function failOnce(inner: SimFileSystem, failure: Failure, pause: () => Promise<void>): FileSystem {
  let calls = 0;
  let struckFolder: { readonly path: string; isSilent: boolean } | undefined;
  const owners = new Map<string, Set<FileHandle>>();
  let debtors: ReadonlySet<FileHandle> = new Set();
  const paid = new Set<FileHandle>();

  const strikes = (at: Failure["at"]) => at === failure.at && ++calls === failure.call;
  const failSlowly = async () => {
    for (let pauses = failingPauses; pauses > 0; pauses--) await pause();
  };

  async function syncDirectory(path: string): Promise<void> {
    if (struckFolder?.path === path && struckFolder.isSilent) return;
    if (strikes("sync")) {
      struckFolder = { path, isSilent: false };
      await failSlowly();
    }
    if (struckFolder?.path !== path) return await inner.syncDirectory(path);
    const struck = struckFolder;
    setImmediate(() => {
      struck.isSilent = true;
    });
    throw systemError("EIO", "fsync", path);
  }

  async function syncData(handle: FileHandle, path: string): Promise<void> {
    if (strikes("sync")) {
      await failSlowly();
      inner.loseUnsynced(path);
      debtors = new Set(owners.get(path));
    }
    if (!debtors.has(handle) || paid.has(handle)) return await handle.syncData();
    paid.add(handle);
    throw systemError("EIO", "fdatasync", path);
  }

  return {
    makeDirectory: (path) => inner.makeDirectory(path),
    unlink: (path) => inner.unlink(path),
    listDirectory: (path) => inner.listDirectory(path),
    capacity: (path) => inner.capacity(path),
    syncDirectory,
    async open(path, options) {
      const handle = await inner.open(path, options);
      const open = owners.get(path) ?? new Set();
      owners.set(path, open.add(handle));
      return {
        ...handle,
        syncData: () => syncData(handle, path),
        async close() {
          open.delete(handle);
          await handle.close();
          if (strikes("close")) inner.loseUnsynced(path);
        },
      };
    },
  };
}
