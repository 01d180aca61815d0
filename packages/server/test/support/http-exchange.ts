import { connect, type Socket } from "node:net";
import { type ErrorCode, isErrorCode } from "@hawser/protocol";

/** One answer as it came over the line. */
export interface WireAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface WireRequest {
  readonly method?: string;
  /** Sent as it is. */
  readonly target: string;
  /** Sent as they are, beside `Host`, `Connection: close` and, with a body, `Content-Length`; null leaves one out. */
  readonly headers?: Readonly<Record<string, string | readonly string[] | null>>;
  readonly body?: Uint8Array | string;
}

/** The bytes of a request, which nobody has put in order: servers have to stand what clients send. */
export function formatRequest({ method = "GET", target, headers = {}, body }: WireRequest): Buffer {
  const bytes = Buffer.from(body ?? "");
  const fields: Record<string, string | readonly string[] | null> = {
    host: "localhost",
    connection: "close",
    ...(body === undefined ? {} : { "content-length": String(bytes.length) }),
    ...headers,
  };
  const lines = Object.entries(fields).flatMap(([name, values]) =>
    [values].flat().flatMap((value) => (value === null ? [] : [`${name}: ${value}`])),
  );
  return Buffer.concat([
    Buffer.from(`${[`${method} ${target} HTTP/1.1`, ...lines].join("\r\n")}\r\n\r\n`, "latin1"),
    bytes,
  ]);
}

/** A connection on which bytes go out as a test says, and answers are read from what comes back. */
export class Wire {
  readonly #socket: Socket;
  readonly #pieces: Buffer[] = [];
  readonly #closed: Promise<void>;
  readonly #watchers = new Set<() => void>();
  #isClosed = false;

  constructor(port: number) {
    this.#socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    this.#socket.on("data", (piece: Buffer) => {
      this.#pieces.push(piece);
      this.#changed();
    });
    this.#socket.on("error", () => undefined);
    this.#socket.on("end", () => this.#socket.end());
    this.#closed = new Promise((resolve) =>
      this.#socket.once("close", () => {
        this.#isClosed = true;
        this.#changed();
        resolve();
      }),
    );
  }

  /** Resolves when the system has taken the bytes, or the connection is gone. */
  async write(bytes: Uint8Array | string): Promise<void> {
    await Promise.race([new Promise<void>((resolve) => this.#socket.write(bytes, () => resolve())), this.#closed]);
  }

  /** Says that nothing more will come; answers are still read. */
  end(): void {
    this.#socket.end();
  }

  /** Cuts the connection as a broken line does. */
  cut(): void {
    this.#socket.resetAndDestroy();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** Everything that came until the server closed the connection. */
  async untilClosed(): Promise<Buffer> {
    await this.#closed;
    return Buffer.concat(this.#pieces);
  }

  /** All answers until the server closed the connection. */
  async answers(method = "GET"): Promise<WireAnswer[]> {
    return parseAnswers(await this.untilClosed(), method);
  }

  /** The next whole answer after the first `skipped`, as soon as it is there. */
  async answer(skipped = 0, method = "GET"): Promise<WireAnswer> {
    for (;;) {
      const found = parseAnswers(Buffer.concat(this.#pieces), method)[skipped];
      if (found !== undefined) return found;
      if (this.#isClosed) throw new Error(`The line ended without an answer: ${Buffer.concat(this.#pieces)}`);
      await new Promise<void>((resolve) => this.#watchers.add(resolve));
    }
  }

  #changed(): void {
    for (const resolve of this.#watchers) resolve();
    this.#watchers.clear();
  }
}

/** Sends one request on a connection of its own and reads its answer. */
export async function exchange(port: number, request: WireRequest): Promise<WireAnswer> {
  const wire = new Wire(port);
  try {
    // The server may answer and close before it has taken the body.
    const sent = wire.write(formatRequest(request));
    const answer = await wire.answer(0, request.method);
    await sent;
    return answer;
  } finally {
    wire.destroy();
  }
}

/** The whole answers in what came, 1xx left out. What comes after HEAD has no body. */
export function parseAnswers(bytes: Buffer, method: string): WireAnswer[] {
  const answers: WireAnswer[] = [];
  let at = 0;
  for (;;) {
    const headEnd = bytes.indexOf("\r\n\r\n", at);
    if (headEnd < 0) return answers;
    const [statusLine = "", ...lines] = bytes.subarray(at, headEnd).toString("latin1").split("\r\n");
    const status = Number(/^HTTP\/1\.1 ([0-9]{3}) /.exec(statusLine)?.[1]);
    if (Number.isNaN(status)) throw new Error(`No status line: ${statusLine}`);
    const headers = Object.fromEntries(
      lines.map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 1).trim()]),
    );
    const hasBody = status >= 200 && status !== 204 && status !== 304 && method !== "HEAD";
    const bodyBytes = hasBody ? Number(headers["content-length"] ?? 0) : 0;
    const bodyEnd = headEnd + 4 + bodyBytes;
    if (bytes.length < bodyEnd) return answers;
    if (status >= 200) answers.push({ status, headers, body: bytes.subarray(headEnd + 4, bodyEnd) });
    at = bodyEnd;
  }
}

/** The code of a problem document; undefined when the answer is none, or not as RFC 9457 and the protocol want it. */
export function codeOf({ status, headers, body }: WireAnswer): ErrorCode | undefined {
  if (headers["content-type"] !== "application/problem+json") return undefined;
  const problem = JSON.parse(body.toString()) as { status?: number; code?: string; title?: string; type?: string };
  const isWhole = problem.status === status && typeof problem.title === "string" && typeof problem.type === "string";
  return isWhole && problem.code !== undefined && isErrorCode(problem.code) ? problem.code : undefined;
}
