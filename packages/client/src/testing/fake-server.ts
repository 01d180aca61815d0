import { HawserError, type InitializeRequest, headers as names, problemOf, type Sha256 } from "@hawser/protocol";
import { sha256 } from "@noble/hashes/sha2.js";
import type { Platform } from "../platform.ts";
import type { Transport, TransportRequest, TransportResponse } from "../transport/transport.ts";
import { FakeLive } from "./fake-live.ts";
import { FakeStore } from "./fake-store.ts";
import { type ScriptedAnswer, toResponse } from "./scripted-transport.ts";

export type FakeRequestKind =
  | "initialize"
  | "one-shot"
  | "check"
  | "chunks"
  | "resume"
  | "manifest"
  | "finalize"
  | "upload"
  | "cancel"
  | "ticket"
  | "uploads";

/** A request as the fake server sees it. */
export interface FakeRequest {
  readonly kind: FakeRequestKind;
  readonly method: string;
  /** Below the endpoint, with the query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly bodyBytes: number;
  /** How many requests of this kind came before. */
  readonly earlier: number;
}

/** What goes wrong with a request. */
export type Fault =
  /** Something answers in the server's place: with a problem of this code, or else with this bare status. */
  | {
      readonly kind: "answer";
      readonly status: number;
      readonly code?: string;
      readonly headers?: Record<string, string>;
    }
  /** The line breaks before the server has anything. */
  | { readonly kind: "lose-request" }
  /** The server has done it, and the line breaks before the answer. */
  | { readonly kind: "lose-answer" }
  /** The line breaks after so many bytes of the body. */
  | { readonly kind: "cut"; readonly afterBytes: number }
  /** One bit of the body arrives flipped, at this byte. */
  | { readonly kind: "flip"; readonly byte: number }
  /** Nothing comes back until the engine gives up. */
  | { readonly kind: "hang" };

export interface FakeServerOptions {
  readonly platform: Platform;
  readonly endpoint?: string;
  readonly runAlign?: number;
  readonly maxRunChunks?: number;
  /** Time from a request to its answer, milliseconds. Default 0. */
  readonly latencyMs?: number;
  /** Default: plain JavaScript, which runs everywhere. */
  readonly sha256?: Sha256;
  /** Asked for each request; what it returns goes wrong with it. */
  readonly fault?: (request: FakeRequest) => Fault | undefined;
}

