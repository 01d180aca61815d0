import { hash } from "node:crypto";
import { createMemoryStore } from "../../src/adapters/memory/blob-store.ts";
import { createMemoryEventBus } from "../../src/adapters/memory/event-bus.ts";
import { createMemoryLedger } from "../../src/adapters/memory/ledger.ts";
import { createByteRoom } from "../../src/bytes/byte-room.ts";
import { createDomain, type Domain } from "../../src/domain/domain.ts";
import type { BlobStore } from "../../src/ports/blob-store.ts";
import type { ByteRoom } from "../../src/ports/byte-room.ts";
import type { Facts } from "../../src/ports/facts.ts";
import type { Ledger } from "../../src/ports/ledger.ts";
import { sha256 } from "../support/contents.ts";
import { createManualClock, type ManualClock } from "../support/manual-clock.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** The times that the server is given, and those that it takes by itself. */
export const times = { expiryMs: 7 * dayMs, tombstoneMs: 30 * dayMs, markMs: hourMs, hourMs, dayMs };

/** Where facts and bytes are kept: what outlives a restart. */
export interface Storage {
  openLedger(): Promise<Ledger>;
  openStore(): Promise<BlobStore>;
}

/** Storage in memory. Each opening sees what the one before left. */
export function memoryStorage(): Storage {
  const store = createMemoryStore();
  let ledger = createMemoryLedger();
  return {
    openStore: async () => store,
    openLedger: async () => {
      ledger = createMemoryLedger(ledger.snapshot());
      return ledger;
    },
  };
}

/** Puts something between the server and its ports. */
export interface Between {
  ledger?(ledger: Ledger): Ledger;
  store?(store: BlobStore): BlobStore;
}

/** A server without HTTP: the real domain and the real byte room over the storage that a test gives. */
export class World {
  readonly clock: ManualClock = createManualClock();
  readonly #storage: Storage;
  readonly #between: Between;
  #ids = 0;
  domain!: Domain;
  room!: ByteRoom;
  /** As the server sees it, and without anything between. */
  ledger!: Ledger;
  store!: BlobStore;
  /** What fenced the storage, and writes that hit acknowledged bytes: nothing of it may come. */
  readonly violations: unknown[] = [];

  private constructor(storage: Storage, between: Between) {
    this.#storage = storage;
    this.#between = between;
  }

  static async open(storage: Storage = memoryStorage(), between: Between = {}): Promise<World> {
    const world = new World(storage, between);
    await world.#start();
    return world;
  }

  async restart(): Promise<void> {
    await this.close();
    await this.#start();
  }

  async close(): Promise<void> {
    await this.domain.close();
    await this.room.close(0);
    await this.ledger.close();
  }

  /** Lets everything that waits for nothing but promises and the storage go on. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 20; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
  }

  /** A new id; the same ones in each run, so that a run can be replayed. */
  createId(): string {
    return hash("sha256", `id ${++this.#ids}`).slice(0, 32);
  }

  async #start(): Promise<void> {
    this.ledger = await this.#storage.openLedger();
    this.store = await this.#storage.openStore();
    const ledger = this.#between.ledger?.(this.ledger) ?? this.ledger;
    const store = this.#watched(this.#between.store?.(this.store) ?? this.store);
    let domain: Domain | undefined;
    const facts = new Proxy({} as Facts, { get: (_, name: keyof Facts) => domain?.[name] });
    const room = createByteRoom({
      store,
      facts,
      clock: this.clock,
      onFence: (reason, cause) => this.violations.push(reason, cause),
      options: { poolBytes: 8 * 1_048_576 },
    });
    domain = createDomain({
      ledger,
      bytes: room,
      bus: createMemoryEventBus((error) => this.violations.push(error)),
      clock: this.clock,
      createId: () => this.createId(),
      sha256,
      options: { minFreeBytes: null },
    });
    this.room = room;
    this.domain = domain;
    await domain.recover();
  }

  /** I6: what is acknowledged when a write begins, and when it ends, is not hit by it. */
  #watched(store: BlobStore): BlobStore {
    const expectFree = async (id: string, chunk: number, from: number) => {
      const acknowledged = await this.ledger.read(async (reader) => {
        const key = (await reader.anyUpload(id))?.key ?? 0;
        const [prefix] = await reader.prefixes(key, chunk, chunk, 1);
        return (await reader.receipt(key, chunk))?.sizeBytes ?? prefix?.sizeBytes ?? 0;
      });
      if (from < acknowledged) this.violations.push(`a write to ${id} ${chunk} ${from} of ${acknowledged}`);
    };
    const write = async (id: string, chunk: number, from: number, work: () => Promise<void>) => {
      await expectFree(id, chunk, from);
      await work();
      await expectFree(id, chunk, from);
    };
    return {
      runAlign: store.runAlign,
      prefixInPlace: store.prefixInPlace,
      read: (id, position, target) => store.read(id, position, target),
      readPrefix: (id, chunk, target) => store.readPrefix(id, chunk, target),
      list: () => store.list(),
      probe: () => store.probe(),
      sync: (id) => store.sync(id),
      remove: (id) => store.remove(id),
      close: () => store.close(),
      writeChunks: (id, first, chunks) => write(id, first, 0, () => store.writeChunks(id, first, chunks)),
      writePrefix: (id, chunk, from, bytes) => write(id, chunk, from, () => store.writePrefix(id, chunk, from, bytes)),
    };
  }
}
