import type { FileHandle, FileSystem } from "../../src/adapters/disk/file-system.ts";
import type { LedgerSnapshot } from "../../src/adapters/memory/ledger-state.ts";
import { pick, type Random, randomIndex, seededRandom } from "../simulation/random.ts";
import { createSimFileSystem, type SimFileSystem } from "../simulation/sim-file-system.ts";
import { systemError } from "../simulation/system-error.ts";
import { createManualClock, type ManualClock } from "../support/manual-clock.ts";
import { type LedgerFile, newLedgerFile } from "./sim-ledger.ts";

/** Counts the operations of a machine's storage: calls to the file system and steps of the ledger. */
export class Meter {
  #count = 0;
  /** Called before each operation has any effect. */
  watch: ((operation: number, what: string) => void) | undefined;

  get count(): number {
    return this.#count;
  }

  readonly pass = (what: string): void => {
    this.#count++;
    this.watch?.(this.#count, what);
  };
}

/** What outlives a process: disk, ledger file and time. */
export interface Machine {
  readonly meter: Meter;
  readonly fileSystem: SimFileSystem;
  readonly ledgerFile: LedgerFile;
  readonly clock: ManualClock;
}

export function newMachine(seed: number): Machine {
  const meter = new Meter();
  const fileSystem = createSimFileSystem(simOptions(meter, seed));
  return { meter, fileSystem, ledgerFile: newLedgerFile(), clock: createManualClock() };
}

/** The machine as it may be found when power failed now; the given one stays as it is. */
export function crashMachine(machine: Machine, seed: number): Machine {
  const meter = new Meter();
  return {
    meter,
    fileSystem: machine.fileSystem.crash(simOptions(meter, seed)),
    ledgerFile: { committed: machine.ledgerFile.committed satisfies LedgerSnapshot },
    clock: createManualClock(machine.clock.now()),
  };
}

function simOptions(meter: Meter, seed: number) {
  return {
    random: seededRandom(seed),
    onOperation: (_: number, kind: string, path: string) => meter.pass(`${kind} ${path}`),
  };
}

/** A process's life: after its end nothing that it asks for is done, and it hears of nothing. */
export class Life {
  #hasEnded = false;
  readonly #ended = Promise.withResolvers<void>();

  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  end(): void {
    this.#hasEnded = true;
    this.#ended.resolve();
  }

  async call<T>(work: () => Promise<T>): Promise<T> {
    if (this.#hasEnded) return await new Promise<never>(() => {});
    try {
      return await work();
    } finally {
      if (this.#hasEnded) await new Promise<never>(() => {});
    }
  }
}

/** Time that a step takes: often none, sometimes a turn of the event loop or two. */
export function createPause(random: Random): () => Promise<void> {
  return async () => {
    for (let turns = pick(random, [0, 0, 0, 1, 2]); turns > 0; turns--) {
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    for (let ticks = randomIndex(random, 6); ticks > 0; ticks--) await undefined;
  };
}

/** The file system as one process has it: it dies with it, and calls take their time. */
export function lend(inner: FileSystem, life: Life, pause: () => Promise<void>): FileSystem {
  const use = <T>(work: () => Promise<T>): Promise<T> =>
    life.call(async () => {
      const value = await work();
      await pause();
      return value;
    });
  const lendHandle = (handle: FileHandle): FileHandle => ({
    write: (bytes, position) => use(() => handle.write(bytes, position)),
    read: (target, position) => life.call(() => handle.read(target, position)),
    syncData: () => use(() => handle.syncData()),
    close: () => use(() => handle.close()),
  });
  return {
    open: (path, options) => use(async () => lendHandle(await inner.open(path, options))),
    makeDirectory: (path) => use(() => inner.makeDirectory(path)),
    syncDirectory: (path) => use(() => inner.syncDirectory(path)),
    unlink: (path) => use(() => inner.unlink(path)),
    listDirectory: (path) => life.call(() => inner.listDirectory(path)),
    capacity: (path) => life.call(() => inner.capacity(path)),
  };
}

/**
 * A disk on which the `sync`-th sync, or the write-back before it, fails. As Linux shows it: what was not yet durable
 * of that file is lost though readers still see it; each handle that was open gets one error from its next sync; and
 * later syncs succeed.
 */
export function failWriteBack(inner: SimFileSystem, sync: number): FileSystem {
  let syncs = 0;
  const debtors = new Map<string, Set<object>>();
  const openHandles = new Map<string, Set<object>>();

  function strike(path: string): void {
    if (++syncs !== sync) return;
    inner.loseUnsynced(path);
    debtors.set(path, new Set(openHandles.get(path) ?? [inner]));
  }

  return {
    makeDirectory: (path) => inner.makeDirectory(path),
    unlink: (path) => inner.unlink(path),
    listDirectory: (path) => inner.listDirectory(path),
    capacity: (path) => inner.capacity(path),
    async syncDirectory(path) {
      strike(path);
      if (debtors.get(path)?.delete(inner)) throw systemError("EIO", "fsync", path);
      await inner.syncDirectory(path);
    },
    async open(path, options) {
      const handle = await inner.open(path, options);
      const owner = {};
      const others = openHandles.get(path) ?? new Set();
      openHandles.set(path, others.add(owner));
      return {
        ...handle,
        async syncData() {
          strike(path);
          if (debtors.get(path)?.delete(owner)) throw systemError("EIO", "fdatasync", path);
          await handle.syncData();
        },
        async close() {
          others.delete(owner);
          await handle.close();
        },
      };
    },
  };
}
