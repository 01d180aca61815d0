import type { IncomingMessage } from "node:http";
import { HawserError, limits, headers as names } from "@hawser/protocol";
import type { Authenticate } from "../ports/authenticate.ts";
import type { ByteRoom } from "../ports/byte-room.ts";
import type { ApiRequest, FactsThread } from "../ports/facts.ts";
import { type Answer, jsonAnswer, type RawAnswer } from "./answers.ts";
import { readText } from "./body.ts";
import type { Exchange } from "./exchange.ts";
import { sendFile } from "./files.ts";
import { corsHeaders, type GuardOptions, guardRequest } from "./guard.ts";
import type { Live } from "./live/live.ts";
import { receiveOneShot, receiveRun, refuseContentEncoding } from "./native.ts";
import type { WebApp } from "./web-app.ts";

/** Who takes part in answering. */
export interface Answering {
  readonly room: ByteRoom;
  readonly facts: FactsThread;
  readonly authenticate: Authenticate;
  readonly guard: GuardOptions;
  readonly live: Pick<Live, "giveTicket" | "stream">;
  /** Null: the small page at `/` is all that people get. */
  readonly webApp: WebApp | null;
}

/**
 * Answers one request, unless it is refused.
 * @param refusing whether the server is stopping and takes nothing new
 * @throws HawserError when nothing was answered yet
 */
export async function answerRequest(parts: Answering, exchange: Exchange, refusing: boolean): Promise<void> {
  const { request, response } = exchange;
  const { host, origin } = request.headers;
  const allowedOrigin = guardRequest({ method: request.method ?? "", host, origin }, parts.guard);
  const isPreflight = request.method === "OPTIONS" && request.headers["access-control-request-method"] !== undefined;
  const cors = corsHeaders(allowedOrigin, isPreflight, parts.guard);
  for (const [name, value] of Object.entries(cors)) response.setHeader(name, value);
  if (isPreflight && allowedOrigin === null) throw new HawserError("origin_forbidden");
  if (isPreflight) return exchange.send({ status: 204, headers: {}, body: "" });
  if (refusing) throw new HawserError("unavailable", { detail: "The server is stopping.", retryAfterSeconds: 1 });
  const page = findPage(parts.webApp, request);
  // The app's own files hold nothing of anybody: whoever has to sign in needs them first.
  if (page !== null) return exchange.send(page);
  const { owner } = await parts.authenticate(request);
  await dispatch(parts, owner, exchange);
}

function findPage(webApp: WebApp | null, request: IncomingMessage): RawAnswer | null {
  if (request.method !== "GET" && request.method !== "HEAD") return null;
  return webApp?.answer(pathOf(request), request.headers) ?? null;
}

const chunksPath = /^\/uploads\/([^/]+)\/chunks\/([^/]+)$/;
const eventsPath = /^\/uploads\/([^/]+)\/events$/;
const filePath = /^\/files\/([^/]+)$/;

/** Bytes are answered for here; all else, and every method that does not fit, is the facts thread's. */
async function dispatch({ room, facts, webApp, live }: Answering, owner: string, exchange: Exchange): Promise<void> {
  const { request, body } = exchange;
  const { method = "", headers } = request;
  const path = pathOf(request);
  const query = (request.url ?? "").slice(path.length + 1);
  if (method === "PUT" || method === "POST") {
    const [, id, run] = chunksPath.exec(path) ?? [];
    if (id !== undefined && run !== undefined) {
      return exchange.send(await receiveRun({ room, facts }, owner, { id, run }, headers, body));
    }
    if (method === "POST" && path === "/uploads") {
      return exchange.send(await receiveOneShot(room, owner, query, headers, body));
    }
    if (method === "POST" && path === "/live/tickets") return exchange.send(jsonAnswer(201, live.giveTicket(owner)));
  } else if (method === "GET" || method === "HEAD") {
    const [, id] = filePath.exec(path) ?? [];
    if (id !== undefined) return sendFile({ room, facts }, owner, id, exchange);
    const [, watchedId] = eventsPath.exec(path) ?? [];
    if (watchedId !== undefined && method === "GET") return live.stream(owner, watchedId, query, exchange);
  }
  const answer = await askFacts(facts, { owner, method, path, query }, exchange);
  const isForPerson = method === "GET" && headers.accept?.includes("text/html");
  return exchange.send(answer.status === 404 && isForPerson && webApp !== null ? webApp.missing : answer);
}

async function askFacts(
  facts: FactsThread,
  target: Pick<ApiRequest, "owner" | "method" | "path" | "query">,
  { request, body }: Exchange,
): Promise<Answer> {
  refuseContentEncoding(request.headers);
  const text = body.exists ? await readText(body, limits.maxJsonBytes) : null;
  const headers: Record<string, string> = {};
  for (const name of passedHeaders) {
    const value = request.headers[name];
    if (typeof value === "string") headers[name] = value;
  }
  return facts.handleApi({ ...target, headers, body: text });
}

/** What the JSON API reads of the headers. */
const passedHeaders = ["content-type", "host", names.idempotencyKey] as const;

export function pathOf(request: IncomingMessage): string {
  const url = request.url ?? "";
  const mark = url.indexOf("?");
  return mark < 0 ? url : url.slice(0, mark);
}
