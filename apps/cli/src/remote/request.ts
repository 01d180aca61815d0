import { once } from "node:events";
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { type ErrorDetails, HawserError, headers, isErrorCode, type Problem } from "@hawser/protocol";

/** The largest JSON answer: a full page of a manifest is about 5 MB. */
const maxAnswerBytes = 32 * 1_048_576;

export interface RemoteRequest {
  readonly method: string;
  /** Below the server's base address, without a leading slash, encoded. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** Silence of the line, in milliseconds, after which the request is broken off; 30 s unless given. */
  readonly idleMs?: number;
}

/** A server, by its base address, over kept connections. */
export class Remote {
  readonly base: URL;
  readonly #agent: HttpAgent;

  constructor(base: URL) {
    this.base = base;
    const options = { keepAlive: true };
    this.#agent = base.protocol === "https:" ? new HttpsAgent(options) : new HttpAgent(options);
  }

  /**
   * The JSON of the answer to one request; undefined when it has none.
   * @throws HawserError the server's problem; or `unavailable` when there is no answer, and then what the server did
   *   is unknown
   */
  async ask(request: RemoteRequest): Promise<unknown> {
    const response = await this.open(request);
    return parseJson(await readText(response).catch((error: unknown) => fail(error, request.signal)));
  }

  /**
   * One request; the caller reads the answer's body, and lets go of it with `destroy()` otherwise.
   * @throws HawserError the server's problem, or `unavailable` when there is no answer
   */
  async open(request: RemoteRequest): Promise<IncomingMessage> {
    const response = await this.#start(request);
    const status = response.statusCode ?? 0;
    if (status >= 200 && status < 300) return response;
    throw problemOf(await readText(response).catch((error: unknown) => fail(error, request.signal)), response);
  }

  async #start(request: RemoteRequest): Promise<IncomingMessage> {
    request.signal.throwIfAborted();
    const send = this.base.protocol === "https:" ? httpsRequest : httpRequest;
    const outgoing = send(new URL(request.path, this.base), {
      method: request.method,
      agent: this.#agent,
      signal: request.signal,
      timeout: request.idleMs ?? 30_000,
      headers: request.headers,
    });
    outgoing.on("timeout", () => outgoing.destroy(new Error("the line was silent for too long")));
    // What goes wrong after the answer's head concerns the answer's body, whose reader learns of it there.
    outgoing.on("error", () => {});
    outgoing.end();
    try {
      const [response] = (await once(outgoing, "response")) as [IncomingMessage];
      return response;
    } catch (error) {
      return fail(error, request.signal);
    }
  }

  close(): void {
    this.#agent.destroy();
  }
}

async function readText(response: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  let sizeBytes = 0;
  for await (const piece of response as AsyncIterable<Buffer>) {
    sizeBytes += piece.length;
    if (sizeBytes > maxAnswerBytes) throw new Error("the answer is too long");
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString("utf8");
}

/** No answer: the line, not the server, has spoken. */
function fail(error: unknown, signal: AbortSignal): never {
  signal.throwIfAborted();
  const { code, message } = error as NodeJS.ErrnoException;
  const detail = code === "ECONNREFUSED" ? "Nothing answers there" : `The connection broke (${code ?? message})`;
  throw new HawserError("unavailable", { detail: `${detail}.` }, { cause: error });
}

function parseJson(text: string): unknown {
  if (text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new HawserError("invalid_request", { detail: "The answer is not Hawser's." }, { cause: error });
  }
}

/** The server's problem as the project's error. What is no problem document comes from something in between. */
function problemOf(text: string, response: IncomingMessage): HawserError {
  const status = response.statusCode ?? 0;
  const retryAfterSeconds = secondsOf(response.headers[headers.retryAfter]);
  const after: ErrorDetails = retryAfterSeconds === undefined ? {} : { retryAfterSeconds };
  const problem = readProblem(text);
  if (problem !== undefined && isErrorCode(problem.code)) {
    const { type: _type, title, status: _status, code, action: _action, ...details } = problem;
    return new HawserError(code, { ...after, detail: title, ...(details as ErrorDetails) });
  }
  const detail = `HTTP ${status}, not in Hawser's form. Is this the address of a Hawser server?`;
  if (status === 429) return new HawserError("too_many_requests", { ...after, detail });
  return new HawserError(status >= 500 ? "unavailable" : "invalid_request", { ...after, detail });
}

function readProblem(text: string): Problem | undefined {
  try {
    const value = JSON.parse(text) as Problem | null;
    return typeof value?.code === "string" ? value : undefined;
  } catch {
    return undefined;
  }
}

/** `Retry-After` in seconds; the form with a date is rare, and the own delay does as well. */
function secondsOf(header: string | undefined): number | undefined {
  return header !== undefined && /^\d+$/.test(header) ? Number(header) : undefined;
}
