import type { IncomingMessage } from "node:http";
import type { File, FilesResponse, ManifestResponse, ResumeResponse, Upload, VerifyResponse } from "@hawser/protocol";
import type { Remote } from "./request.ts";

/** Reading back a large file keeps the line silent for long. */
const verifyIdleMs = 3_600_000;

/** The absolute address of a file. The server names it from its own root; a path prefix goes in front of that. */
export function fileUrl(base: URL, file: Pick<File, "url">): string {
  return new URL(file.url.replace(/^\//, ""), base).href;
}

/** What asks a server about its uploads and files, typed. All reject with HawserError, or the signal's reason. */
export class Api {
  readonly #remote: Remote;

  constructor(remote: Remote) {
    this.#remote = remote;
  }

  fileUrl(file: Pick<File, "url">): string {
    return fileUrl(this.#remote.base, file);
  }

  async resume(id: string, from: number, signal: AbortSignal): Promise<ResumeResponse> {
    return (await this.#ask("GET", `uploads/${id}/resume?from=${from}`, signal)) as ResumeResponse;
  }

  async manifest(id: string, from: number, signal: AbortSignal): Promise<ManifestResponse> {
    return (await this.#ask("GET", `uploads/${id}/manifest?from=${from}`, signal)) as ManifestResponse;
  }

  async upload(id: string, signal: AbortSignal): Promise<Upload> {
    return (await this.#ask("GET", `uploads/${id}`, signal)) as Upload;
  }

  async verify(id: string, signal: AbortSignal): Promise<VerifyResponse> {
    return (await this.#ask("POST", `uploads/${id}/verify`, signal, verifyIdleMs)) as VerifyResponse;
  }

  async cancel(id: string, signal: AbortSignal): Promise<void> {
    await this.#ask("DELETE", `uploads/${id}`, signal);
  }

  async files(cursor: string | undefined, signal: AbortSignal): Promise<FilesResponse> {
    const query = cursor === undefined ? "" : `?${new URLSearchParams({ cursor })}`;
    return (await this.#ask("GET", `files${query}`, signal)) as FilesResponse;
  }

  /** The bytes of a file from `fromByte` on, as the answer's stream. */
  download(id: string, fromByte: number, signal: AbortSignal): Promise<IncomingMessage> {
    const range = fromByte === 0 ? {} : { range: `bytes=${fromByte}-` };
    return this.#remote.open({ method: "GET", path: `files/${id}`, headers: range, signal });
  }

  async #ask(method: string, path: string, signal: AbortSignal, idleMs?: number): Promise<unknown> {
    return this.#remote.ask({
      method,
      path,
      signal,
      headers: { accept: "application/json" },
      ...(idleMs !== undefined && { idleMs }),
    });
  }
}
