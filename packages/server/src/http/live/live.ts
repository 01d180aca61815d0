import { randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { HawserError, liveLimits, type TicketResponse } from "@hawser/protocol";
import { WebSocketServer } from "ws";
import type { Clock } from "../../ports/clock.ts";
import type { Bell, LiveFacts, Rejection } from "../../ports/live.ts";
import { causeToLog, problemAnswer } from "../answers.ts";
import type { Exchange } from "../exchange.ts";
import { parseQuery } from "../fields.ts";
import { type GuardOptions, guardRequest } from "../guard.ts";
import { answerSocket } from "../raw-answer.ts";
import { noContent } from "../routes.ts";
import { Hub } from "./hub.ts";
import { Lifeline } from "./lifeline.ts";
import { SocketLine } from "./socket-line.ts";
import { StreamLine } from "./stream-line.ts";
import { isOver, readAfter, streamHeaders } from "./stream-request.ts";
import { Tickets } from "./tickets.ts";

export interface LiveParts {
  readonly facts: LiveFacts;
  readonly clock: Clock;
  readonly guard: GuardOptions;
  readonly log: { error(fields: object, message: string): void };
}

/** Tells watchers what happens to uploads: over WebSockets, and as server-sent events. */
export interface Live {
  /** @throws HawserError `too_many_requests` */
  giveTicket(owner: string): TicketResponse;
  /** Answers a handshake at `/live`; everything else that wants another protocol is refused. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /**
   * Answers with the events of one upload. Resolves when the answer has begun: it goes on by itself.
   * @throws HawserError when nothing was answered yet
   */
  stream(owner: string, id: string, query: string, exchange: Exchange): Promise<void>;
  /** The facts thread has news. */
  ring(bell: Bell): void;
  /** A chunk was not taken. */
  reject(rejection: Rejection): void;
  /** Ends all connections and takes no new ones. */
  refuse(): void;
  /** Waits for their end. */
  close(): Promise<void>;
}

export function createLive({ facts, clock, guard, log }: LiveParts): Live {
  const tickets = new Tickets(clock, () => randomBytes(24).toString("base64url"));
  const hub = new Hub(facts, clock, (err) => log.error({ err }, "telling watchers failed"));
  const lifeline = new Lifeline(clock, () => hub.refresh());
  const sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: liveLimits.maxFrameBytes,
    maxFragments: 64,
    maxBufferedChunks: 1_024,
  });
  sockets.on("wsClientError", (error, socket) =>
    refuse(socket, new HawserError("invalid_request", { detail: error.message })),
  );
  let isRefusing = false;

  function assertOpen(): void {
    if (isRefusing) throw new HawserError("unavailable", { detail: "The server is stopping.", retryAfterSeconds: 1 });
  }

  function end(): void {
    isRefusing = true;
    lifeline.end();
  }

  return {
    giveTicket: (owner) => tickets.give(owner),
    upgrade(request, socket, head) {
      socket.on("error", () => socket.destroy());
      try {
        const { host, origin } = request.headers;
        // A handshake is a GET, yet what it opens can be read by the page that asked: foreign ones are refused.
        guardRequest({ method: "CONNECT", host, origin }, guard);
        assertOpen();
        const owner = tickets.use(readTicket(request.url ?? ""));
        hub.admit(owner);
        sockets.handleUpgrade(request, socket, head, (webSocket) => {
          lifeline.add(new SocketLine(webSocket, hub, owner, clock));
        });
      } catch (thrown) {
        const err = causeToLog(thrown);
        if (err !== undefined) log.error({ err }, "a handshake failed");
        refuse(socket, thrown);
      }
    },
    async stream(owner, id, query, exchange) {
      assertOpen();
      const after = readAfter(query, exchange.request.headers["last-event-id"] as string | undefined);
      // At a 204 browsers ask no more.
      if (await isOver(hub.facts, { owner, id, after })) return exchange.send(noContent);
      assertOpen();
      hub.admit(owner);
      if (exchange.response.closed) return;
      exchange.writeHead(200, streamHeaders);
      exchange.response.flushHeaders();
      const line = new StreamLine(exchange.response, hub, owner, clock);
      lifeline.add(line);
      line.begin(id, after);
    },
    ring: (bell) => hub.ring(bell),
    reject: (rejection) => hub.reject(rejection),
    refuse: end,
    async close() {
      end();
      await lifeline.close();
      await hub.close();
    },
  };
}

/** @throws HawserError `not_found` for another address than `/live`, `unauthorized` without a ticket */
function readTicket(url: string): string {
  const [path, query = ""] = url.split("?", 2);
  if (path !== "/live") throw new HawserError("not_found");
  const { ticket } = parseQuery(query);
  if (ticket === undefined)
    throw new HawserError("unauthorized", { detail: "A ticket of POST /live/tickets is missing." });
  return ticket;
}

function refuse(socket: Duplex, thrown: unknown): void {
  answerSocket(socket, problemAnswer(thrown));
}
