import type { IncomingMessage } from "node:http";
import { HawserError } from "@hawser/protocol";
import type { Body } from "../ports/byte-room.ts";
import type { Clock } from "../ports/clock.ts";
import type { BodyWait, PeerWatch } from "./peer-watch.ts";

/** What is read of a body after its answer, so that the peer gets to read the answer before the line is cut. */
export const maxDrainedBytes = 8 * 1_048_576;
const maxDrainMs = 5_000;

/**
 * The body of one request. Reading it never ends the connection; a broken line, a peer that is too slow and
 * `cancel` make the iteration throw a HawserError.
 */
export class IncomingBody implements Body {
  /** `Content-Length`; null when it is absent or not a number. */
  readonly lengthBytes: number | null;
  readonly #request: IncomingMessage;
  readonly #watch: PeerWatch;
  readonly #onFirstRead: () => void;
  #wait: BodyWait | null = null;
  #receivedBytes = 0;
  #failure: HawserError | null = null;
  #isBroken = false;
  #change = Promise.withResolvers<void>();

  /** `onFirstRead` is called before the first byte is asked for: the moment to answer `Expect: 100-continue`. */
  constructor(request: IncomingMessage, watch: PeerWatch, onFirstRead: () => void = () => undefined) {
    const length = Number(request.headers["content-length"] ?? Number.NaN);
    this.lengthBytes = Number.isSafeInteger(length) ? length : null;
    this.#request = request;
    this.#watch = watch;
    this.#onFirstRead = onFirstRead;
  }

  /** Whether the request has a body at all. */
  get exists(): boolean {
    return (this.lengthBytes ?? 0) > 0 || this.#request.headers["transfer-encoding"] !== undefined;
  }

  get receivedBytes(): number {
    return this.#receivedBytes;
  }

  /** Bytes that the peer has not sent yet, as far as is known. */
  get outstandingBytes(): number {
    if (!this.exists || this.#isBroken || this.#request.complete || this.#request.destroyed) return 0;
    return this.lengthBytes === null ? Number.POSITIVE_INFINITY : this.lengthBytes - this.#receivedBytes;
  }

  cancel(reason: HawserError): void {
    this.#failure ??= reason;
    this.#wake();
  }

  /** No more of it will come; what was received can still be read. */
  breakOff(reason: HawserError): void {
    this.#isBroken = true;
    this.cancel(reason);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    this.#start();
    while (this.#failure === null || this.#isBroken) {
      const piece = this.#read();
      if (piece !== null) yield piece;
      else if (this.#isBroken) break;
      else if (this.#request.readableEnded) return;
      else if (this.#request.destroyed) throw new HawserError("run_incomplete", { detail: "The connection broke." });
      else await this.#changed();
    }
    throw this.#failure;
  }

  /** Reads and drops what is left, within bounds; whether the whole body was read. */
  async drain(clock: Clock): Promise<boolean> {
    this.#start();
    const timer = new AbortController();
    let late = false;
    const deadline = clock.sleep(maxDrainMs, timer.signal).then(
      () => {
        late = true;
        this.#wake();
      },
      () => undefined,
    );
    const limit = this.#receivedBytes + maxDrainedBytes;
    try {
      while (!late && this.#receivedBytes <= limit) {
        if (this.#read() !== null) continue;
        if (this.#request.readableEnded) return true;
        if (this.#isBroken || this.#request.destroyed) return false;
        await this.#changed();
      }
      return false;
    } finally {
      timer.abort();
      await deadline;
    }
  }

  /** Lets go of the request; the body is not read any more. */
  release(): void {
    if (this.#wait === null) return;
    this.#watch.done(this.#wait);
    for (const event of changes) this.#request.off(event, this.#wake);
  }

  readonly #wake = (): void => {
    this.#change.resolve();
    this.#change = Promise.withResolvers();
  };

  #start(): void {
    if (this.#wait !== null) return;
    this.#onFirstRead();
    this.#wait = this.#watch.body(() => this.cancel(new HawserError("request_timeout")));
    for (const event of changes) this.#request.on(event, this.#wake);
  }

  #read(): Uint8Array | null {
    const piece = this.#request.read() as Buffer | null;
    if (piece !== null) {
      this.#receivedBytes += piece.length;
      this.#wait?.count(piece.length);
    }
    return piece;
  }

  async #changed(): Promise<void> {
    this.#wait?.begin();
    await this.#change.promise;
    this.#wait?.end();
  }
}

/** Events after which reading may go on or has ended. A broken line is a normal event: it is told by `close`. */
const changes = ["readable", "end", "error", "close"] as const;

/**
 * A JSON body as text.
 * @throws HawserError `body_too_long`, `invalid_request` (not UTF-8)
 */
export async function readText(body: IncomingBody, maxBytes: number): Promise<string> {
  if ((body.lengthBytes ?? 0) > maxBytes) throw new HawserError("body_too_long");
  const pieces: Uint8Array[] = [];
  for await (const piece of body) {
    pieces.push(piece);
    if (body.receivedBytes > maxBytes) throw new HawserError("body_too_long");
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(pieces));
  } catch {
    throw new HawserError("invalid_request", { detail: "The body is not UTF-8." });
  }
}
