import type { LiveEvent, LiveMessage, Subject, TicketResponse } from "@hawser/protocol";
import WebSocket from "ws";
import { exchange } from "./http-exchange.ts";

export interface WatchOptions {
  readonly origin?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Port of what lies between the watcher and the server; the ticket comes from the server itself. */
  readonly via?: number;
}

/** A watcher over a real WebSocket; waits for conditions, never for time. */
export class WatchClient {
  readonly messages: LiveMessage[] = [];
  /** How the connection ended. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  readonly socket: WebSocket;
  #change = Promise.withResolvers<void>();
  #isClosed = false;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on("message", (data) => {
      this.messages.push(JSON.parse(data.toString()) as LiveMessage);
      this.#changed();
    });
    socket.on("error", () => undefined);
    this.closed = new Promise((resolve) =>
      socket.on("close", (code, reason) => {
        this.#isClosed = true;
        this.#changed();
        resolve({ code, reason: reason.toString() });
      }),
    );
  }

  static async open(port: number, options: WatchOptions = {}): Promise<WatchClient> {
    const ticket = await getTicket(port, options.headers);
    const socket = new WebSocket(`ws://127.0.0.1:${options.via ?? port}/live?ticket=${ticket}`, {
      perMessageDeflate: false,
      ...(options.origin === undefined ? {} : { origin: options.origin }),
    });
    const client = new WatchClient(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once("open", resolve);
      socket.once("error", reject);
    });
    return client;
  }

  subscribe(subject: Subject, after?: number): void {
    this.say({ type: "subscribe", subject, ...(after === undefined ? {} : { after }) });
  }

  say(message: object): void {
    this.socket.send(JSON.stringify(message));
  }

  get events(): LiveEvent[] {
    return this.messages.flatMap((message) => (message.type === "events" ? message.events : []));
  }

  /** What it names to go on; null while it has nothing. */
  get seq(): number | null {
    const seqs = this.messages.flatMap((message) => ("seq" in message ? [message.seq] : []));
    return seqs.length === 0 ? null : Math.max(...seqs);
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Resolves when `isTrue`; @throws when the connection ended before. */
  async until(isTrue: (client: this) => boolean): Promise<void> {
    while (!isTrue(this)) {
      if (this.#isClosed) throw new Error(`The connection ended: ${JSON.stringify(this.messages)}`);
      await this.#change.promise;
    }
  }

  untilEvent(type: LiveEvent["type"], id?: string): Promise<void> {
    return this.until(({ events }) => events.some((event) => event.type === type && event.id === (id ?? event.id)));
  }

  /** Resolves when how things stand was told in full, so often. */
  untilShown(times = 1): Promise<void> {
    return this.until(
      ({ messages }) => messages.filter((message) => message.type === "uploads" && message.isLast).length >= times,
    );
  }

  cut(): void {
    this.socket.terminate();
  }

  #changed(): void {
    this.#change.resolve();
    this.#change = Promise.withResolvers();
  }
}

export async function getTicket(port: number, headers: WatchOptions["headers"] = {}): Promise<string> {
  const answer = await exchange(port, { method: "POST", target: "/live/tickets", headers });
  if (answer.status !== 201) throw new Error(`No ticket: ${answer.status} ${answer.body}`);
  return (JSON.parse(answer.body.toString()) as TicketResponse).ticket;
}

/** The head of a handshake, as a browser sends it. */
export function handshake(target: string, headers: Readonly<Record<string, string | null>> = {}) {
  return {
    target,
    headers: {
      connection: "Upgrade",
      upgrade: "websocket",
      "sec-websocket-version": "13",
      "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
      ...headers,
    },
  };
}
