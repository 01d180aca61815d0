import {
  type CheckResponse,
  type ErrorCode,
  type ErrorDetails,
  type File,
  type FinalizeRequest,
  type FinalizeResponse,
  formatContentDigest,
  formatDigestList,
  HawserError,
  type InitializeRequest,
  type InitializeResponse,
  isErrorCode,
  type ManifestResponse,
  type Problem,
  type ResumeResponse,
  type RunResponse,
  transferHeaders,
  type Upload,
} from "@hawser/protocol";
import type { Run } from "./plan.ts";
import type { Transport, TransportRequest, TransportResponse } from "./transport/transport.ts";

export interface RunToSend {
  readonly run: Run;
  /** Bytes of the run's first chunk that the server has; `bytes` starts after them. */
  readonly offsetBytes: number;
  readonly bytes: Uint8Array;
  /** The same bytes as the browser has them on disk, if it does. */
  readonly blob?: Blob | undefined;
  /** Of each whole chunk of the run; where it is a part, of `bytes` alone. */
  readonly digests: readonly Uint8Array[];
  /** Carries a part of one chunk on purpose: it gets no receipt, another request goes on after it. */
  readonly isPart: boolean;
  /** Longest silence, milliseconds. */
  readonly stallTimeoutMs: number;
  /** Fixes a size that was unknown. */
  readonly uploadLength: number | null;
  readonly onSent: (sentBytes: number) => void;
}

/** Fields of the one-shot request's query; those of initialize, flat. */
export type OneShotFields = Readonly<Record<string, string>>;

export interface ApiOptions {
  readonly endpoint: string;
  readonly headers: () => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>;
  /** Longest silence of a request with so many bytes that says nothing else, milliseconds. */
  readonly stallTimeoutMs: (bodyBytes: number) => number;
  /** Wall time, for a `Retry-After` that is a date. */
  readonly now: () => number;
}

type Extras = Partial<Pick<TransportRequest, "body" | "blob" | "headers" | "onSent" | "stallTimeoutMs">>;

/** The native protocol's requests, typed. All reject with HawserError, or with the signal's reason. */
export class Api {
  readonly #transport: Transport;
  readonly #options: ApiOptions;
  readonly #base: string;

  constructor(transport: Transport, options: ApiOptions) {
    this.#transport = transport;
    this.#options = options;
    this.#base = options.endpoint.replace(/\/*$/, "/");
  }

  async initialize(body: InitializeRequest, idempotencyKey: string, signal: AbortSignal): Promise<InitializeResponse> {
    const extra = { [transferHeaders.idempotencyKey]: idempotencyKey };
    return (await this.#post("uploads/initialize", body, signal, extra)).json as InitializeResponse;
  }

  /** Sends a whole small file. */
  async sendWhole(
    fields: OneShotFields,
    file: Pick<RunToSend, "bytes" | "digests" | "onSent">,
    idempotencyKey: string,
    signal: AbortSignal,
  ): Promise<File> {
    const { json } = await this.ask("POST", `uploads?${new URLSearchParams(fields)}`, signal, {
      headers: { ...bytesHeaders(file.digests), [transferHeaders.idempotencyKey]: idempotencyKey },
      body: file.bytes,
      onSent: file.onSent,
    });
    return (json as FinalizeResponse).file;
  }

  async sendRun(id: string, toSend: RunToSend, signal: AbortSignal): Promise<RunResponse> {
    const { run, offsetBytes, uploadLength, isPart, digests, stallTimeoutMs } = toSend;
    const [first, last] = run;
    const { json } = await this.ask(
      "PUT",
      `uploads/${id}/chunks/${first === last ? first : `${first}-${last}`}`,
      signal,
      {
        headers: {
          ...(isPart ? partHeaders(digests[0] as Uint8Array) : bytesHeaders(digests)),
          ...(offsetBytes > 0 && { [transferHeaders.chunkOffset]: `${offsetBytes}` }),
          ...(uploadLength !== null && { [transferHeaders.uploadLength]: `${uploadLength}` }),
        },
        body: toSend.bytes,
        blob: toSend.blob,
        onSent: toSend.onSent,
        stallTimeoutMs,
      },
    );
    return json as RunResponse;
  }

  upload(id: string, signal: AbortSignal): Promise<Upload> {
    return this.#get(`uploads/${id}`, signal);
  }

  resume(id: string, from: number, signal: AbortSignal): Promise<ResumeResponse> {
    return this.#get(`uploads/${id}/resume?from=${from}`, signal);
  }

  manifest(id: string, from: number, signal: AbortSignal): Promise<ManifestResponse> {
    return this.#get(`uploads/${id}/manifest?from=${from}`, signal);
  }

  check(query: Readonly<Record<string, string>>, signal: AbortSignal): Promise<CheckResponse> {
    return this.#get(`uploads/check?${new URLSearchParams(query)}`, signal);
  }

  /** The file, or when to ask again (202), milliseconds. */
  async finalize(
    id: string,
    body: FinalizeRequest,
    signal: AbortSignal,
  ): Promise<File | { readonly askAgainMs: number }> {
    const { status, json, retryAfterSeconds } = await this.#post(`uploads/${id}/finalize`, body, signal);
    return status === 202 ? { askAgainMs: (retryAfterSeconds ?? 1) * 1_000 } : (json as FinalizeResponse).file;
  }

  async cancel(id: string, signal: AbortSignal): Promise<void> {
    await this.ask("DELETE", `uploads/${id}`, signal);
  }

  async #get<T>(path: string, signal: AbortSignal): Promise<T> {
    return (await this.ask("GET", path, signal)).json as T;
  }

