import { HawserError } from "@hawser/protocol";
import type { Transport, TransportRequest, TransportResponse } from "./transport.ts";

/** What is used of the browser's classes, so that nothing else of the DOM is needed. */
declare const Blob: new (parts: readonly Uint8Array[]) => object;
declare const XMLHttpRequest: new () => {
  readonly upload: {
    onprogress: ((event: { readonly loaded: number }) => void) | null;
    onload: (() => void) | null;
  };
  readonly status: number;
  readonly responseText: string;
  onload: (() => void) | null;
  onprogress: (() => void) | null;
  onreadystatechange: (() => void) | null;
  onerror: (() => void) | null;
  onabort: (() => void) | null;
  ontimeout: (() => void) | null;
  open(method: string, url: string): void;
  setRequestHeader(name: string, value: string): void;
  getResponseHeader(name: string): string | null;
  send(body: object): void;
  abort(): void;
};

/** Longest answer that is read. The longest page that the protocol has takes a third of it. */
const maxAnswerBytes = 16 * 1_048_576;

/**
 * The browser's transport: `XMLHttpRequest` for bytes, since nothing else tells how far a body got, and `fetch` for
 * the rest. Header fields of answers from another origin are seen only where the server exposes them.
 */
export function createXhrTransport(): Transport {
  return {
    send: async (request, signal) => {
      signal.throwIfAborted();
      const { body } = request;
      return body instanceof Uint8Array ? sendBytes(request, body, signal) : sendText(request, body, signal);
    },
  };
}

function connectionLost(detail: string, cause?: unknown): HawserError {
  return new HawserError("connection_lost", { detail }, { cause });
}

/** Calls `onStall` after `timeoutMs` without a `touch`. */
function watchForStall(timeoutMs: number, onStall: () => void): { touch(): void; stop(): void } {
  let timer = setTimeout(onStall, timeoutMs);
  const stop = () => clearTimeout(timer);
  const touch = () => {
    stop();
    timer = setTimeout(onStall, timeoutMs);
  };
  return { touch, stop };
}

async function sendBytes(request: TransportRequest, body: Uint8Array, signal: AbortSignal): Promise<TransportResponse> {
  const xhr = new XMLHttpRequest();
  const ended = Promise.withResolvers<void>();
  const fail = (detail: string) => ended.reject(connectionLost(detail));
  const stall = watchForStall(request.stallTimeoutMs, () => {
    fail(`Nothing moved for ${request.stallTimeoutMs} ms.`);
    xhr.abort();
  });
  const abort = () => {
    ended.reject(signal.reason);
    xhr.abort();
  };
  signal.addEventListener("abort", abort, { once: true });
  try {
    xhr.open(request.method, request.url);
    for (const [name, value] of Object.entries(request.headers)) xhr.setRequestHeader(name, value);
    xhr.upload.onprogress = ({ loaded }) => {
      stall.touch();
      request.onSent?.(loaded);
    };
    xhr.upload.onload = stall.touch;
    xhr.onprogress = stall.touch;
    xhr.onreadystatechange = stall.touch;
    xhr.onload = () => ended.resolve();
    xhr.onerror = () => fail("The connection broke.");
    xhr.ontimeout = () => fail("The browser gave the request up.");
    // Not only `abort` comes here: some systems abort requests when they go to sleep.
    xhr.onabort = () => fail("The browser ended the request.");
    // Of a plain array Chromium hands every byte to its developer tools, which makes uploads crawl while they are open.
    xhr.send(new Blob([body]));
    await ended.promise;
    return { status: xhr.status, header: (name) => xhr.getResponseHeader(name), text: xhr.responseText };
  } finally {
    stall.stop();
    signal.removeEventListener("abort", abort);
  }
}

async function sendText(
  request: TransportRequest,
  body: string | null,
  signal: AbortSignal,
): Promise<TransportResponse> {
  const { method, url, headers, stallTimeoutMs } = request;
  const stalled = new AbortController();
  const stall = watchForStall(stallTimeoutMs, () =>
    stalled.abort(new Error(`Nothing moved for ${stallTimeoutMs} ms.`)),
  );
  try {
    const response = await fetch(url, {
      method,
      headers,
      body,
      cache: "no-store",
      signal: AbortSignal.any([signal, stalled.signal]),
    });
    const text = await readText(response, stall.touch);
    return { status: response.status, header: (name) => response.headers.get(name), text };
  } catch (cause) {
    signal.throwIfAborted();
    throw connectionLost("The connection broke.", stalled.signal.reason ?? cause);
  } finally {
    stall.stop();
  }
}

async function readText(response: Response, touch: () => void): Promise<string> {
  touch();
  if (response.body === null) return "";
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  let sizeBytes = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    touch();
    sizeBytes += value.length;
    if (sizeBytes > maxAnswerBytes) {
      await reader.cancel();
      throw new Error("The answer is too long.");
    }
    text += decoder.decode(value, { stream: true });
  }
}
