import type { IncomingMessage } from "node:http";
import {
  type File,
  type FilesResponse,
  type FinalizeRequest,
  type FinalizeResponse,
  formatDigestList,
  headers,
  type InitializeRequest,
  type InitializeResponse,
  type ManifestResponse,
  type ResumeResponse,
  type RunResponse,
  type Upload,
  type VerifyResponse,
} from "@hawser/protocol";
import type { Remote } from "./request.ts";

/** Reading back a large file keeps the line silent for long. */
const verifyIdleMs = 3_600_000;

export interface RunToSend {
  readonly run: readonly [first: number, last: number];
  /** Bytes of the run's first chunk that the server has; `bytes` starts after them. */
  readonly offsetBytes: number;
  readonly bytes: Uint8Array;
  readonly digests: readonly Uint8Array[];
  readonly onSent: (bytes: number) => void;
}

export interface SmallFileToSend {
  readonly filename: string;
  readonly lastModified: string;
  readonly bytes: Uint8Array;
  readonly digests: readonly Uint8Array[];
}

/** The native protocol's requests, typed. All reject with HawserError, or the signal's reason. */
export class Api {
  readonly #remote: Remote;

  constructor(remote: Remote) {
    this.#remote = remote;
  }

  /** The absolute address of a file. */
  fileUrl(file: Pick<File, "url">): string {
    // The server names the file from its own root; behind a path prefix that has to be put in front.
    return new URL(file.url.replace(/^\//, ""), this.#remote.base).href;
  }

  async initialize(body: InitializeRequest, idempotencyKey: string, signal: AbortSignal): Promise<InitializeResponse> {
    const extra = { [headers.idempotencyKey]: idempotencyKey };
    return (await this.#send("POST", "uploads/initialize", signal, body, extra)) as InitializeResponse;
  }

  async sendSmallFile(file: SmallFileToSend, idempotencyKey: string, signal: AbortSignal): Promise<File> {
    const query = new URLSearchParams({ filename: file.filename, lastModified: file.lastModified });
    const { json } = await this.#remote.ask({
      method: "POST",
      path: `uploads?${query}`,
      headers: {
        "content-type": "application/octet-stream",
        [headers.chunkDigests]: formatDigestList(file.digests),
        [headers.idempotencyKey]: idempotencyKey,
      },
      body: file.bytes,
      signal,
    });
    return (json as { file: File }).file;
  }

  async sendRun(id: string, { run, offsetBytes, bytes, digests, onSent }: RunToSend, signal: AbortSignal) {
    const [first, last] = run;
    const { json } = await this.#remote.ask({
      method: "PUT",
      path: `uploads/${id}/chunks/${first === last ? first : `${first}-${last}`}`,
      headers: {
        "content-type": "application/octet-stream",
        [headers.chunkDigests]: formatDigestList(digests),
        ...(offsetBytes === 0 ? {} : { [headers.chunkOffset]: String(offsetBytes) }),
      },
      body: bytes,
      onSent,
      signal,
    });
    return json as RunResponse;
  }

  async resume(id: string, from: number, signal: AbortSignal): Promise<ResumeResponse> {
    return (await this.#send("GET", `uploads/${id}/resume?from=${from}`, signal)) as ResumeResponse;
  }

  async manifest(id: string, from: number, signal: AbortSignal): Promise<ManifestResponse> {
    return (await this.#send("GET", `uploads/${id}/manifest?from=${from}`, signal)) as ManifestResponse;
  }

  async upload(id: string, signal: AbortSignal): Promise<Upload> {
    return (await this.#send("GET", `uploads/${id}`, signal)) as Upload;
  }

  /** The file, or undefined while it is still being checked (202). */
  async finalize(id: string, body: FinalizeRequest, signal: AbortSignal): Promise<File | undefined> {
    const answer = await this.#send("POST", `uploads/${id}/finalize`, signal, body);
    return (answer as Partial<FinalizeResponse> | undefined)?.file;
  }

  async verify(id: string, signal: AbortSignal): Promise<VerifyResponse> {
    const { json } = await this.#remote.ask({
      method: "POST",
      path: `uploads/${id}/verify`,
      signal,
      idleMs: verifyIdleMs,
    });
    return json as VerifyResponse;
  }

  async cancel(id: string, signal: AbortSignal): Promise<void> {
    await this.#send("DELETE", `uploads/${id}`, signal);
  }

  async files(cursor: string | undefined, signal: AbortSignal): Promise<FilesResponse> {
    const query = cursor === undefined ? "" : `?${new URLSearchParams({ cursor })}`;
    return (await this.#send("GET", `files${query}`, signal)) as FilesResponse;
  }

  /** The bytes of a file from `fromByte` on, as the answer's stream. */
  download(id: string, fromByte: number, signal: AbortSignal): Promise<IncomingMessage> {
    const range = fromByte === 0 ? {} : { range: `bytes=${fromByte}-` };
    return this.#remote.open({ method: "GET", path: `files/${id}`, headers: range, signal });
  }

  async #send(
    method: string,
    path: string,
    signal: AbortSignal,
    body?: object,
    extra: Readonly<Record<string, string>> = {},
  ): Promise<unknown> {
    const content = body === undefined ? {} : { "content-type": "application/json" };
    const { json } = await this.#remote.ask({
      method,
      path,
      signal,
      headers: { accept: "application/json", ...content, ...extra },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return json;
  }
}
