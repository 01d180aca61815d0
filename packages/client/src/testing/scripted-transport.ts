import { HawserError } from "@hawser/protocol";
import type { Transport, TransportRequest, TransportResponse } from "../transport/transport.ts";

/** An answer as a script gives it. */
export interface ScriptedAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON unless it is a string. */
  readonly body?: unknown;
}

/** A request that waits for what the test does with it. */
export interface ScriptedRequest extends TransportRequest {
  /** Whether the engine has given it up. */
  readonly isAborted: boolean;
  /** The JSON of the body. */
  json(): unknown;
  respond(answer: ScriptedAnswer): void;
  /** The connection breaks; nobody knows whether the server got it. */
  break(): void;
}

/** A transport whose other end is the test: it takes the next request, looks at it, and answers or breaks it. */
export class ScriptedTransport implements Transport {
  #requests: ScriptedRequest[] = [];
  #waiting: ((request: ScriptedRequest) => void)[] = [];

  /** The next request, in the order in which they were sent; waits for it when there is none yet. */
  nextRequest(): Promise<ScriptedRequest> {
    const request = this.#requests.shift();
    if (request !== undefined) return Promise.resolve(request);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Requests that nobody has taken yet. */
  get pendingCount(): number {
    return this.#requests.length;
  }

  send(request: TransportRequest, signal: AbortSignal): Promise<TransportResponse> {
    const { promise, resolve, reject } = Promise.withResolvers<TransportResponse>();
    const { body } = request;
    const kept = body instanceof Uint8Array ? body.slice() : body;
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    const scripted: ScriptedRequest = {
      ...request,
      body: kept,
      get isAborted() {
        return signal.aborted;
      },
      json: () => JSON.parse(kept as string),
      respond: (answer) => resolve(toResponse(answer)),
      break: () => reject(new HawserError("connection_lost", { detail: "The connection broke." })),
    };
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#requests.push(scripted);
    else waiting(scripted);
    return promise;
  }
}

export function toResponse({ status, headers = {}, body }: ScriptedAnswer): TransportResponse {
  const fields = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  return {
    status,
    header: (name) => fields.get(name) ?? null,
    text: body === undefined ? "" : typeof body === "string" ? body : JSON.stringify(body),
  };
}
