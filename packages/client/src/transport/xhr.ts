import { HawserError } from "@hawser/protocol";
import { abortable } from "../abortable.ts";
import type { Transport, TransportRequest, TransportResponse } from "./transport.ts";

/** What is used of the browser's class, so that nothing else of the DOM is needed. */
declare const XMLHttpRequest: new () => {
  readonly upload: {
    onprogress: ((event: { readonly loaded: number }) => void) | null;
    onload: (() => void) | null;
  };
  readonly status: number;
  readonly responseText: string;
  onload: (() => void) | null;
  onprogress: ((event: { readonly loaded: number }) => void) | null;
  onreadystatechange: (() => void) | null;
  onerror: (() => void) | null;
  onabort: (() => void) | null;
  open(method: string, url: string): void;
  setRequestHeader(name: string, value: string): void;
  getResponseHeader(name: string): string | null;
  send(body: object | string | null): void;
  abort(): void;
};

/** Longest answer that is read. The longest page that the protocol has takes a third of it. */
const maxAnswerBytes = 16 * 1_048_576;

/**
 * The browser's transport: `XMLHttpRequest`, since nothing else tells how far a body got. Header fields of answers
 * from another origin are seen only where the server exposes them.
 */
export function createXhrTransport(): Transport {
  return { send };
}

async function send(request: TransportRequest, signal: AbortSignal): Promise<TransportResponse> {
  signal.throwIfAborted();
  const { method, url, headers, body, blob, onSent, stallTimeoutMs } = request;
  const xhr = new XMLHttpRequest();
  const ended = Promise.withResolvers<void>();
  const fail = (detail: string) => ended.reject(new HawserError("connection_lost", { detail }));
  let stall: ReturnType<typeof setTimeout> | undefined;
  const touch = () => {
    clearTimeout(stall);
    stall = setTimeout(() => fail(`Nothing moved for ${stallTimeoutMs} ms.`), stallTimeoutMs);
  };
  try {
    xhr.open(method, url);
    for (const [name, value] of Object.entries(headers)) xhr.setRequestHeader(name, value);
    if (body !== null) {
      xhr.upload.onprogress = ({ loaded }) => {
        touch();
        onSent?.(loaded);
      };
      xhr.upload.onload = touch;
    }
    xhr.onprogress = ({ loaded }) => {
      touch();
      if (loaded > maxAnswerBytes) fail("The answer is too long.");
    };
    xhr.onreadystatechange = touch;
    xhr.onload = () => ended.resolve();
    xhr.onerror = () => fail("The connection broke.");
    // Not only `abort` comes here: some systems abort requests when they go to sleep.
    xhr.onabort = () => fail("The browser ended the request.");
    touch();
    // Of a plain array Chromium hands every byte to its developer tools, which makes uploads crawl while they are open.
    xhr.send(blob ?? (body instanceof Uint8Array ? new Blob([body as Uint8Array<ArrayBuffer>]) : body));
    await abortable(ended.promise, signal);
    return { status: xhr.status, header: (name) => xhr.getResponseHeader(name), text: xhr.responseText };
  } catch (error) {
    xhr.abort();
    throw error;
  } finally {
    clearTimeout(stall);
  }
}
