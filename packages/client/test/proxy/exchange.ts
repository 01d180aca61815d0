import { type ClientRequest, request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import type { KindCounts } from "./counts.ts";
import type { Fault } from "./fault-plan.ts";

export interface ExchangeParts {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly target: URL;
  readonly counts: KindCounts;
  readonly random: () => number;
}

/** The faults after which nothing more comes. */
type Break = Extract<Fault, { kind: "cut" | "reset" | "black-hole" | "slow-close" }>;

/** A body that has to be held whole, for a copy or a flipped bit, is at most this long. */
const maxHeldBytes = 64 * 1_048_576;
/** Nobody waits for a copy's answer; it may take this long. */
const copyTimeoutMs = 5_000;
/** Fields of one hop only. */
const hopHeaders = new Set(["connection", "keep-alive", "transfer-encoding"]);

/** One request on its way to the server and back, and what goes wrong with it. */
export class Exchange {
  readonly #parts: ExchangeParts;
  readonly #lengthBytes: number;
  readonly #clientGone = new AbortController();

  constructor(parts: ExchangeParts) {
    this.#parts = parts;
    this.#lengthBytes = Number(parts.request.headers["content-length"] ?? 0);
    parts.response.on("close", () => this.#clientGone.abort());
    parts.request.on("error", () => undefined);
    parts.response.on("error", () => undefined);
  }

  /** Never rejects: what breaks here looks to both sides like a broken line, and that is all they are told. */
  async run(fault: Fault | null): Promise<void> {
    const { request } = this.#parts;
    const { socket } = request;
    // A request that was answered early never hears that its connection ended, and would wait for the rest.
    const end = () => request.destroy();
    socket.once("close", end);
    try {
      await this.#run(fault);
    } catch {
      socket.destroy();
    } finally {
      socket.off("close", end);
    }
  }

  async #run(fault: Fault | null): Promise<void> {
    if (fault === null) return this.#passOn();
    switch (fault.kind) {
      case "delay":
        await delay(fault.delayMs, undefined, { signal: this.#clientGone.signal });
        return this.#passOn();
      case "swallow":
        return this.#swallow();
      case "answer":
        return this.#answer(fault, fault.at ?? this.#parts.random());
      case "damage":
        return this.#damage();
      case "duplicate":
      case "damaged-duplicate":
        return this.#duplicate(fault.kind === "damaged-duplicate");
      default:
        return this.#breakOff(fault, fault.at ?? this.#parts.random());
    }
  }

  async #passOn(): Promise<void> {
    const upstream = this.#openUpstream();
    await Promise.all([this.#passAnswer(upstream), this.#passBody(upstream)]);
  }

  async #swallow(): Promise<void> {
    const upstream = this.#openUpstream();
    const [answer] = await Promise.all([awaitAnswer(upstream), this.#passBody(upstream)]);
    for await (const _ of answer);
    this.#parts.request.socket.destroy();
  }

  async #breakOff(fault: Break, share: number): Promise<void> {
    const { socket } = this.#parts.request;
    let upstream: ClientRequest | null = null;
    if (share > 0) {
      upstream = this.#openUpstream();
      upstream.on("error", () => undefined);
      upstream.on("response", (answer) => answer.resume());
      upstream.flushHeaders();
      await this.#pump(upstream, Math.floor(share * this.#lengthBytes));
      if (share === 1) upstream.end();
      await flushed(upstream);
    }
    if (fault.kind === "black-hole") return await goneOf(this.#clientGone.signal).then(() => void upstream?.destroy());
    if (fault.kind === "reset") {
      upstream?.socket?.resetAndDestroy();
      return void socket.resetAndDestroy();
    }
    upstream?.destroy();
    if (fault.kind === "slow-close") await delay(fault.delayMs, undefined, { signal: this.#clientGone.signal });
    socket.destroy();
  }

  /** An answer from the way, after a share of the body; the rest of it is read and thrown away. */
  async #answer({ status, retryAfterSeconds }: Extract<Fault, { kind: "answer" }>, share: number): Promise<void> {
    const { request, response } = this.#parts;
    let leftBytes = Math.floor(share * this.#lengthBytes);
    const reply = () => {
      if (retryAfterSeconds !== undefined) response.setHeader("retry-after", retryAfterSeconds);
      response.writeHead(status, { "content-type": "text/plain" }).end("from the way");
    };
    if (leftBytes === 0) reply();
    for await (const piece of this.#body()) {
      if (leftBytes > 0 && piece.length >= leftBytes) reply();
      leftBytes -= piece.length;
    }
    if (!request.complete) request.socket.destroy();
  }

  async #damage(): Promise<void> {
    const body = await this.#hold();
    this.#flipBit(body);
    const upstream = this.#openUpstream();
    const answered = this.#passAnswer(upstream);
    upstream.end(body);
    this.#parts.counts.forwardedBytes += body.length;
    await answered;
  }

  async #duplicate(isDamaged: boolean): Promise<void> {
    const body = await this.#hold();
    const copy = Buffer.from(body);
    if (isDamaged) this.#flipBit(copy);
    const sendCopy = async () => {
      const upstream = this.#request();
      upstream.setTimeout(copyTimeoutMs, () => upstream.destroy());
      const answer = awaitAnswer(upstream);
      upstream.end(copy);
      for await (const _ of await answer);
    };
    const sendOriginal = async () => {
      const upstream = this.#openUpstream();
      const answered = this.#passAnswer(upstream);
      upstream.end(body);
      this.#parts.counts.forwardedBytes += body.length;
      await answered;
    };
    // A damaged copy of JSON is another request, which nothing tells from a genuine one: it must not be the first.
    const isJson = this.#parts.request.headers["content-type"]?.includes("json") === true;
    const orders = isDamaged && isJson ? ["after"] : ["before", "together", "after"];
    const order = orders[Math.floor(this.#parts.random() * orders.length)];
    const unheard = () => sendCopy().catch(() => undefined);
    if (order === "before") await unheard();
    await Promise.all([order === "together" ? unheard() : null, sendOriginal()]);
    if (order === "after") await unheard();
  }

  #flipBit(body: Buffer): void {
    if (body.length === 0) return;
    const bit = Math.floor(this.#parts.random() * body.length * 8);
    body[bit >> 3] = (body[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  }

  async #hold(): Promise<Buffer> {
    if (this.#lengthBytes > maxHeldBytes) throw new RangeError("the body is too long to be held");
    const pieces: Uint8Array[] = [];
    for await (const piece of this.#body()) pieces.push(piece);
    if (!this.#parts.request.complete) throw new Error("the client went away");
    return Buffer.concat(pieces);
  }

  /** The client's body, counted. Leaving early does not end its connection. */
  async *#body(): AsyncGenerator<Uint8Array> {
    const { request, counts } = this.#parts;
    for await (const piece of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) {
      counts.receivedBytes += piece.length;
      yield piece;
    }
  }

  /** A request to the server that ends when the client goes away. */
  #openUpstream(): ClientRequest {
    const upstream = this.#request();
    this.#clientGone.signal.addEventListener("abort", () => upstream.destroy(), { once: true });
    return upstream;
  }

  #request(): ClientRequest {
    const { request, target } = this.#parts;
    const headers = { ...request.headers };
    for (const name of hopHeaders) delete headers[name];
    const { hostname, port } = target;
    const upstream = httpRequest({
      hostname,
      port,
      method: request.method ?? "GET",
      path: request.url ?? "/",
      headers,
      agent: false,
    });
    upstream.setNoDelay(true);
    return upstream;
  }

  async #passBody(upstream: ClientRequest): Promise<void> {
    await this.#pump(upstream, this.#lengthBytes);
    upstream.end();
  }

  /** Passes on at most `limitBytes` of the body, no faster than the server takes them. */
  async #pump(upstream: ClientRequest, limitBytes: number): Promise<void> {
    let leftBytes = limitBytes;
    if (leftBytes === 0) return;
    for await (const piece of this.#body()) {
      const part = piece.subarray(0, leftBytes);
      leftBytes -= part.length;
      if (!upstream.destroyed) {
        this.#parts.counts.forwardedBytes += part.length;
        await written(upstream, part);
      }
      if (leftBytes === 0) return;
    }
  }

  async #passAnswer(upstream: ClientRequest): Promise<void> {
    const { response } = this.#parts;
    const answer = await awaitAnswer(upstream);
    for (const [name, value] of Object.entries(answer.headers)) {
      if (value !== undefined && !hopHeaders.has(name)) response.setHeader(name, value);
    }
    response.writeHead(answer.statusCode ?? 502);
    for await (const piece of answer as AsyncIterable<Uint8Array>) {
      if (!response.write(piece)) await drained(response, this.#clientGone.signal);
    }
    response.end();
  }
}

function awaitAnswer(upstream: ClientRequest): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  upstream.on("response", resolve);
  upstream.on("error", reject);
  upstream.on("close", () => reject(new Error("the server ended the connection")));
  // Whoever pumps the body may fail first; that failure is the one that counts.
  promise.catch(() => undefined);
  return promise;
}

/** Resolves when the piece was handed to the kernel, or when it never will be. */
function written(upstream: ClientRequest, piece: Uint8Array): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  upstream.once("close", resolve);
  upstream.write(piece, () => {
    upstream.off("close", resolve);
    resolve();
  });
  return promise;
}

/** Resolves when everything written before has been handed to the kernel. */
async function flushed(upstream: ClientRequest): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  upstream.once("close", resolve);
  const check = () => {
    const { socket } = upstream;
    if (socket && !socket.connecting && socket.writableLength === 0 && upstream.writableLength === 0) resolve();
    else if (!upstream.destroyed) setImmediate(check);
  };
  check();
  await promise;
}

function drained(response: ServerResponse, gone: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  response.once("drain", resolve);
  gone.addEventListener("abort", () => resolve(), { once: true });
  return promise;
}

async function goneOf(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (signal.aborted) resolve();
  signal.addEventListener("abort", () => resolve(), { once: true });
  await promise;
}
