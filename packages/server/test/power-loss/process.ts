import { openDiskStore } from "../../src/adapters/disk/disk-store.ts";
import { createMemoryEventBus } from "../../src/adapters/memory/event-bus.ts";
import { createByteRoom } from "../../src/bytes/byte-room.ts";
import { createDomain, type Domain } from "../../src/domain/domain.ts";
import type { BlobStore } from "../../src/ports/blob-store.ts";
import type { ByteRoom } from "../../src/ports/byte-room.ts";
import type { Ledger } from "../../src/ports/ledger.ts";
import { type Random, randomIndex } from "../simulation/random.ts";
import { sha256 } from "./contents.ts";
import { type Failure, failOnce } from "./failing-disk.ts";
import { createPause, Life, lend, type Machine } from "./machine.ts";
import { createSimLedger } from "./sim-ledger.ts";

export const owner = "local";
export const dayMs = 86_400_000;
export const expiryMs = 7 * dayMs;
export const tombstoneMs = 30 * dayMs;
/** Between two looks of the sweep that may remove something together. */
export const markMs = 1_000;
/** Larger one-shot files go to the blob store. */
export const smallFileBytes = 2_000;

/** How a process is set up, and what will fail under it. */
export interface ProcessSettings {
  readonly random: Random;
  readonly poolBytes: number;
  readonly maxOpenFiles: number;
  readonly failure?: Failure;
  readonly failingCommit?: { readonly commit: number; readonly isDurable: boolean } | undefined;
}

/** A server without sockets: the real disk store, byte room and domain over a machine. */
export interface Process {
  readonly life: Life;
  readonly machine: Machine;
  readonly store: BlobStore;
  readonly room: ByteRoom;
  readonly domain: Domain;
  readonly ledger: Ledger;
  readonly random: Random;
  readonly pause: () => Promise<void>;
}

/** Starts as the embedded server does: store, probe, rooms, recovery. Throws what a start throws. */
export async function startProcess(machine: Machine, settings: ProcessSettings): Promise<Process> {
  const { random, failure } = settings;
  const life = new Life();
  const pause = createPause(random);
  const disk = failure === undefined ? machine.fileSystem : failOnce(machine.fileSystem, failure, pause);
  const fileSystem = lend(disk, life, pause);
  const ledger = mortal(
    createSimLedger({
      file: machine.ledgerFile,
      pass: machine.meter.pass,
      pause: () => life.call(pause),
      failure: settings.failingCommit,
    }),
    life,
  );
  const store = await openDiskStore({ path: "/blobs", fileSystem, maxOpenFiles: settings.maxOpenFiles });
  await store.probe();
  const late: { domain?: Domain } = {};
  const room = createByteRoom({
    store,
    // As from another thread: asking and answering take their time.
    facts: remote(() => late.domain as Domain, pause),
    clock: machine.clock,
    options: { poolBytes: settings.poolBytes, smallFileBytes },
  });
  const domain = createDomain({
    ledger,
    bytes: room,
    bus: createMemoryEventBus((error) => {
      throw error;
    }),
    clock: machine.clock,
    createId: () => createId(random),
    sha256,
    options: { expiryMs, tombstoneMs, markMs, orphanGraceMs: markMs },
  });
  late.domain = domain;
  await domain.recover();
  return { life, machine, store, room, domain, ledger, random, pause };
}

function mortal(ledger: Ledger, life: Life): Ledger {
  return {
    transact: (name, work) => life.call(() => ledger.transact(name, work)),
    read: (work) => life.call(() => ledger.read(work)),
    close: () => life.call(() => ledger.close()),
  };
}

function remote(target: () => Domain, pause: () => Promise<void>): Domain {
  const call =
    (name: string | symbol) =>
    async (...values: unknown[]) => {
      await pause();
      try {
        return await (Reflect.get(target(), name) as (...values: unknown[]) => Promise<unknown>)(...values);
      } finally {
        await pause();
      }
    };
  return new Proxy({} as Domain, { get: (_, name) => call(name) });
}

/** Few shard folders, so that uploads share them. */
function createId(random: Random): string {
  const shard = ["0000", "0001", "0100"][randomIndex(random, 3)] as string;
  const digits = Array.from({ length: 28 }, () => randomIndex(random, 16).toString(16));
  return shard + digits.join("");
}
