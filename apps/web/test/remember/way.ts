import { once } from "node:events";
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type ServerResponse,
} from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { pipeline } from "node:stream/promises";
import { setTimeout as delay } from "node:timers/promises";
import { type Slot, slotOf, type Travelled, TravelTally } from "./travelled.ts";

/** What the way does with requests. `down`: connections end at once. A status: answered on the way. */
export type Passage = "open" | "down" | { readonly status: number; readonly retryAfterSeconds?: number };

/** Answers pages of the test itself; false when the address is none of them. */
export type OwnPages = (path: string, response: ServerResponse) => boolean;

/** The network between browser and server: counts, slows down, cuts and refuses. */
export interface Way {
  /** `http://127.0.0.1:PORT`: the one address that the browser ever sees. */
  readonly url: string;
  /** All body bytes of chunks and one-shot files that the browser sent. */
  readonly upBytes: number;
  /** Requests about uploads, the refused ones too. */
  readonly attempts: number;
  travelled(uploadId: string): Travelled;
  /** Bytes a second upwards, all connections together; null: as fast as it goes. */
  limit(bytesPerSecond: number | null): void;
  /** What happens to requests for uploads from now on. Those under way are not touched. */
  set(passage: Passage): void;
  /** Ends all connections at once; what was not read from them is lost. */
  cut(): void;
  /** Calls once, as soon as so many bytes have travelled up in all. */
  whenUp(bytes: number, work: () => void): void;
  close(): Promise<void>;
}

const pieceBytes = 16_384;
/** Fields of one hop only. */
const hopHeaders = new Set(["connection", "keep-alive", "transfer-encoding"]);

/** @param target asked for each request: a server may come back somewhere else */
export async function openWay(target: () => string, ownPages: OwnPages): Promise<Way> {
  const way = new RunningWay(target, ownPages);
  await way.listen();
  return way;
}

class RunningWay implements Way {
  readonly #target: () => string;
  readonly #ownPages: OwnPages;
  readonly #sockets = new Set<Socket>();
  readonly #tally = new TravelTally();
  readonly #server = createServer({ keepAliveTimeout: 60_000, requestTimeout: 0 }, (request, response) => {
    void this.#answer(request, response);
  });
  #passage: Passage = "open";
  #bytesPerMs = Number.POSITIVE_INFINITY;
  #freeAt = 0;
  #upBytes = 0;
  #attempts = 0;
  #watches: { readonly bytes: number; readonly work: () => void }[] = [];

  constructor(target: () => string, ownPages: OwnPages) {
    this.#target = target;
    this.#ownPages = ownPages;
  }

  async listen(): Promise<void> {
    this.#server.on("connection", (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
    });
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get upBytes(): number {
    return this.#upBytes;
  }

  get attempts(): number {
    return this.#attempts;
  }

  travelled(uploadId: string): Travelled {
    return this.#tally.of(uploadId);
  }

  limit(bytesPerSecond: number | null): void {
    this.#bytesPerMs = bytesPerSecond === null ? Number.POSITIVE_INFINITY : bytesPerSecond / 1_000;
    this.#freeAt = 0;
  }

  set(passage: Passage): void {
    this.#passage = passage;
  }

  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  whenUp(bytes: number, work: () => void): void {
    this.#watches.push({ bytes, work });
  }

  async close(): Promise<void> {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await once(this.#server, "close");
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    request.on("error", () => undefined);
    response.on("error", () => undefined);
    const path = (request.url ?? "").split("?", 1)[0] ?? "";
    if (this.#ownPages(path, response)) return;
    try {
      if (path.startsWith("/uploads")) await this.#carry(request, response);
      else await this.#pass(request, response, null);
    } catch {
      request.socket.destroy();
    }
  }

  async #carry(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#attempts++;
    const passage = this.#passage;
    if (passage === "open") return this.#pass(request, response, slotOf(request));
    if (passage === "down") return void request.socket.destroy();
    if (passage.retryAfterSeconds !== undefined) response.setHeader("retry-after", passage.retryAfterSeconds);
    response.writeHead(passage.status, { "content-type": "text/plain", connection: "close" }).end("from the way");
  }

  async #pass(request: IncomingMessage, response: ServerResponse, slot: Slot | null): Promise<void> {
    const { hostname, port } = new URL(this.#target());
    const { method = "GET", url: path = "/" } = request;
    const upstream = httpRequest({ hostname, port, method, path, headers: endToEnd(request.headers), agent: false });
    const answered = once(upstream, "response") as Promise<[IncomingMessage]>;
    answered.catch(() => undefined);
    const onClose = () => void (response.writableFinished || upstream.destroy());
    response.on("close", onClose);
    const isUpload = slot !== null || (method === "POST" && path.startsWith("/uploads?"));
    await Promise.all([this.#pump(request, upstream, isUpload, slot), passAnswer(answered, response)]);
  }

  async #pump(
    request: IncomingMessage,
    upstream: ReturnType<typeof httpRequest>,
    isUpload: boolean,
    slot: Slot | null,
  ): Promise<void> {
    let fromByte = 0;
    for await (const data of request as AsyncIterable<Buffer>) {
      for (let at = 0; at < data.length; at += pieceBytes) {
        const piece = data.subarray(at, at + pieceBytes);
        if (isUpload) await this.#takeTurn(piece.length);
        if (request.destroyed && !request.complete) throw new Error("cut");
        if (isUpload) this.#count(piece.length);
        if (slot !== null) this.#tally.received(slot, fromByte, piece.length);
        fromByte += piece.length;
        if (upstream.destroyed) continue;
        if (slot !== null) this.#tally.forwarded(slot, piece.length);
        if (!upstream.write(piece)) await drained(upstream);
      }
    }
    upstream.end();
  }

  async #takeTurn(sizeBytes: number): Promise<void> {
    if (this.#bytesPerMs === Number.POSITIVE_INFINITY) return;
    this.#freeAt = Math.max(this.#freeAt, performance.now()) + sizeBytes / this.#bytesPerMs;
    await delay(Math.max(0, this.#freeAt - performance.now()));
  }

  #count(sizeBytes: number): void {
    this.#upBytes += sizeBytes;
    const due = this.#watches.filter(({ bytes }) => bytes <= this.#upBytes);
    if (due.length === 0) return;
    this.#watches = this.#watches.filter(({ bytes }) => bytes > this.#upBytes);
    for (const { work } of due) work();
  }
}

/** Resolves when more may be written, or when nothing ever will be. */
async function drained(upstream: ReturnType<typeof httpRequest>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  upstream.once("drain", resolve);
  upstream.once("close", resolve);
  await promise;
  upstream.off("drain", resolve);
  upstream.off("close", resolve);
}

async function passAnswer(answered: Promise<[IncomingMessage]>, response: ServerResponse): Promise<void> {
  const [answer] = await answered;
  response.writeHead(answer.statusCode ?? 502, endToEnd(answer.headers));
  await pipeline(answer, response);
}

function endToEnd(headers: OutgoingHttpHeaders): OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !hopHeaders.has(name)));
}
