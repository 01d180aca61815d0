import type { IncomingMessage, ServerResponse } from "node:http";
import type { HawserError } from "@hawser/protocol";
import type { Clock } from "../ports/clock.ts";
import type { RawAnswer } from "./answers.ts";
import { IncomingBody, maxDrainedBytes } from "./body.ts";
import type { PeerWatch } from "./peer-watch.ts";

/** One request and its answer. */
export class Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly body: IncomingBody;
  /** Ends the connection after this answer. */
  closesConnection = false;
  #isBrokenOff = false;
  /** The peer waits for 100 before it sends its body. */
  #expectsContinue: boolean;
  readonly #watch: PeerWatch;
  readonly #clock: Clock;

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    expectsContinue: boolean,
    watch: PeerWatch,
    clock: Clock,
  ) {
    this.request = request;
    this.response = response;
    this.#expectsContinue = expectsContinue;
    this.#watch = watch;
    this.#clock = clock;
    this.body = new IncomingBody(request, watch, () => {
      if (this.#expectsContinue) response.writeContinue();
      this.#expectsContinue = false;
    });
  }

  /**
   * Sends a whole answer and resolves when the peer has it, or is gone. A body that was not read is drained within
   * bounds before the exchange ends: cutting the line at once could take the answer with it.
   */
  async send({ status, headers, body }: RawAnswer): Promise<void> {
    if (this.response.headersSent) return this.abort();
    const outstandingBytes = this.#expectsContinue ? 0 : this.body.outstandingBytes;
    if (this.#expectsContinue || outstandingBytes > maxDrainedBytes) this.closesConnection = true;
    const sizeBytes = Buffer.byteLength(body);
    if (sizeBytes > 0 || (status !== 204 && status !== 304)) this.response.setHeader("content-length", sizeBytes);
    this.writeHead(status, headers);
    const shown = this.request.method === "HEAD" ? "" : body;
    if (outstandingBytes === 0) return this.end(shown);
    if (shown.length > 0) this.response.write(shown);
    else this.response.flushHeaders();
    const drained = await this.body.drain(this.#clock);
    await this.end();
    if (!drained) this.request.socket.destroySoon();
  }

  writeHead(status: number, headers: Readonly<Record<string, string>>): void {
    if (this.closesConnection) this.response.setHeader("connection", "close");
    this.response.writeHead(status, headers);
  }

  /** Writes a piece of an answer; false when the peer is gone. The piece may be used again afterwards. */
  async write(piece: Uint8Array): Promise<boolean> {
    if (this.response.closed) return false;
    return this.#untilTaken(piece.length, (resolve) => {
      this.response.once("close", resolve);
      this.response.write(piece, () => {
        this.response.off("close", resolve);
        resolve();
      });
    });
  }

  /** Ends the answer and waits until the peer has taken it or is gone. A text leaves together with the head. */
  async end(payload: string | Uint8Array = ""): Promise<void> {
    if (this.response.closed) return;
    await this.#untilTaken(payload.length, (resolve) => {
      this.response.once("close", resolve);
      this.response.end(payload);
    });
  }

  /** Nothing that can be read will come any more: the body ends here if it was not whole, and the answer is the last. */
  breakOff(reason: HawserError): void {
    if (this.#isBrokenOff) return;
    this.#isBrokenOff = true;
    this.closesConnection = true;
    this.response.once("close", () => this.request.socket.destroySoon());
    if (!this.request.complete) this.body.breakOff(reason);
  }

  /** Cuts the connection: the answer that was begun cannot be finished. */
  abort(): void {
    this.response.destroy();
  }

  async #untilTaken(sizeBytes: number, begin: (resolve: () => void) => void): Promise<boolean> {
    const wait = this.#watch.write(sizeBytes, () => this.abort());
    await new Promise<void>(begin);
    this.#watch.done(wait);
    return !this.response.destroyed || this.response.writableFinished;
  }
}
