import { createHash, randomBytes } from "node:crypto";
import { workerData } from "node:worker_threads";
import pino from "pino";
import { createMemoryEventBus } from "../adapters/memory/event-bus.ts";
import { type FolderLock, lockFolder } from "../adapters/sqlite/folder-lock.ts";
import { openSqliteLedger } from "../adapters/sqlite/ledger.ts";
import { createDomain, type Domain } from "../domain/domain.ts";
import { createApi } from "../http/api.ts";
import type { ByteKeeper } from "../ports/byte-keeper.ts";
import type { Clock } from "../ports/clock.ts";
import type { FactsThread } from "../ports/facts.ts";
import type { Ledger } from "../ports/ledger.ts";
import { connectOver, exposeOver } from "../threads/link.ts";
import { createBellRope } from "./bell-rope.ts";
import {
  type ByteThread,
  byteMethods,
  controlMethods,
  type FactsControl,
  type FactsSetup,
  factsMethods,
} from "./facts-link.ts";
import { loadFaults } from "./faults.ts";
import { systemClock } from "./system-clock.ts";

/** How long a dying predecessor gets to let go of the data folder. */
const lockWaitMs = 5_000;
/** How long the start waits for what was interrupted; work that takes longer goes on behind the first answers. */
const recoveryWaitMs = 1_000;
/** From the start to the first round of the sweep. */
const firstSweepMs = 1_000;

/** The worker's entry: ledger, domain and JSON API live here, away from the bytes. */
class FactsWorker implements FactsControl {
  readonly #setup: FactsSetup;
  readonly #bytes: ByteThread;
  readonly #stopping = new AbortController();
  #lock: FolderLock | undefined;
  #ledger: Ledger | undefined;
  #domain: Domain | undefined;
  #recovering: Promise<void> | undefined;
  #sweeping: Promise<void> | undefined;

  constructor(setup: FactsSetup) {
    this.#setup = setup;
    this.#bytes = connectOver<ByteThread>(setup.bytesPort, byteMethods);
  }

  async open(): Promise<void> {
    const { folder, ledgerPath, faults } = this.#setup;
    const { wrapLedger = (ledger: Ledger) => ledger } = await loadFaults(faults);
    this.#lock = lockFolder(folder, lockWaitMs);
    const onFence = (error: unknown) => {
      this.report(error, "the ledger failed and takes no more changes", "fatal");
      this.#bytes.fence("a ledger commit failed").catch(() => undefined);
    };
    this.#ledger = wrapLedger(await openSqliteLedger({ path: ledgerPath, onFence }));
  }

  async start(runAlign: number): Promise<void> {
    const bytes: ByteKeeper = { ...this.#bytes, runAlign };
    const { wrapClock = (clock: Clock) => clock } = await loadFaults(this.#setup.faults);
    const bus = createMemoryEventBus((error) => this.report(error, "a listener failed"));
    const domain = createDomain({
      ledger: this.#ledger as Ledger,
      bytes,
      bus,
      clock: wrapClock(systemClock),
      createId: () => randomBytes(16).toString("hex"),
      sha256: (content) => createHash("sha256").update(content).digest(),
      options: this.#setup.domain,
    });
    this.#domain = domain;
    this.#recovering = domain.recover().catch((error: unknown) => this.report(error, "recovery failed"));
    await Promise.race([this.#recovering, systemClock.sleep(recoveryWaitMs)]);
    const handleApi = createApi({ domain, bytes }, (error, { method, path }) =>
      this.report(error, `${method} ${path} failed`),
    );
    // When that thread is gone there are no watchers either.
    const pull = createBellRope(bus, (bell) => void this.#bytes.ring(bell).catch(() => undefined));
    const setWatched = async (isWatched: boolean) => {
      pull(isWatched);
      return (await domain.eventsAfter(Number.MAX_SAFE_INTEGER, 1)).seq;
    };
    const thread: FactsThread = { ...domain, handleApi, setWatched };
    exposeOver<FactsThread>(this.#setup.factsPort, thread, factsMethods, (error, method) =>
      this.report(error, `${method} failed`),
    );
    this.#sweeping = this.#sweep(domain);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#domain?.close();
    await Promise.all([this.#recovering, this.#sweeping]);
    await this.#ledger?.close();
    this.#lock?.release();
  }

  /** One round after the other, never two at once, until the thread stops. */
  async #sweep(domain: Domain): Promise<void> {
    const { signal } = this.#stopping;
    let delayMs = Math.min(firstSweepMs, this.#setup.sweepIntervalMs);
    while (!signal.aborted) {
      try {
        await systemClock.sleep(delayMs, signal);
        for (let more = true; more && !signal.aborted; ) {
          const report = await domain.sweep();
          more = report.more && report.failures === 0;
          if (report.failures > 0) this.report(`${report.failures} removals failed`, "the sweep left something over");
        }
      } catch (error) {
        if (!signal.aborted) this.report(error, "the sweep failed");
      }
      delayMs = this.#setup.sweepIntervalMs;
    }
  }

  /** Hands an error to the byte thread's log. When that thread is gone nobody is left to tell. */
  report(error: unknown, message: string, level: "error" | "fatal" = "error"): void {
    const err = error instanceof Error ? pino.stdSerializers.errWithCause(error) : String(error);
    this.#bytes.report(level, { err: { ...(err as object) } }, message).catch(() => undefined);
  }
}

const setup = workerData as FactsSetup;
const worker = new FactsWorker(setup);
exposeOver<FactsControl>(setup.controlPort, worker, controlMethods, (error, method) =>
  worker.report(error, `${method} failed`),
);
