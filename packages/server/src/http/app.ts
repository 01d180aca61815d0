import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { HawserError } from "@hawser/protocol";
import type { Clock } from "../ports/clock.ts";
import { causeToLog, problemAnswer } from "./answers.ts";
import { type Answering, answerRequest, pathOf } from "./dispatch.ts";
import { Exchange } from "./exchange.ts";
import { InFlight } from "./in-flight.ts";
import type { Live } from "./live/live.ts";
import { reasonOf, refuseMalformed } from "./malformed.ts";
import { type PeerLimits, PeerWatch } from "./peer-watch.ts";

/** What the app says to the operator; a pino logger is one. */
interface AppLog {
  debug(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface AppParts extends Answering {
  readonly live: Live;
  readonly clock: Clock;
  readonly log: AppLog;
  readonly peers: PeerLimits;
}

/** The HTTP side of the byte thread: it answers for bytes itself and passes everything else to the facts thread. */
export interface App {
  /** Listener for `request`. */
  readonly handle: (request: IncomingMessage, response: ServerResponse) => void;
  /** Listener for `checkContinue`: the body is asked for only once it is wanted. */
  readonly handleExpecting: (request: IncomingMessage, response: ServerResponse) => void;
  /** Listener for `upgrade`: a WebSocket to `/live`. */
  readonly handleUpgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  /** Listener for `clientError`: what came is no request, or not in time. */
  readonly handleMalformed: (error: Error, socket: Duplex) => void;
  /** From now on every new request gets 503 and loses its connection. Watchers are told to come back later. */
  refuse(): void;
  /** Resolves when no request is in flight, at the latest after `maxMs`. */
  idle(maxMs: number): Promise<void>;
  /** Ends what runs beside the requests. */
  close(): Promise<void>;
}

export function createApp(parts: AppParts): App {
  const { clock, log } = parts;
  const watch = new PeerWatch(clock, parts.peers);
  const stop = new AbortController();
  const watching = watch.run(stop.signal);
  const inFlight = new InFlight(clock);
  /** The newest request of each connection. */
  const newest = new WeakMap<Duplex, Exchange>();
  let refusing = false;

  async function serve(exchange: Exchange): Promise<void> {
    const { request, response } = exchange;
    const startedAt = clock.monotonic();
    response.setHeader("x-content-type-options", "nosniff");
    if (refusing) exchange.closesConnection = true;
    try {
      await answerRequest(parts, exchange, refusing);
    } catch (thrown) {
      const err = causeToLog(thrown);
      if (err !== undefined) log.error({ err, method: request.method, path: pathOf(request) }, "request failed");
      if (HawserError.from(thrown).code === "request_timeout") exchange.closesConnection = true;
      await exchange.send(problemAnswer(thrown));
    } finally {
      exchange.body.release();
    }
    const tookMs = Math.round(clock.monotonic() - startedAt);
    log.debug({ method: request.method, path: pathOf(request), status: response.statusCode, tookMs }, "request");
  }

  function begin(request: IncomingMessage, response: ServerResponse, expectsContinue: boolean): void {
    const exchange = new Exchange(request, response, expectsContinue, watch, clock);
    newest.set(request.socket, exchange);
    inFlight.own(serve(exchange), (err) => {
      log.error({ err }, "answering failed");
      exchange.abort();
    });
  }

  return {
    handle: (request, response) => begin(request, response, false),
    handleExpecting: (request, response) => begin(request, response, true),
    handleUpgrade: (request, socket, head) => parts.live.upgrade(request, socket, head),
    handleMalformed: (error, socket) => {
      const exchange = newest.get(socket);
      if (exchange === undefined || exchange.response.closed) refuseMalformed(error, socket);
      else exchange.breakOff(reasonOf(error));
    },
    refuse: () => {
      refusing = true;
      parts.live.refuse();
    },
    idle: (maxMs) => inFlight.idle(maxMs),
    close: async () => {
      stop.abort();
      await Promise.all([watching, parts.live.close()]);
    },
  };
}

/** Connections at once; more are closed by the system's listener. */
const maxConnections = 8_192;

/** A `node:http` server with the limits that long uploads and hostile peers need. */
export function createHttpServer(app: App): Server {
  const server = createServer({
    // What waits of each body that nobody reads just now, because memory is short: one piece, not two.
    highWaterMark: 16_384,
    // A body may take as long as its peer keeps to the least rate, which the app watches.
    requestTimeout: 0,
    headersTimeout: 15_000,
    keepAliveTimeout: 65_000,
    connectionsCheckingInterval: 5_000,
    keepAlive: true,
    keepAliveInitialDelay: 60_000,
    noDelay: true,
    // The guard refuses a request without Host, with a problem document.
    requireHostHeader: false,
    // Other protocols than this one are asked for in vain, and the request is answered like any.
    shouldUpgradeCallback: ({ headers }) => headers.upgrade?.toLowerCase() === "websocket",
  });
  server.maxConnections = maxConnections;
  server.on("request", app.handle);
  server.on("checkContinue", app.handleExpecting);
  // Other expectations are headers like any that nobody knows.
  server.on("checkExpectation", app.handle);
  server.on("upgrade", app.handleUpgrade);
  server.on("clientError", app.handleMalformed);
  return server;
}
