import { once } from "node:events";
import { type ClientRequest, Agent as HttpAgent, request as httpRequest, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { type ErrorDetails, HawserError, headers, isErrorCode, type Problem } from "@hawser/protocol";

/** The largest JSON answer: a full page of a manifest is about 5 MB. */
const maxAnswerBytes = 32 * 1_048_576;
const writeSliceBytes = 256 * 1024;

export interface RemoteRequest {
  readonly method: string;
  /** Below the server's base address, without a leading slash, encoded. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
  readonly signal: AbortSignal;
  /** Silence of the line, in milliseconds, after which the request is broken off; 30 s unless given. */
  readonly idleMs?: number;
  /** Called as the line takes bytes of the body. */
  readonly onSent?: (bytes: number) => void;
}

export interface RemoteAnswer {
  readonly status: number;
  /** The JSON of the body; undefined when there is none. */
  readonly json: unknown;
}

/** A server, by its base address, over kept connections. */
export class Remote {
  readonly base: URL;
  readonly #agent: HttpAgent;

  constructor(base: URL, lanes: number) {
    this.base = base;
    const options = { keepAlive: true, maxSockets: lanes };
    this.#agent = base.protocol === "https:" ? new HttpsAgent(options) : new HttpAgent(options);
  }

  /**
   * One request, whole answer. The body's memory may be used again once this has settled.
   * @throws HawserError the server's problem; or `unavailable` when there is no answer, and then what the server did
   *   is unknown
   */
  async ask(request: RemoteRequest): Promise<RemoteAnswer> {
    const { outgoing, response } = await this.#start(request);
    try {
      const text = await readText(response).catch((error: unknown) => fail(error, request.signal));
      const status = response.statusCode ?? 0;
      if (status >= 200 && status < 300) return { status, json: parseJson(text) };
      throw problemOf(text, response);
    } finally {
      // An answer may come before the whole body was sent; the connection ends with it.
      if (!outgoing.writableFinished) outgoing.destroy();
    }
  }

  /**
   * One request; the caller reads the answer's body, and lets go of it with `destroy()` otherwise.
   * @throws HawserError the server's problem, or `unavailable` when there is no answer
   */
  async open(request: RemoteRequest): Promise<IncomingMessage> {
    const { response } = await this.#start(request);
    const status = response.statusCode ?? 0;
    if (status >= 200 && status < 300) return response;
    throw problemOf(await readText(response).catch((error: unknown) => fail(error, request.signal)), response);
  }

  async #start(request: RemoteRequest): Promise<{ outgoing: ClientRequest; response: IncomingMessage }> {
    request.signal.throwIfAborted();
    const send = this.base.protocol === "https:" ? httpsRequest : httpRequest;
    const body = typeof request.body === "string" ? Buffer.from(request.body) : request.body;
    const outgoing = send(new URL(request.path, this.base), {
      method: request.method,
      agent: this.#agent,
      signal: request.signal,
      timeout: request.idleMs ?? 30_000,
      headers: { ...(body === undefined ? {} : { "content-length": body.length }), ...request.headers },
    });
    outgoing.on("timeout", () => outgoing.destroy(new Error("the line was silent for too long")));
    // What goes wrong after the answer's head concerns the answer's body, whose reader learns of it there.
    outgoing.on("error", () => {});
    const answered = once(outgoing, "response") as Promise<[IncomingMessage]>;
    try {
      const [[response]] = await Promise.all([answered, writeBody(outgoing, body, request.onSent)]);
      return { outgoing, response };
    } catch (error) {
      return fail(error, request.signal);
    }
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** Writes the body as the line takes it; ends early when an answer comes or the line breaks. Never rejects. */
async function writeBody(outgoing: ClientRequest, body: Uint8Array | undefined, onSent?: (bytes: number) => void) {
  const stopped = new AbortController();
  const stop = () => stopped.abort();
  outgoing.once("response", stop).once("close", stop);
  for (let start = 0; body !== undefined && start < body.length; start += writeSliceBytes) {
    const slice = body.subarray(start, start + writeSliceBytes);
    if (!outgoing.write(slice)) await once(outgoing, "drain", { signal: stopped.signal }).catch(() => {});
    if (stopped.signal.aborted) return;
    onSent?.(slice.length);
  }
  outgoing.end();
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
    const { type: _type, title: _title, status: _status, code, action: _action, ...details } = problem;
    return new HawserError(code, { ...after, ...(details as ErrorDetails) });
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
