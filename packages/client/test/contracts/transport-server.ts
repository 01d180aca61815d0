import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

/**
 * The server part of the transport contract: real sockets, and a misbehaviour under each address. The client part may
 * run in another process or in a browser, so what was seen here is asked for over HTTP too (`/seen`).
 */
export interface TransportServer {
  /** Ends with a slash. */
  readonly url: string;
  close(): Promise<void>;
}

interface Seen {
  readonly requests: number;
  /** Those of the whole server so far. */
  readonly connections: number;
}

type Behaviour = (call: Call) => Promise<void> | void;

interface Call {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly query: URLSearchParams;
  readonly seen: Seen;
}

const anyOrigin = {
  "access-control-allow-origin": "*",
  "access-control-allow-methods": "*",
  "access-control-allow-headers": "*",
  "access-control-expose-headers": "*",
};

export async function startTransportServer(): Promise<TransportServer> {
  const seen = new Map<string, Seen>();
  const connections = new Set<Socket>();
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "", "http://localhost");
    for (const [name, value] of Object.entries(anyOrigin)) response.setHeader(name, value);
    if (request.method === "OPTIONS") return void response.writeHead(204).end();
    if (pathname === "/seen")
      return void response.end(JSON.stringify(seen.get(searchParams.get("path") ?? "") ?? null));
    const current = { requests: (seen.get(pathname)?.requests ?? 0) + 1, connections: connections.size };
    seen.set(pathname, current);
    const behaviour = behaviours[pathname.split("/")[1] ?? ""] ?? (() => void response.writeHead(404).end());
    // A connection that breaks is what many behaviours are about.
    Promise.resolve(behaviour({ request, response, query: searchParams, seen: current })).catch(() => undefined);
  });
  server.on("connection", (socket) => connections.add(socket));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const close = async () => {
    server.close();
    for (const socket of connections) socket.destroy();
    await once(server, "close");
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, close };
}

async function readBody(
  { request }: Call,
  onPiece?: (sizeBytes: number) => Promise<void>,
): Promise<{ bodyBytes: number; sha256: string }> {
  const hash = createHash("sha256");
  let bodyBytes = 0;
  for await (const piece of request as AsyncIterable<Uint8Array>) {
    bodyBytes += piece.length;
    hash.update(piece);
    await onPiece?.(piece.length);
  }
  return { bodyBytes, sha256: hash.digest("hex") };
}

/** Resolves when `wantedBytes` of the body were read; the rest is left where it is. */
async function readSome({ request }: Call, wantedBytes: number): Promise<void> {
  let readBytes = 0;
  const enough = Promise.withResolvers<void>();
  request.on("data", (piece: Uint8Array) => {
    readBytes += piece.length;
    if (readBytes >= wantedBytes) enough.resolve();
  });
  request.on("close", () => enough.reject(new Error("gone")));
  await enough.promise;
}

const behaviours: Readonly<Record<string, Behaviour>> = {
  /** What was sent, as JSON. */
  echo: async (call) => {
    const body = await readBody(call);
    const { method, headers } = call.request;
    call.response.setHeader("content-type", "application/json");
    call.response.end(JSON.stringify({ method, headers, ...body, word: "Zoë ✓" }));
  },
  /** Status `code`, a `Retry-After` and a text. */
  status: async (call) => {
    await readBody(call);
    call.response.writeHead(Number(call.query.get("code")), { "retry-after": "7" });
    call.response.end(call.query.get("code") === "204" ? undefined : "the text");
  },
  /** 409 after `after` bytes of the body; the rest is read and thrown away. */
  early: async (call) => {
    await readSome(call, Number(call.query.get("after")));
    call.response.writeHead(409, { "content-type": "application/problem+json" }).end('{"code":"chunk_conflict"}');
  },
  /** 409 while the body is not read at all. */
  refuse: ({ request, response }) => {
    request.pause();
    response.writeHead(409).end('{"code":"chunk_conflict"}');
  },
  /** Reset after `after` bytes of the body, without an answer. */
  cut: async (call) => {
    await readSome(call, Number(call.query.get("after")));
    call.request.socket.resetAndDestroy();
  },
  /** The whole body is read, and the connection ends without an answer. */
  swallow: async (call) => {
    await readBody(call);
    call.request.socket.end();
  },
  /** The first half of an answer. */
  half: async (call) => {
    await readBody(call);
    call.response.writeHead(200, { "content-length": 100 }).write("half");
    setImmediate(() => call.request.socket.end());
  },
  /** The body is read, and then nothing happens. */
  silent: async (call) => {
    await readBody(call);
  },
  /** Nothing is read, and nothing said. */
  deaf: ({ request }) => {
    request.pause();
  },
  /** The body is read with pauses; all of it takes longer than a stall may. */
  slowly: async (call) => {
    let sinceBytes = 0;
    await readBody(call, async (pieceBytes) => {
      sinceBytes += pieceBytes;
      if (sinceBytes < 2 * 1_048_576) return;
      sinceBytes = 0;
      await delay(100);
    });
    call.response.end("done");
  },
  /** An answer in 20 pieces, 60 ms apart. */
  drip: async (call) => {
    await readBody(call);
    // Without its type a browser would hold the beginning back, to guess.
    call.response.writeHead(200, { "content-type": "application/json" });
    for (let piece = 0; piece < 20; piece++) {
      call.response.write(`${piece};`);
      await delay(60);
    }
    call.response.end();
  },
  /** Odd requests are answered, even ones find their connection broken. */
  broken: async (call) => {
    await readBody(call);
    if (call.seen.requests % 2 === 1) call.response.end("well");
    else call.request.socket.destroy();
  },
};
