import { type ClientRequest, Agent as HttpAgent, request as httpRequest, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { setImmediate as nextTurn } from "node:timers/promises";
import { HawserError } from "@hawser/protocol";
import type { Transport, TransportRequest, TransportResponse } from "./transport.ts";

/** Longest answer that is read. The longest page that the protocol has takes a third of it. */
const maxAnswerBytes = 16 * 1_048_576;
/** A body goes out in pieces, so that an early answer stops it and `onSent` tells the truth. */
const pieceBytes = 131_072;

/**
 * Node's own HTTP, with connections that are used again. An answer that comes while the body is still going out
 * (409, 413, …) ends the sending: what was not sent yet never is, and that connection is closed.
 */
export function createNodeTransport(): Transport {
  const agents = { http: new HttpAgent({ keepAlive: true }), https: new HttpsAgent({ keepAlive: true }) };
  return {
    send: (request, signal) => send(agents, request, signal),
    close: () => {
      agents.http.destroy();
      agents.https.destroy();
    },
  };
}

interface Agents {
  readonly http: HttpAgent;
  readonly https: HttpsAgent;
}

async function send(agents: Agents, request: TransportRequest, signal: AbortSignal): Promise<TransportResponse> {
  signal.throwIfAborted();
  const body = toBytes(request.body);
  const outgoing = openRequest(agents, request, body.length);
  const stalled = new Error(`nothing moved for ${request.stallTimeoutMs} ms`);
  let isStalled = false;
  const abort = () => outgoing.destroy();
  // The socket's own timer knows about writes that are only half taken by the kernel.
  outgoing.on("timeout", () => {
    isStalled = true;
    outgoing.destroy(stalled);
  });
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await exchange(outgoing, body, request.onSent);
  } catch (error) {
    signal.throwIfAborted();
    const cause = isStalled ? stalled : (error as Error);
    throw new HawserError("connection_lost", { detail: `The connection broke: ${cause.message}.` }, { cause });
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

function toBytes(body: TransportRequest["body"]): Uint8Array {
  return typeof body === "string" ? new TextEncoder().encode(body) : (body ?? new Uint8Array(0));
}

function openRequest(agents: Agents, request: TransportRequest, bodyBytes: number): ClientRequest {
  const { method, url, stallTimeoutMs } = request;
  const takesBody = request.body !== null || method === "POST" || method === "PUT";
  const headers = { ...request.headers, ...(takesBody && { "content-length": bodyBytes }) };
  try {
    const isSecure = new URL(url).protocol === "https:";
    const options = { method, headers, timeout: stallTimeoutMs, agent: isSecure ? agents.https : agents.http };
    return isSecure ? httpsRequest(url, options) : httpRequest(url, options);
  } catch (cause) {
    const detail = `${method} ${url} cannot be sent: ${(cause as Error).message}`;
    throw new HawserError("invalid_request", { detail }, { cause });
  }
}

/** Sends the body until it is out or the answer is there, and reads the answer. */
async function exchange(
  outgoing: ClientRequest,
  body: Uint8Array,
  onSent: TransportRequest["onSent"],
): Promise<TransportResponse> {
  const answer = Promise.withResolvers<IncomingMessage>();
  const closed = Promise.withResolvers<void>();
  const stop = { sending: false };
  outgoing.on("response", (response) => {
    stop.sending = true;
    answer.resolve(response);
  });
  outgoing.on("error", answer.reject);
  outgoing.on("close", () => {
    stop.sending = true;
    closed.resolve();
    answer.reject(new Error("it was closed"));
  });
  const sending = sendBody(outgoing, body, onSent, stop, closed.promise);
  try {
    const response = await answer.promise;
    const text = await readText(response);
    return toResponse(response, text);
  } finally {
    // Ends a body that was not sent to its end, and does nothing to a connection that was given back.
    if (!outgoing.writableEnded) outgoing.destroy();
    await sending;
  }
}

async function sendBody(
  outgoing: ClientRequest,
  body: Uint8Array,
  onSent: TransportRequest["onSent"],
  stop: { readonly sending: boolean },
  closed: Promise<void>,
): Promise<void> {
  for (let at = 0; at < body.length; at += pieceBytes) {
    const piece = body.subarray(at, at + pieceBytes);
    const flushed = Promise.withResolvers<void>();
    outgoing.write(piece, () => flushed.resolve());
    await Promise.race([flushed.promise, closed]);
    // A socket that takes everything at once would never let an early answer be seen.
    await nextTurn();
    if (stop.sending) return;
    onSent?.(at + piece.length);
  }
  outgoing.end();
}

async function readText(response: IncomingMessage): Promise<string> {
  const pieces: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const piece of response as AsyncIterable<Uint8Array>) {
    sizeBytes += piece.length;
    if (sizeBytes > maxAnswerBytes) throw new Error("the answer is too long");
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString();
}

function toResponse(response: IncomingMessage, text: string): TransportResponse {
  return {
    status: response.statusCode ?? 0,
    header: (name) => {
      const value = response.headers[name];
      return Array.isArray(value) ? value.join(", ") : (value ?? null);
    },
    text,
  };
}
