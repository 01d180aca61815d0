import type { Server } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { HawserError } from "@hawser/protocol";
import { type App, createApp, createHttpServer } from "../../src/http/app.ts";
import type { GuardOptions } from "../../src/http/guard.ts";
import { createLive } from "../../src/http/live/live.ts";
import type { WebApp } from "../../src/http/web-app.ts";
import type { Body, ByteRoom } from "../../src/ports/byte-room.ts";
import type { FactsThread } from "../../src/ports/facts.ts";
import { HandClock } from "./hand-clock.ts";

export const uploadId = "0123456789abcdef".repeat(2);
export const digest = `:${Buffer.alloc(32, 1).toString("base64")}:`;
export const idleTimeoutMs = 30_000;

/** The app over real sockets; the rooms behind it do what a test says. */
export interface Stage {
  readonly app: App;
  readonly server: Server;
  readonly port: number;
  readonly clock: HandClock;
  /** What was told to the operator. */
  readonly errors: object[];
  close(): Promise<void>;
}

export interface StageOptions {
  readonly room?: Partial<ByteRoom>;
  readonly facts?: Partial<FactsThread>;
  readonly guard?: Partial<GuardOptions>;
  readonly webApp?: WebApp | null;
}

/** Every method that a test does not give refuses. */
function refusing<T extends object>(given: Partial<T>): T {
  const refuse = () => Promise.reject(new HawserError("not_found", { detail: "nobody is here" }));
  return new Proxy(given, { get: (target, name) => Reflect.get(target, name) ?? refuse }) as T;
}

export async function openStage({ room = {}, facts = {}, guard = {}, webApp = null }: StageOptions): Promise<Stage> {
  const clock = new HandClock();
  const errors: object[] = [];
  const guarded = { loopback: true, allowedHosts: [], allowedOrigins: [], ...guard };
  const log = { debug: () => undefined, error: (fields: object) => errors.push(fields) };
  const app = createApp({
    room: refusing<ByteRoom>(room),
    facts: refusing<FactsThread>(facts),
    live: createLive({ facts: refusing<FactsThread>(facts), clock, guard: guarded, log }),
    clock,
    authenticate: async () => ({ owner: "local" }),
    log,
    guard: guarded,
    webApp,
    peers: { idleTimeoutMs, minBytesPerSecond: 1_000 },
  });
  const server = createHttpServer(app);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const close = async () => {
    server.close();
    server.closeAllConnections();
    await app.close();
  };
  return { app, server, port, clock, errors, close };
}

/** Reads a body to its end, as a room would. */
export async function readAll(body: Body): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of body) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** A connection on which a test writes and reads HTTP by hand. */
export class Line {
  readonly socket: Socket;
  #text = "";
  #ended = false;
  #change = Promise.withResolvers<void>();

  constructor(port: number) {
    this.socket = connect(port, "127.0.0.1");
    this.socket.setEncoding("latin1");
    const changed = () => {
      this.#change.resolve();
      this.#change = Promise.withResolvers();
    };
    this.socket.on("data", (text: string) => {
      this.#text += text;
      changed();
    });
    this.socket.on("error", changed);
    this.socket.on("close", () => {
      this.#ended = true;
      changed();
    });
  }

  send(head: readonly string[], body: string | Uint8Array = ""): void {
    this.socket.write(`${head.join("\r\n")}\r\nHost: localhost\r\n\r\n`);
    if (body.length > 0) this.socket.write(body);
  }

  /** Resolves with everything that came, once it holds `text`. */
  async until(text: string): Promise<string> {
    while (!this.#text.includes(text)) {
      if (this.#ended) throw new Error(`The line ended before ${JSON.stringify(text)}: ${this.#text}`);
      await this.#change.promise;
    }
    return this.#text;
  }

  /** Resolves with everything that came, once the server has closed the connection. */
  async untilEnd(): Promise<string> {
    while (!this.#ended) await this.#change.promise;
    return this.#text;
  }

  get received(): string {
    return this.#text;
  }
}

/** The head of a chunk request for chunk 1. */
export function chunkHead(contentLength: number, ...more: string[]): string[] {
  return [
    `PUT /uploads/${uploadId}/chunks/1 HTTP/1.1`,
    `Content-Length: ${contentLength}`,
    `Chunk-Digests: ${digest}`,
    ...more,
  ];
}
