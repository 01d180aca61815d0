import { HawserError } from "@hawser/protocol";
import pino, { type Logger } from "pino";
import { openDiskStore } from "../adapters/disk/disk-store.ts";
import { nodeFileSystem } from "../adapters/disk/node-file-system.ts";
import { createByteRoom } from "../bytes/byte-room.ts";
import { type App, createApp } from "../http/app.ts";
import { isLoopback } from "../http/guard.ts";
import { createLive, type Live } from "../http/live/live.ts";
import type { WebApp } from "../http/web-app.ts";
import type { BlobStore } from "../ports/blob-store.ts";
import type { ByteRoom } from "../ports/byte-room.ts";
import { type DataFolder, openDataFolder } from "./data-folder.ts";
import { type FactsHost, startFactsThread } from "./facts-host.ts";
import { loadFaults } from "./faults.ts";
import type { ResolvedServerOptions } from "./options.ts";
import { systemClock } from "./system-clock.ts";

/** Everything of a server with embedded storage but the listening. */
export interface Engine {
  readonly app: App;
  /**
   * Stops: new requests get 503, those in flight end within the grace time, then everything is let go of.
   * @param refuse called first, when nothing new is taken any more
   * @param cut called once the last answers had their time
   */
  close(refuse?: () => void, cut?: () => void): Promise<void>;
}

/** Time for the last answers to leave once their requests were ended. */
const lastAnswersMs = 1_000;

/**
 * Opens storage and ledger and puts the HTTP side before them. Everything that was acknowledged before is durable then,
 * and what was interrupted is rolled forward.
 * @throws HawserError `unavailable` when the data folder is in use, cannot be opened or cannot be trusted
 */
export async function openEngine(options: ResolvedServerOptions, webApp: WebApp | null): Promise<Engine> {
  const log = typeof options.log === "string" ? stderrLog(options.log) : options.log;
  const folder = await openDataFolder(options.dataDir);
  const undo = new AsyncDisposableStack();
  const ends = { refuse: () => {}, cut: () => {} };
  try {
    const host = startFacts(options, folder, log);
    undo.defer(() => host.end());
    await host.control.open();
    const guard = {
      loopback: isLoopback(options.host),
      allowedHosts: options.allowedHosts,
      allowedOrigins: options.allowedOrigins,
    };
    const live = createLive({ facts: host.facts, clock: systemClock, guard, log });
    const room = await openRoom(options, folder, host, live, log);
    const app = createApp({
      room,
      facts: host.facts,
      live,
      clock: systemClock,
      log,
      authenticate: options.authenticate,
      guard,
      webApp,
      peers: { idleTimeoutMs: options.idleTimeoutMs, minBytesPerSecond: options.minBytesPerSecond },
    });
    // The last step for the connections, once the byte room has ended its requests.
    undo.defer(async () => {
      await app.idle(lastAnswersMs);
      ends.cut();
      await app.close();
    });
    undo.defer(() => room.close(0));
    await host.control.start(room.runAlign);
    // The first step of the end: nothing new, and time for what is in flight.
    undo.defer(async () => {
      app.refuse();
      ends.refuse();
      await app.idle(options.shutdownGraceMs);
    });
    let closing: Promise<void> | undefined;
    return {
      app,
      close: (refuse = ends.refuse, cut = ends.cut) => {
        Object.assign(ends, { refuse, cut });
        closing ??= undo.disposeAsync();
        return closing;
      },
    };
  } catch (error) {
    await undo.disposeAsync();
    throw error;
  }
}

function stderrLog(level: string): Logger {
  return pino({ level }, pino.destination({ dest: 2, sync: true }));
}

function startFacts(options: ResolvedServerOptions, folder: DataFolder, log: Logger): FactsHost {
  const { expiryMs, tombstoneMs, maxSizeBytes, minFreeBytes, sweepIntervalMs, faults } = options;
  return startFactsThread(
    {
      folder: folder.path,
      ledgerPath: folder.ledgerPath,
      domain: { expiryMs, tombstoneMs, maxSizeBytes, minFreeBytes },
      sweepIntervalMs,
      faults,
    },
    (err, method) => log.error({ err }, `${method} failed`),
    (err) => {
      log.fatal({ err }, "the facts thread died");
      options.onFailure(err);
    },
  );
}

/** Opens the blob store, makes sure that it can be trusted, and puts the byte room around it. */
async function openRoom(
  options: ResolvedServerOptions,
  folder: DataFolder,
  host: FactsHost,
  live: Live,
  log: Logger,
): Promise<ByteRoom> {
  const { wrapFileSystem } = await loadFaults(options.faults);
  let store: BlobStore;
  try {
    const fileSystem = wrapFileSystem?.(nodeFileSystem) ?? nodeFileSystem;
    store = await openDiskStore({ path: folder.blobsPath, fileSystem, directIo: true });
    await store.probe();
  } catch (cause) {
    const detail = `The storage under ${folder.blobsPath} cannot be trusted: ${(cause as Error).message}`;
    throw new HawserError("unavailable", { detail }, { cause });
  }
  const room = createByteRoom({
    store,
    facts: host.facts,
    clock: systemClock,
    onRejected: (rejection) => live.reject(rejection),
    onFence: (reason, err) => log.fatal({ err, reason }, "the storage failed and takes no more writes"),
  });
  host.serveBytes({
    ...room,
    report: async (level, fields, message) => log[level](fields, message),
    ring: async (bell) => live.ring(bell),
  });
  return room;
}
