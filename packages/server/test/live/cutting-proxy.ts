import type { AddressInfo } from "node:net";
import { connect, createServer, type Server, type Socket } from "node:net";
import { type Random, randomIndex } from "../simulation/random.ts";

/** The first connection ends within its first message, so that one is cut whatever the seed. */
const firstBytes = 400;

/** What lies between watchers and the server, and cuts each connection after some bytes. */
export class CuttingProxy {
  cuts = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
  }

  /** @param mostBytes that one connection lives for */
  static async start(targetPort: number, random: Random, mostBytes: number): Promise<CuttingProxy> {
    const server = createServer();
    const proxy = new CuttingProxy(server);
    let isFirst = true;
    server.on("connection", (near) => {
      const bytes = randomIndex(random, mostBytes) + 1;
      proxy.#join(near, targetPort, isFirst ? Math.min(bytes, firstBytes) : bytes);
      isFirst = false;
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #join(near: Socket, targetPort: number, bytes: number): void {
    const far = connect(targetPort, "127.0.0.1");
    let left = bytes;
    const end = () => {
      near.destroy();
      far.destroy();
    };
    for (const socket of [near, far]) {
      this.#sockets.add(socket);
      socket.on("error", end);
      socket.on("close", () => {
        this.#sockets.delete(socket);
        end();
      });
    }
    near.pipe(far);
    far.on("data", (piece: Buffer) => {
      near.write(piece.subarray(0, left));
      left -= piece.length;
      if (left > 0) return;
      this.cuts++;
      end();
    });
  }
}
