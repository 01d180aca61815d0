import { Agent, type ClientRequest, request as httpRequest, type IncomingMessage } from "node:http";
import { setImmediate as nextTurn } from "node:timers/promises";

/** The connection ended without an answer: what became of the request is unknown. */
export class NoAnswerError extends Error {
  override readonly name = "NoAnswerError";
}

export interface Call {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Bytes as they are; anything else as JSON. */
  readonly body?: unknown;
  /** Told of each piece of the body once the system has taken it; the next one waits for it. */
  readonly onSent?: (sizeBytes: number) => Promise<void>;
}

/** An answer that came whole. */
export class Answer {
  readonly status: number;
  readonly body: Buffer;

  constructor(status: number, body: Buffer) {
    this.status = status;
    this.body = body;
  }

  /** The body as the JSON that the caller knows it to be. */
  json<T>(): T {
    return JSON.parse(this.body.toString()) as T;
  }

  toString(): string {
    return `${this.status} ${this.body.subarray(0, 500)}`;
  }
}

const pieceBytes = 65_536;

/** Plain HTTP to one server, until it dies. */
export class Client {
  readonly #url: string;
  readonly #agent = new Agent({ keepAlive: true });

  constructor(url: string) {
    this.#url = url;
  }

  /** @throws NoAnswerError */
  async send(call: Call): Promise<Answer> {
    const { request, body } = this.#begin(call);
    const answer = answerTo(request);
    // It is awaited only after the body; until then its failure is nobody's.
    answer.catch(() => undefined);
    await write(request, body, call.onSent);
    request.end();
    return await answer;
  }

  /** Announces the whole body, sends its first `cutAfterBytes` and cuts the line. */
  async sendAndCut(call: Call, cutAfterBytes: number): Promise<void> {
    const { request, body } = this.#begin(call);
    answerTo(request).catch(() => undefined);
    await write(request, body.subarray(0, cutAfterBytes), call.onSent);
    request.destroy();
  }

  get(path: string): Promise<Answer> {
    return this.send({ method: "GET", path });
  }

  close(): void {
    this.#agent.destroy();
  }

  #begin({ method, path, headers = {}, body }: Call): { request: ClientRequest; body: Uint8Array } {
    const isJson = body !== undefined && !(body instanceof Uint8Array);
    const bytes = isJson ? Buffer.from(JSON.stringify(body)) : ((body as Uint8Array | undefined) ?? Buffer.alloc(0));
    const described = {
      ...headers,
      ...(isJson ? { "content-type": "application/json" } : {}),
      ...(body === undefined ? {} : { "content-length": String(bytes.length) }),
    };
    const request = httpRequest(`${this.#url}${path}`, { method, headers: described, agent: this.#agent });
    return { request, body: bytes };
  }
}

/**
 * Writes piece by piece, each after the one before was taken and the other lines had their turn; stops where the line
 * has ended.
 */
async function write(request: ClientRequest, body: Uint8Array, onSent: Call["onSent"]): Promise<void> {
  // A line that never came about forgets to tell of the pieces that waited for it.
  const closed = new Promise<boolean>((resolve) => request.once("close", () => resolve(false)));
  for (let at = 0; at < body.length && !request.destroyed; at += pieceBytes) {
    const piece = body.subarray(at, at + pieceBytes);
    const taken = new Promise<boolean>((resolve) => {
      request.write(piece, (error) => resolve(error === undefined || error === null));
    });
    if (await Promise.race([taken, closed])) await onSent?.(piece.length);
    await nextTurn();
  }
}

function answerTo(request: ClientRequest): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const fail = (cause: unknown) => reject(new NoAnswerError("no answer came", { cause }));
    request.on("error", fail);
    request.on("close", fail);
    request.on("response", (response: IncomingMessage) => {
      const pieces: Buffer[] = [];
      response.on("data", (piece: Buffer) => pieces.push(piece));
      response.on("error", fail);
      response.on("end", () => resolve(new Answer(response.statusCode as number, Buffer.concat(pieces))));
    });
  });
}