  #post(path: string, body: object, signal: AbortSignal, extra: Readonly<Record<string, string>> = {}) {
    return this.ask("POST", path, signal, {
      headers: { "content-type": "application/json", ...extra },
      body: JSON.stringify(body),
    });
  }

  /** One request, its path below the endpoint. */
  async ask(method: TransportRequest["method"], path: string, signal: AbortSignal, extras: Extras = {}) {
    const { stallTimeoutMs, headers: credentials, now } = this.#options;
    const own = await credentials();
    signal.throwIfAborted();
    const response = await this.#transport.send(
      {
        method,
        url: this.#base + path,
        body: null,
        stallTimeoutMs: stallTimeoutMs(extras.body?.length ?? 0),
        ...extras,
        headers: { accept: "application/json", ...own, ...extras.headers },
      },
      signal,
    );
    const { status, text } = response;
    const retryAfterSeconds = readRetryAfter(response.header(transferHeaders.retryAfter), now());
    const json = parseJson(text);
    if (status >= 200 && status < 300 && (json !== undefined || status === 204)) {
      return { status, json, retryAfterSeconds };
    }
    throw problemOf(response, json, retryAfterSeconds);
  }
}

const bytesType = { "content-type": "application/octet-stream" } as const;

function partHeaders(digest: Uint8Array): Record<string, string> {
  return {
    ...bytesType,
    [transferHeaders.chunkPartial]: "?1",
    [transferHeaders.contentDigest]: formatContentDigest(digest),
  };
}

function bytesHeaders(digests: readonly Uint8Array[]): Record<string, string> {
  return {
    ...bytesType,
    ...(digests.length > 0 && { [transferHeaders.chunkDigests]: formatDigestList(digests) }),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** `Retry-After` is seconds or a date (RFC 9110, 10.2.3). */
function readRetryAfter(text: string | null, now: number): number | undefined {
  if (text === null) return undefined;
  const seconds = /^\d+$/.test(text) ? Number(text) : Math.ceil((Date.parse(text) - now) / 1_000);
  return seconds >= 0 ? seconds : undefined;
}

/** The server's problem as the project's error. What is no problem document comes from something in between. */
function problemOf({ status }: TransportResponse, json: unknown, retryAfterSeconds: number | undefined): HawserError {
  const after: ErrorDetails = retryAfterSeconds === undefined ? {} : { retryAfterSeconds };
  const problem = json as Problem | null | undefined;
  if (typeof problem?.code === "string" && isErrorCode(problem.code)) {
    const { type: _type, title, status: _status, code, action: _action, ...details } = problem;
    return new HawserError(code, { ...after, detail: title, ...(details as ErrorDetails) });
  }
  const code = codeOf(status);
  const detail = authCodes.includes(code)
    ? `Other credentials are needed (HTTP ${status}).`
    : `HTTP ${status}, not in Hawser's form. Is this the address of a Hawser server?`;
  return new HawserError(code, { ...after, detail });
}

const authCodes: readonly ErrorCode[] = ["unauthorized", "forbidden"];

/** What a bare status says by itself; the others say no more than their class. */
const bareCodes: Readonly<Record<number, ErrorCode>> = {
  401: "unauthorized",
  403: "forbidden",
  408: "request_timeout",
  409: "state_conflict",
  413: "body_too_long",
  415: "unsupported_media_type",
  421: "misdirected_request",
  429: "too_many_requests",
  500: "internal",
  507: "storage_full",
};

/**
 * The code for a bare status. A 404 or 410 without a problem document says nothing about the upload: a proxy whose
 * server is away must not make it start anew. A 2xx without JSON is some network's sign-in page.
 */
function codeOf(status: number): ErrorCode {
  const isAway = status < 400 || status >= 500 || [404, 410, 423, 425].includes(status);
  return bareCodes[status] ?? (isAway ? "unavailable" : "invalid_request");
}
