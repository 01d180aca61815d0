import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/**
 * A line to a server that stops in the middle: after so many bytes towards it nothing more passes, until the gate is
 * opened. So that "in the middle of an upload" is a place, not a moment.
 */
export class Gate {
  /** Resolves when the gate has closed. */
  readonly closed: Promise<void>;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #close: () => void;
  #leftBytes: number;

  constructor(targetPort: string, passBytes: number) {
    this.#leftBytes = passBytes;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.closed = promise;
    this.#close = resolve;
    this.#server = createServer((client) => this.#join(client, connect(Number(targetPort), "127.0.0.1")));
  }

  async listen(): Promise<string> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Everything passes from now on; what is held in the gate is lost with its connection. */
  open(): void {
    this.#leftBytes = Number.POSITIVE_INFINITY;
    for (const socket of this.#sockets) socket.destroy();
  }

  end(): void {
    this.open();
    this.#server.close();
  }

  #join(client: Socket, server: Socket): void {
    for (const socket of [client, server]) {
      this.#sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => {
        this.#sockets.delete(socket);
        client.destroy();
        server.destroy();
      });
    }
    server.pipe(client);
    client.on("data", (bytes: Buffer) => {
      if (this.#leftBytes < bytes.length) {
        client.pause();
        return this.#close();
      }
      this.#leftBytes -= bytes.length;
      server.write(bytes);
    });
  }
}
