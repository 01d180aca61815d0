import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { openEngine } from "./engine.ts";
import { resolveServerOptions, type ServerOptions } from "./options.ts";

/** Settings of a handler: those of a server, less what concerns listening. */
export interface HandlerOptions extends Omit<ServerOptions, "host" | "port" | "webDir"> {
  /**
   * Path below which the server lives, `/hawser`: taken off each address, and requests elsewhere are not touched. So
   * mount it at the root, `app.use(handle)` with Express: a framework that takes the path off by itself, as
   * `app.use("/hawser", handle)` does, does not do so for WebSockets.
   */
  readonly basePath?: string;
  /**
   * Names under which your server is reached beside loopback (`files.example`, `files.example:8443`): requests to other
   * names are refused. Default: none.
   */
  readonly allowedHosts?: readonly string[];
}

/** A Hawser within another server. */
export interface Handler {
  /**
   * Answers a request; it has to get the body unread, so put it before what parses bodies.
   * @param next called for requests that are not below `basePath`; without it they are answered as unknown
   */
  readonly handle: (request: IncomingMessage, response: ServerResponse, next?: () => void) => void;
  /**
   * Listener for `upgrade` of your `node:http` server: `server.on("upgrade", hawser.handleUpgrade)`. Without it nobody
   * can watch uploads over a WebSocket; event streams work all the same.
   * @param next called for addresses that are not below `basePath`; without it they are answered as unknown
   */
  readonly handleUpgrade: (request: IncomingMessage, socket: Duplex, head: Buffer, next?: () => void) => void;
  /**
   * Stops: new requests get 503, those in flight end within the grace time, then everything is let go of. Close your
   * server first, or at the same time. Safe to call again.
   */
  close(): Promise<void>;
}

/**
 * A server with embedded storage for a process that listens by itself: bytes on disk, facts in SQLite, both below
 * `dataDir`. Set `requestTimeout = 0` on the `node:http` server: a body may take as long as it keeps coming.
 * @throws HawserError `invalid_request` for an option out of its range, `unavailable` when the data folder is in use,
 * cannot be opened or cannot be trusted
 */
export async function createHandler({ basePath = "", ...options }: HandlerOptions): Promise<Handler> {
  const engine = await openEngine(resolveServerOptions(options), null);
  const base = basePath.replace(/\/+$/, "");
  return {
    handle: (request, response, next) => {
      const path = pathBelow(base, request.url ?? "");
      if (path === null && next !== undefined) return next();
      if (path !== null) request.url = path;
      engine.app.handle(request, response);
    },
    handleUpgrade: (request, socket, head, next) => {
      const path = pathBelow(base, request.url ?? "");
      if (path === null && next !== undefined) return next();
      if (path !== null) request.url = path;
      engine.app.handleUpgrade(request, socket, head);
    },
    close: () => engine.close(),
  };
}

/** The rest of an address, with its slash; null when it does not lie below. */
function pathBelow(base: string, url: string): string | null {
  if (base === "") return url;
  if (!url.startsWith(base) || !/^(?:[/?]|$)/.test(url.slice(base.length))) return null;
  return url.slice(base.length).replace(/^(?!\/)/, "/");
}
