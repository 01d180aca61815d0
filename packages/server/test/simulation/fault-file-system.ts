import type { FileHandle, FileSystem } from "../../src/adapters/disk/file-system.ts";
import type { OperationKind } from "./sim-file-system.ts";
import { systemError } from "./system-error.ts";

export interface FaultPlan {
  /** Counts operations of this kind only. Default: all kinds. */
  readonly kind?: OperationKind;
  /** Counts operations on paths that match only. Default: all paths. */
  readonly path?: RegExp;
  /** The first operation that fails, from 1. */
  readonly operation: number;
  /** Whether it alone fails, or all from there on. */
  readonly lasts: "once" | "forever";
  /**
   * The system's error code; or `short`: a write or read takes half of what it was given; or `ignored`: the call
   * succeeds and does nothing, as a lying device or a forgotten line of code would.
   */
  readonly outcome: "EIO" | "ENOSPC" | "EDQUOT" | "EMFILE" | "ENFILE" | "EINTR" | "EINVAL" | "short" | "ignored";
}

export interface FaultFileSystem extends FileSystem {
  /** Operations that the plan counts, so far. */
  readonly operations: number;
  /** How many of them failed. */
  readonly faults: number;
}

/** A file system that fails as planned and else is `inner`. */
export function createFaultFileSystem(inner: FileSystem, plan: FaultPlan): FaultFileSystem {
  let operations = 0;
  let faults = 0;

  function strikes(kind: OperationKind, path: string): boolean {
    if (plan.kind !== undefined && plan.kind !== kind) return false;
    if (plan.path !== undefined && !plan.path.test(path)) return false;
    if (plan.outcome === "short" && kind !== "write" && kind !== "read") return false;
    operations++;
    const isStruck = plan.lasts === "once" ? operations === plan.operation : operations >= plan.operation;
    if (isStruck) faults++;
    return isStruck;
  }

  async function run<T>(kind: OperationKind, path: string, call: () => Promise<T>, spared: () => Promise<T>) {
    if (!strikes(kind, path)) return call();
    if (plan.outcome === "ignored" || plan.outcome === "short") return spared();
    throw systemError(plan.outcome, kind, path);
  }

  const nothing = async () => undefined;
  const half = (bytes: Uint8Array) => bytes.subarray(0, Math.ceil(bytes.length / 2));

  function handleOf(handle: FileHandle, path: string): FileHandle {
    return {
      write: (bytes, position) =>
        run(
          "write",
          path,
          () => handle.write(bytes, position),
          async () => (plan.outcome === "ignored" ? bytes.length : handle.write(half(bytes), position)),
        ),
      read: (target, position) =>
        run(
          "read",
          path,
          () => handle.read(target, position),
          () => handle.read(half(target), position),
        ),
      syncData: () => run("syncData", path, () => handle.syncData(), nothing),
      close: () => run("close", path, () => handle.close(), nothing),
    };
  }

  return {
    get operations() {
      return operations;
    },
    get faults() {
      return faults;
    },
    async open(path, options) {
      const open = async () => handleOf(await inner.open(path, options), path);
      return run("open", path, open, open);
    },
    makeDirectory: (path) => run("makeDirectory", path, () => inner.makeDirectory(path), nothing),
    syncDirectory: (path) => run("syncDirectory", path, () => inner.syncDirectory(path), nothing),
    unlink: (path) => run("unlink", path, () => inner.unlink(path), nothing),
    listDirectory(path) {
      const list = () => inner.listDirectory(path);
      return run("listDirectory", path, list, list);
    },
    capacity(path) {
      const capacity = () => inner.capacity(path);
      return run("capacity", path, capacity, capacity);
    },
  };
}
