import { HawserError } from "@hawser/protocol";
import type fc from "fast-check";
import { expect } from "vitest";
import type { BlobStore } from "../../src/ports/blob-store.ts";
import type { Ledger } from "../../src/ports/ledger.ts";
import { Witness } from "./witness.ts";
import { memoryStorage, World } from "./world.ts";

/** A world in which, while a race is on, everything that reaches a port waits for its turn before and after. */
export class ScheduledWorld {
  readonly world: World;
  readonly witness: Witness;
  readonly #scheduler: fc.Scheduler;
  readonly #race: { isOn: boolean };

  private constructor(world: World, scheduler: fc.Scheduler, race: { isOn: boolean }) {
    this.world = world;
    this.witness = new Witness(world);
    this.#scheduler = scheduler;
    this.#race = race;
  }

  static async open(scheduler: fc.Scheduler): Promise<ScheduledWorld> {
    const race = { isOn: false };
    const turn = async (label: string) => {
      if (race.isOn) await scheduler.schedule(Promise.resolve(), label);
    };
    async function around<T>(label: string, work: () => Promise<T>): Promise<T> {
      await turn(label);
      const result = await work();
      await turn(`${label} done`);
      return result;
    }
    const world = await World.open(memoryStorage(), {
      ledger: (ledger): Ledger => ({
        transact: (name, work) => around(name, () => ledger.transact(name, work)),
        read: (work) => around("read", () => ledger.read(work)),
        close: () => ledger.close(),
      }),
      store: (store): BlobStore => ({
        ...store,
        writeChunks: (id, first, bytes) => around(`write ${first}`, () => store.writeChunks(id, first, bytes)),
        writePrefix: (id, chunk, from, bytes) =>
          around(`write ${chunk} from ${from}`, () => store.writePrefix(id, chunk, from, bytes)),
        sync: (id) => around("sync", () => store.sync(id)),
        remove: (id) => around("remove", () => store.remove(id)),
      }),
    });
    return new ScheduledWorld(world, scheduler, race);
  }

  /**
   * Begins all works at once and lets their steps interleave. Gives what each resolved with, or the code of the
   * error that it ended with; the ledger's invariants are looked at after each.
   */
  async run<T>(works: readonly { readonly name: string; perform(): Promise<T> }[]): Promise<(T | HawserError)[]> {
    this.#race.isOn = true;
    try {
      const all = works.map(async ({ name, perform }) => {
        await this.#scheduler.schedule(Promise.resolve(), `start ${name}`);
        const outcome = await perform().catch((error: unknown) => {
          if (error instanceof HawserError) return error;
          throw error;
        });
        await this.witness.checkLedger();
        return outcome;
      });
      return await this.#scheduler.waitFor(Promise.all(all));
    } finally {
      await this.#calm();
    }
  }

  async sweep(): Promise<void> {
    for (let more = true; more; ) ({ more } = await this.world.domain.sweep());
    await this.world.settle();
  }

  async storedIds(): Promise<string[]> {
    const stored: string[] = [];
    for await (const id of this.world.store.list()) stored.push(id);
    return stored;
  }

  async close(): Promise<void> {
    await this.#calm();
    await this.world.close();
    expect(this.world.violations).toEqual([]);
  }

  /** What goes on behind the answers comes to its end. */
  async #calm(): Promise<void> {
    this.#race.isOn = false;
    await this.#scheduler.waitIdle();
    await this.world.settle();
  }
}
