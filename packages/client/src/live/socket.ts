/** What a socket tells, each at most until `closed`. */
export interface SocketListener {
  opened(): void;
  heard(text: string): void;
  /** It is over, or never came to be. */
  closed(code: number): void;
}

export interface LiveSocket {
  send(text: string): void;
  /** Nothing is told any more. */
  close(): void;
}

/** Opens a connection; null where there is nothing to open one with. Tells nothing before it has returned. */
export type OpenSocket = (url: string, listener: SocketListener) => LiveSocket | null;

/** What is used of a `WebSocket`, which browsers and Node both have, so that nothing else of the DOM is needed. */
interface SocketScope {
  readonly WebSocket?: new (url: string) => Socket;
  readonly location?: { readonly href: string };
}

interface Socket {
  onopen: (() => void) | null;
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  onclose: ((event: { readonly code: number }) => void) | null;
  send(text: string): void;
  close(): void;
}

/** The one that this browser or Node has. */
export const openWebSocket: OpenSocket = (url, listener) => {
  const { WebSocket } = globalThis as unknown as SocketScope;
  if (WebSocket === undefined) return null;
  const socket = new WebSocket(url);
  socket.onopen = () => listener.opened();
  socket.onmessage = ({ data }) => typeof data === "string" && listener.heard(data);
  // An error says nothing of itself, and this always follows it.
  socket.onclose = ({ code }) => listener.closed(code);
  return {
    send: (text) => socket.send(text),
    close: () => {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close();
    },
  };
};

/** Where the socket is, for an endpoint that may be relative to the page. */
export function socketUrl(endpoint: string, ticket: string): string {
  const { location } = globalThis as unknown as SocketScope;
  const url = new URL(`${endpoint.replace(/\/*$/, "/")}live`, location?.href);
  url.protocol = url.protocol.replace("http", "ws");
  url.searchParams.set("ticket", ticket);
  return url.href;
}
