import type { MessagePort } from "node:worker_threads";
import type { DomainOptions } from "../domain/options.ts";
import type { ByteKeeper } from "../ports/byte-keeper.ts";
import type { FactsThread } from "../ports/facts.ts";
import type { Bell } from "../ports/live.ts";
import { listMethods, type Remote } from "../threads/link.ts";

/** What the facts thread is started with. */
export interface FactsSetup {
  readonly folder: string;
  readonly ledgerPath: string;
  readonly domain: DomainOptions;
  readonly sweepIntervalMs: number;
  readonly faults: string | undefined;
  /** Served by the facts thread. */
  readonly controlPort: MessagePort;
  readonly factsPort: MessagePort;
  /** Served by the byte thread. */
  readonly bytesPort: MessagePort;
}

/** The facts thread's life. */
export interface FactsControl {
  /** Locks the data folder, opens the ledger and makes its log durable. */
  open(): Promise<void>;
  /** Rolls forward what was interrupted, then serves; sweeps from now on. */
  start(runAlign: number): Promise<void>;
  /** Waits for what runs, then lets go of everything. */
  stop(): Promise<void>;
}

/** What the byte thread does for the facts thread: bytes, its log, and what watchers are told. */
export interface ByteThread extends Remote<ByteKeeper> {
  report(level: "error" | "fatal", fields: object, message: string): Promise<void>;
  ring(bell: Bell): Promise<void>;
}

export const controlMethods = listMethods<FactsControl>({ open: true, start: true, stop: true });

export const factsMethods = listMethods<FactsThread>({
  admitRun: true,
  slot: true,
  commit: true,
  dropPrefix: true,
  completeIfWhole: true,
  storeSmallFile: true,
  beginOneShot: true,
  finishOneShot: true,
  locateFile: true,
  abandonOneShot: true,
  handleApi: true,
  eventsAfter: true,
  snapshot: true,
  setWatched: true,
});

export const byteMethods = listMethods<ByteThread>({
  discard: true,
  findDamaged: true,
  hashWhole: true,
  storedIds: true,
  freeBytes: true,
  fence: true,
  fencedBecause: true,
  report: true,
  ring: true,
});
