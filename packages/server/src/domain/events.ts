import type { EventBus } from "../ports/event-bus.ts";
import type { Ledger, LedgerTransaction, TransactionName } from "../ports/ledger.ts";
import type { Background } from "./background.ts";

const pageEvents = 1_000;

/** Changes the ledger and tells the bus what became durable. */
export interface Changes {
  /** Runs a transaction whose events are published once they are durable. */
  run<T>(name: TransactionName, work: (tx: LedgerTransaction) => Promise<T>): Promise<T>;
  /** Looks for events that were never published and publishes them in their order. */
  publish(): void;
}

/**
 * The ledger numbers the events; so they are read back after the commit, in pages, by one reader at a time, from
 * the last one that was there before this process made its first change.
 */
export function createChanges(ledger: Ledger, bus: EventBus, background: Background): Changes {
  let lastSeq: Promise<number> | undefined;
  let running = false;
  let again = false;

  function start(): Promise<number> {
    lastSeq ??= ledger
      .read((reader) => reader.lastEventSeq())
      .catch((error: unknown) => {
        lastSeq = undefined;
        throw error;
      });
    return lastSeq;
  }

  async function pump(): Promise<void> {
    try {
      while (again && !background.signal.aborted) {
        again = false;
        await publishNew();
      }
    } finally {
      running = false;
    }
  }

  async function publishNew(): Promise<void> {
    for (;;) {
      const after = await start();
      const events = await ledger.read((reader) => reader.eventsAfter(after, pageEvents));
      const last = events.at(-1);
      if (last === undefined) return;
      lastSeq = Promise.resolve(last.seq);
      bus.publish(events);
    }
  }

  function publish(): void {
    again = true;
    if (running) return;
    running = true;
    background.own(pump());
  }

  return {
    publish,
    async run(name, work) {
      await start();
      const result = await ledger.transact(name, work);
      publish();
      return result;
    },
  };
}
