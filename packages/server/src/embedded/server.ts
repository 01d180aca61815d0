import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { HawserError } from "@hawser/protocol";
import { createHttpServer } from "../http/app.ts";
import { loadWebApp } from "../http/web-app.ts";
import { openEngine } from "./engine.ts";
import { type ResolvedServerOptions, resolveServerOptions, type ServerOptions } from "./options.ts";

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

/**
 * Starts a server with embedded storage: bytes on disk, facts in SQLite, both below `dataDir`. Resolves when it
 * listens; everything that was acknowledged before is durable then, and what was interrupted is rolled forward.
 * @throws HawserError `invalid_request` for an option out of its range, `unavailable` when the data folder is in use,
 * cannot be opened or cannot be trusted, there is no web app in `webDir`, or the address cannot be listened on
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const resolved = resolveServerOptions(options);
  const webApp = resolved.webDir === undefined ? null : await loadWebApp(resolved.webDir);
  const engine = await openEngine(resolved, webApp);
  const server = createHttpServer(engine.app);
  const close = () =>
    engine.close(
      () => void server.close(),
      () => server.closeAllConnections(),
    );
  try {
    await listen(server, resolved);
  } catch (error) {
    await close();
    throw error;
  }
  const { port } = server.address() as AddressInfo;
  return { url: formatUrl(resolved.host, port), port, close };
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

function formatUrl(host: string, port: number): string {
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}