const kinds: readonly (readonly [FakeRequestKind, RegExp])[] = [
  ["initialize", /^POST uploads\/initialize$/],
  ["one-shot", /^POST uploads\?/],
  ["check", /^GET uploads\/check\?/],
  ["chunks", /^PUT uploads\/[0-9a-f]+\/chunks\//],
  ["resume", /^GET uploads\/[0-9a-f]+\/resume/],
  ["manifest", /^GET uploads\/[0-9a-f]+\/manifest/],
  ["finalize", /^POST uploads\/[0-9a-f]+\/finalize$/],
  ["upload", /^GET uploads\/[0-9a-f]+$/],
  ["cancel", /^DELETE uploads\/[0-9a-f]+$/],
  ["ticket", /^POST live\/tickets$/],
  ["uploads", /^GET uploads(\?|$)/],
];

/** A server in memory that speaks enough of the native protocol to test an app, and breaks where it is told to. */
export class FakeServer implements Transport {
  readonly store: FakeStore;
  /** What it tells of uploads of other devices; give its `openSocket` to the uploader. */
  readonly live = new FakeLive();
  /** Every request that was made, also those that went wrong. */
  readonly requests: FakeRequest[] = [];
  /** Bytes of all bodies that arrived. */
  receivedBytes = 0;
  /** Most requests that were under way at once. */
  peakInFlight = 0;
  fault: ((request: FakeRequest) => Fault | undefined) | null;
  /** Nothing answers. */
  isDown = false;
  readonly #options: FakeServerOptions;
  readonly #endpoint: string;
  #inFlight = 0;
  readonly #counts = new Map<FakeRequestKind, number>();

  constructor(options: FakeServerOptions) {
    this.#options = options;
    this.#endpoint = options.endpoint ?? "https://files.test/";
    this.fault = options.fault ?? null;
    this.store = new FakeStore({
      now: () => options.platform.now(),
      runAlign: options.runAlign ?? 1,
      maxRunChunks: options.maxRunChunks ?? 64,
      sha256: options.sha256 ?? sha256,
    });
  }

  async send(request: TransportRequest, signal: AbortSignal): Promise<TransportResponse> {
    signal.throwIfAborted();
    this.peakInFlight = Math.max(this.peakInFlight, ++this.#inFlight);
    try {
      return await this.#serve(request, signal);
    } finally {
      this.#inFlight--;
    }
  }

  async #serve(request: TransportRequest, signal: AbortSignal): Promise<TransportResponse> {
    const { platform, latencyMs = 0 } = this.#options;
    const seen = this.#look(request);
    const fault = this.isDown ? ({ kind: "lose-request" } as const) : this.fault?.(seen);
    const body = request.body instanceof Uint8Array ? request.body.slice() : null;
    if (fault?.kind === "lose-request") throw new HawserError("connection_lost");
    if (fault?.kind === "hang") {
      await platform.sleep(request.stallTimeoutMs, signal);
      throw new HawserError("connection_lost");
    }
    if (fault?.kind === "answer") {
      const { status, code, headers } = fault;
      return toResponse({ status, headers: headers ?? {}, body: code === undefined ? "<html>" : { status, code } });
    }
    if (latencyMs > 0) await platform.sleep(latencyMs, signal);
    // One turn at least, as on any network: an answer never comes within the call.
    await Promise.resolve();
    signal.throwIfAborted();
    if (fault?.kind === "flip" && body !== null && fault.byte < body.length)
      body[fault.byte] = ~(body[fault.byte] ?? 0);
    const arrived = fault?.kind === "cut" ? (body?.subarray(0, fault.afterBytes) ?? null) : body;
    this.receivedBytes += arrived?.length ?? 0;
    request.onSent?.(arrived?.length ?? 0);
    const answer = this.#answer(seen, request, arrived, body?.length ?? 0);
    if (fault?.kind === "lose-answer" || fault?.kind === "cut") throw new HawserError("connection_lost");
    return toResponse(answer);
  }

  #look({ method, url, headers, body }: TransportRequest): FakeRequest {
    if (!url.startsWith(this.#endpoint)) throw new Error(`The fake server is not at ${url}.`);
    const path = url.slice(this.#endpoint.length);
    const kind = kinds.find(([, pattern]) => pattern.test(`${method} ${path}`))?.[0];
    if (kind === undefined) throw new Error(`The fake server does not know ${method} ${path}.`);
    const earlier = this.#counts.get(kind) ?? 0;
    this.#counts.set(kind, earlier + 1);
    const seen = { kind, method, path, headers, bodyBytes: body?.length ?? 0, earlier };
    this.requests.push(seen);
    return seen;
  }

  #answer(
    seen: FakeRequest,
    request: TransportRequest,
    body: Uint8Array | null,
    contentLength: number,
  ): ScriptedAnswer {
    try {
      return this.#carryOut(seen, request, body, contentLength);
    } catch (error) {
      if (!(error instanceof HawserError)) throw error;
      const problem = problemOf(error);
      return { status: problem.status, body: problem };
    }
  }

  #carryOut(
    { kind, path, headers }: FakeRequest,
    request: TransportRequest,
    body: Uint8Array | null,
    contentLength: number,
  ): ScriptedAnswer {
    const { store } = this;
    const url = new URL(path, "https://files.test/");
    const query = Object.fromEntries(url.searchParams);
    const [, id = "", , run = ""] = url.pathname.slice(1).split("/");
    const from = Number(query.from ?? 1);
    const json = () => JSON.parse(request.body as string);
    switch (kind) {
      case "initialize":
        return {
          status: 201,
          body: store.initialize(json() as InitializeRequest, headers[names.idempotencyKey] ?? null),
        };
      case "one-shot":
        return { status: 201, body: { file: store.sendWhole(query, headers, body as Uint8Array, contentLength) } };
      case "check":
        return { status: 200, body: { candidates: store.check(query) } };
      case "chunks":
        return { status: 200, body: store.receiveRun(id, run, headers, body as Uint8Array, contentLength) };
      case "resume":
        return { status: 200, body: store.resume(id, from) };
      case "manifest":
        return { status: 200, body: store.manifest(id, from) };
      case "finalize": {
        const file = store.finalize(id, json());
        return file === null
          ? { status: 202, headers: { [names.retryAfter]: "1" }, body: {} }
          : { status: 200, body: { file } };
      }
      case "upload":
        return { status: 200, body: this.live.uploads.get(id) ?? store.view(id) };
      case "cancel":
        store.cancel(id);
        return { status: 204 };
      case "ticket":
        return { status: 201, body: { ticket: "once", expiresAt: "2026-01-01T00:00:30.000Z" } };
      case "uploads":
        return { status: 200, body: this.live.page() };
    }
  }
}
