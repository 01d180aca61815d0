import type { FileHandle, FileSystem } from "../../src/adapters/disk/file-system.ts";
import type { LedgerSnapshot } from "../../src/adapters/memory/ledger-state.ts";
import { pick, type Random, randomIndex, seededRandom } from "../simulation/random.ts";
import { createSimFileSystem, type SimFileSystem } from "../simulation/sim-file-system.ts";
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

/** Time that a step takes: often none, sometimes some turns of the event loop. */
export function createPause(random: Random): () => Promise<void> {
  return async () => {
    for (let turns = pick(random, [0, 0, 0, 0, 0, 1, 2, 7]); turns > 0; turns--) {
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
  /** Syncs are slow, and much happens meanwhile. */
  const sync = (work: () => Promise<void>): Promise<void> =>
    use(async () => {
      await work();
      for (let pauses = 3; pauses > 0; pauses--) await pause();
    });
  const lendHandle = (handle: FileHandle): FileHandle => ({
    // A write may reach the file at any time before it ends.
    write: (bytes, position) => use(() => pause().then(() => life.call(() => handle.write(bytes, position)))),
    read: (target, position) => life.call(() => handle.read(target, position)),
    syncData: () => sync(() => handle.syncData()),
    close: () => use(() => handle.close()),
  });
  return {
    open: (path, options) => use(async () => lendHandle(await inner.open(path, options))),
    makeDirectory: (path) => use(() => inner.makeDirectory(path)),
    syncDirectory: (path) => sync(() => inner.syncDirectory(path)),
    unlink: (path) => use(() => inner.unlink(path)),
    listDirectory: (path) => life.call(() => inner.listDirectory(path)),
    capacity: (path) => life.call(() => inner.capacity(path)),
  };
}
