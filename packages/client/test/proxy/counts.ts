import type { Socket } from "node:net";
import { type RequestKind, requestKinds } from "./request-kind.ts";

/** Of one kind of request. Only bodies; copies that the proxy made itself are not counted. */
export interface KindCounts {
  requests: number;
  /** What the client sent. */
  receivedBytes: number;
  /** What was passed on to the server. */
  forwardedBytes: number;
}

export interface ProxyCounts {
  readonly connections: number;
  /** All bytes on the clients' connections, header fields included. */
  readonly fromClientBytes: number;
  readonly toClientBytes: number;
  readonly kinds: Readonly<Record<RequestKind, Readonly<KindCounts>>>;
}

/** Adds up what goes through. */
export class Tally {
  readonly #kinds = Object.fromEntries(
    requestKinds.map((kind) => [kind, { requests: 0, receivedBytes: 0, forwardedBytes: 0 }]),
  ) as Record<RequestKind, KindCounts>;
  readonly #open = new Set<Socket>();
  #connections = 0;
  #fromClientBytes = 0;
  #toClientBytes = 0;

  request(kind: RequestKind): KindCounts {
    this.#kinds[kind].requests++;
    return this.#kinds[kind];
  }

  connection(socket: Socket): void {
    this.#connections++;
    this.#open.add(socket);
    socket.on("close", () => {
      this.#open.delete(socket);
      this.#fromClientBytes += socket.bytesRead;
      this.#toClientBytes += socket.bytesWritten;
    });
  }

  counts(): ProxyCounts {
    const open = [...this.#open];
    return {
      connections: this.#connections,
      fromClientBytes: open.reduce((sum, { bytesRead }) => sum + bytesRead, this.#fromClientBytes),
      toClientBytes: open.reduce((sum, { bytesWritten }) => sum + bytesWritten, this.#toClientBytes),
      kinds: structuredClone(this.#kinds),
    };
  }
}
