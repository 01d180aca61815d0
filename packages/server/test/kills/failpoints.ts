/**
 * Fault injection for the kill suite: the server loads this module in both of its threads and wraps its ports with
 * it. `HAWSER_KILL_AT=NAME:COUNT` ends the process with SIGKILL when the failpoint NAME is passed for the COUNT-th
 * time in its thread. `HAWSER_KILL_AT=?` kills nothing and prints each failpoint on standard error.
 */
import { writeSync } from "node:fs";
import type { FileHandle, FileSystem } from "../../src/adapters/disk/file-system.ts";
import type { Ledger } from "../../src/ports/ledger.ts";

const [target = "", countText = "1"] = (process.env["HAWSER_KILL_AT"] ?? "").split(/:(?=\d+$)/);
let left = Number(countText);

function pass(name: string): void {
  if (target === "?") writeSync(2, `failpoint ${name}\n`);
  if (name !== target || --left > 0) return;
  process.kill(process.pid, "SIGKILL");
}

/** Passes `before NAME`, does the work, passes `after NAME`. */
async function around<T>(name: string, work: () => Promise<T>): Promise<T> {
  pass(`before ${name}`);
  const result = await work();
  pass(`after ${name}`);
  return result;
}

export function wrapLedger(ledger: Ledger): Ledger {
  return {
    ...ledger,
    read: (work) => ledger.read(work),
    close: () => ledger.close(),
    transact: (name, work) =>
      around(name, () =>
        ledger.transact(name, async (tx) => {
          const result = await work(tx);
          pass(`inside ${name}`);
          return result;
        }),
      ),
  };
}

export function wrapFileSystem(fileSystem: FileSystem): FileSystem {
  return {
    open: async (path, options) => {
      const handle = options.create
        ? await around("create file", () => fileSystem.open(path, options))
        : await fileSystem.open(path, options);
      return wrapHandle(handle);
    },
    makeDirectory: (path) => around("make folder", () => fileSystem.makeDirectory(path)),
    syncDirectory: (path) => around("sync folder", () => fileSystem.syncDirectory(path)),
    unlink: (path) => around("unlink", () => fileSystem.unlink(path)),
    listDirectory: (path) => fileSystem.listDirectory(path),
    capacity: (path) => fileSystem.capacity(path),
  };
}

function wrapHandle(handle: FileHandle): FileHandle {
  return {
    write: (bytes, position) => around("write", () => handle.write(bytes, position)),
    read: (target, position) => handle.read(target, position),
    syncData: () => around("sync data", () => handle.syncData()),
    close: () => handle.close(),
  };
}
