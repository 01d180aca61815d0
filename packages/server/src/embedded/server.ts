import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { HawserError } from "@hawser/protocol";
import pino, { type Logger } from "pino";
import { openDiskStore } from "../adapters/disk/disk-store.ts";
import { nodeFileSystem } from "../adapters/disk/node-file-system.ts";
import { createByteRoom } from "../bytes/byte-room.ts";
import { type App, createApp, createHttpServer } from "../http/app.ts";
import { isLoopback } from "../http/guard.ts";
import { loadWebApp } from "../http/web-app.ts";
import type { BlobStore } from "../ports/blob-store.ts";
import type { ByteRoom } from "../ports/byte-room.ts";
import { type DataFolder, openDataFolder } from "./data-folder.ts";
import { type FactsHost, startFactsThread } from "./facts-host.ts";
import { loadFaults } from "./faults.ts";
import { type ResolvedServerOptions, resolveServerOptions, type ServerOptions } from "./options.ts";
import { systemClock } from "./system-clock.ts";

export interface RunningServer {
  /** `http://HOST:PORT`, without a slash at the end. */
  readonly url: string;
  readonly port: number;
  /**
   * Stops: new requests get 503, those in flight end within the grace time, then everything is let go of. Safe to
   * call again.
   */
  close(): Promise<void>;
}

/** Time for the last answers to leave once their requests were ended. */
const lastAnswersMs = 1_000;

/**
 * Starts a server with embedded storage: bytes on disk, facts in SQLite, both below `dataDir`. Resolves when it
 * listens; everything that was acknowledged before is durable then, and what was interrupted is rolled forward.
 * @throws HawserError `invalid_request` for an option out of its range, `unavailable` when the data folder is in use,
 * cannot be opened or cannot be trusted, there is no web app in `webDir`, or the address cannot be listened on
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const resolved = resolveServerOptions(options);
  const log = typeof resolved.log === "string" ? stderrLog(resolved.log) : resolved.log;
  const webApp = resolved.webDir === undefined ? null : await loadWebApp(resolved.webDir);
  const folder = await openDataFolder(resolved.dataDir);
  const undo = new AsyncDisposableStack();
  try {
    const host = startFacts(resolved, folder, log);
    undo.defer(() => host.end());
    await host.control.open();
    const room = await openRoom(resolved, folder, host, log);
    const app = createApp({
      room,
      facts: host.facts,
      clock: systemClock,
      log,
      authenticate: resolved.authenticate,
      guard: {
        loopback: isLoopback(resolved.host),
        allowedHosts: resolved.allowedHosts,
        allowedOrigins: resolved.allowedOrigins,
      },
      webApp,
      peers: { idleTimeoutMs: resolved.idleTimeoutMs, minBytesPerSecond: resolved.minBytesPerSecond },
    });
    const server = createHttpServer(app);
    undo.defer(() => cutConnections(server, app));
    undo.defer(() => room.close(0));
    await host.control.start(room.runAlign);
    await listen(server, resolved);
    undo.defer(() => endRequests(server, app, resolved.shutdownGraceMs));
    const { port } = server.address() as AddressInfo;
    let closing: Promise<void> | undefined;
    return { url: formatUrl(resolved.host, port), port, close: () => (closing ??= undo.disposeAsync()) };
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
    onFence: (reason, err) => log.fatal({ err, reason }, "the storage failed and takes no more writes"),
  });
  host.serveBytes({ ...room, report: async (level, fields, message) => log[level](fields, message) });
  return room;
}

async function listen(server: Server, { host, port }: ResolvedServerOptions): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.listen(port, host, resolve);
  try {
    await promise;
  } catch (cause) {
    const detail = `Cannot listen on ${formatUrl(host, port)}: ${(cause as Error).message}`;
    throw new HawserError("unavailable", { detail }, { cause });
  } finally {
    server.off("error", reject);
  }
}

/** First step of the end: nothing new, and time for what is in flight. */
async function endRequests(server: Server, app: App, graceMs: number): Promise<void> {
  app.refuse();
  server.close();
  await app.idle(graceMs);
}

/** Last step of the end for the connections, once the byte room has ended its requests. */
async function cutConnections(server: Server, app: App): Promise<void> {
  await app.idle(lastAnswersMs);
  server.closeAllConnections();
  await app.close();
}

function formatUrl(host: string, port: number): string {
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}
