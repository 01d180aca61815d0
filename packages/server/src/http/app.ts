import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { HawserError, headers as names, limits } from "@hawser/protocol";
import type { Authenticate } from "../ports/authenticate.ts";
import type { ByteRoom } from "../ports/byte-room.ts";
import type { Clock } from "../ports/clock.ts";
import type { ApiRequest, FactsThread } from "../ports/facts.ts";
import { type Answer, causeToLog, problemAnswer } from "./answers.ts";
import { readText } from "./body.ts";
import { Exchange } from "./exchange.ts";
import { sendFile } from "./files.ts";
import { corsHeaders, type GuardOptions, guardRequest } from "./guard.ts";
import { receiveOneShot, receiveRun, refuseContentEncoding } from "./native.ts";
import { type PeerLimits, PeerWatch } from "./peer-watch.ts";

/** What the app says to the operator; a pino logger is one. */
export interface AppLog {
  debug(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface AppParts {
  readonly room: ByteRoom;
  readonly facts: FactsThread;
  readonly authenticate: Authenticate;
  readonly clock: Clock;
  readonly log: AppLog;
  readonly guard: GuardOptions;
  readonly peers: PeerLimits;
}

/** The HTTP side of the byte thread: it answers for bytes itself and passes everything else to the facts thread. */
export interface App {
  /** Listener for `request`. */
  readonly handle: (request: IncomingMessage, response: ServerResponse) => void;
  /** Listener for `checkContinue`: the body is asked for only once it is wanted. */
  readonly handleExpecting: (request: IncomingMessage, response: ServerResponse) => void;
  /** From now on every new request gets 503 and loses its connection. */
  refuse(): void;
  /** Resolves when no request is in flight, at the latest after `maxMs`. */
  idle(maxMs: number): Promise<void>;
  /** Ends what runs beside the requests. */
  close(): Promise<void>;
}

export function createApp(parts: AppParts): App {
  const { clock, guard, log } = parts;
  const watch = new PeerWatch(clock, parts.peers);
  const stop = new AbortController();
  const watching = watch.run(stop.signal);
  let refusing = false;
  let inFlight = 0;
  let onIdle = Promise.withResolvers<void>();

  async function answer(exchange: Exchange): Promise<void> {
    const { request, response } = exchange;
    const origin = guardRequest({ method: request.method ?? "", host: request.headers.host, ...originOf(request) }, guard);
    const preflight = request.method === "OPTIONS" && request.headers["access-control-request-method"] !== undefined;
    for (const [name, value] of Object.entries(corsHeaders(origin, preflight, guard))) response.setHeader(name, value);
    if (preflight && origin === null) throw new HawserError("origin_forbidden");
    if (preflight) return exchange.send({ status: 204, headers: {}, body: "" });
    if (refusing) throw new HawserError("unavailable", { detail: "The server is stopping.", retryAfterSeconds: 1 });
    const { owner } = await parts.authenticate(request);
    await dispatch(parts, owner, exchange);
  }

  async function serve(exchange: Exchange): Promise<void> {
    const { request, response } = exchange;
    const startedAt = clock.monotonic();
    response.setHeader("x-content-type-options", "nosniff");
    if (refusing) exchange.closesConnection = true;
    try {
      await answer(exchange);
    } catch (thrown) {
      const cause = causeToLog(thrown);
      if (cause !== undefined) log.error({ err: cause, method: request.method, path: pathOf(request) }, "request failed");
      if (HawserError.from(thrown).code === "request_timeout") exchange.closesConnection = true;
      await exchange.send(problemAnswer(thrown));
    } finally {
      exchange.body.release();
    }
    const tookMs = Math.round(clock.monotonic() - startedAt);
    log.debug({ method: request.method, path: pathOf(request), status: response.statusCode, tookMs }, "request");
  }

  function begin(request: IncomingMessage, response: ServerResponse, expectsContinue: boolean): void {
    inFlight++;
    serve(new Exchange(request, response, expectsContinue, watch, clock))
      .catch((error: unknown) => {
        log.error({ err: error }, "answering failed");
        response.destroy();
      })
      .finally(() => {
        if (--inFlight > 0) return;
        onIdle.resolve();
        onIdle = Promise.withResolvers();
      });
  }

  return {
    handle: (request, response) => begin(request, response, false),
    handleExpecting: (request, response) => begin(request, response, true),
    refuse: () => {
      refusing = true;
    },
    idle: async (maxMs) => {
      if (inFlight === 0) return;
      const timer = new AbortController();
      await Promise.race([onIdle.promise, clock.sleep(maxMs, timer.signal).catch(() => undefined)]);
      timer.abort();
    },
    close: async () => {
      stop.abort();
      await watching;
    },
  };
}

const chunksPath = /^\/uploads\/([^/]+)\/chunks\/([^/]+)$/;
const filePath = /^\/files\/([^/]+)$/;

/** Bytes are answered for here; all else, and every method that does not fit, is the facts thread's. */
async function dispatch({ room, facts }: AppParts, owner: string, exchange: Exchange): Promise<void> {
  const { request, body } = exchange;
  const { method = "", headers } = request;
  const path = pathOf(request);
  const query = (request.url ?? "").slice(path.length + 1);
  if (method === "PUT" || method === "POST") {
    const [, id, run] = chunksPath.exec(path) ?? [];
    if (id !== undefined && run !== undefined) {
      return exchange.send(await receiveRun({ room, facts }, owner, { id, run }, headers, body));
    }
    if (method === "POST" && path === "/uploads") {
      return exchange.send(await receiveOneShot(room, owner, query, headers, body));
    }
  } else if (method === "GET" || method === "HEAD") {
    const [, id] = filePath.exec(path) ?? [];
    if (id !== undefined) return sendFile({ room, facts }, owner, id, exchange);
  }
  return exchange.send(await askFacts(facts, { owner, method, path, query }, exchange));
}

async function askFacts(
  facts: FactsThread,
  target: Pick<ApiRequest, "owner" | "method" | "path" | "query">,
  { request, body }: Exchange,
): Promise<Answer> {
  refuseContentEncoding(request.headers);
  const text = body.exists ? await readText(body, limits.maxJsonBytes) : null;
  const headers: Record<string, string> = {};
  for (const name of passedHeaders) {
    const value = request.headers[name];
    if (typeof value === "string") headers[name] = value;
  }
  return facts.handleApi({ ...target, headers, body: text });
}

/** What the JSON API reads of the headers. */
const passedHeaders = ["content-type", "host", names.idempotencyKey] as const;

function pathOf(request: IncomingMessage): string {
  const url = request.url ?? "";
  const mark = url.indexOf("?");
  return mark < 0 ? url : url.slice(0, mark);
}

function originOf({ headers }: IncomingMessage): { origin: string | undefined } {
  return { origin: headers.origin };
}

/** Connections at once; more are closed by the system's listener. */
const maxConnections = 8_192;

/** A `node:http` server with the limits that long uploads and hostile peers need. */
export function createHttpServer(app: App): Server {
  const server = createServer({
    // A body may take as long as its peer keeps to the least rate, which the app watches.
    requestTimeout: 0,
    headersTimeout: 15_000,
    keepAliveTimeout: 65_000,
    connectionsCheckingInterval: 5_000,
    keepAlive: true,
    keepAliveInitialDelay: 60_000,
    noDelay: true,
  });
  server.maxConnections = maxConnections;
  server.on("request", app.handle);
  server.on("checkContinue", app.handleExpecting);
  return server;
}
