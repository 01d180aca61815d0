import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export interface WayOptions {
  readonly targetPort: number;
  /** Whether sockets that want another protocol are turned away, as by a proxy that knows none. */
  readonly refusesUpgrades?: boolean;
  /** After how many messages of the server each live line is cut, in the middle of the next one. */
  readonly cutAfter?: () => number;
}

/** A way to a server that carries plain requests well, and live lines as badly as it is told. */
export class Way {
  readonly #options: WayOptions;
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer((client) => this.#join(client));
  /** Live lines that were turned away or cut. */
  brokenLines = 0;

  constructor(options: WayOptions) {
    this.#options = options;
  }

  async listen(): Promise<string> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #join(client: Socket): void {
    const { targetPort, refusesUpgrades = false, cutAfter } = this.#options;
    const server = connect(targetPort, "127.0.0.1");
    for (const socket of [client, server]) {
      this.#sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => {
        this.#sockets.delete(socket);
        client.destroy();
        server.destroy();
      });
    }
    client.once("data", (head: Buffer) => {
      const isUpgrade = /^upgrade: websocket/im.test(head.toString("latin1"));
      if (isUpgrade && refusesUpgrades) {
        this.brokenLines++;
        client.end("HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
        return;
      }
      server.write(head);
      client.pipe(server);
      if (isUpgrade && cutAfter !== undefined) this.#cutAfter(cutAfter(), client, server);
      else server.pipe(client);
    });
  }

  #cutAfter(messages: number, client: Socket, server: Socket): void {
    let seen = Buffer.alloc(0);
    let passed = 0;
    server.on("data", (piece: Buffer) => {
      seen = Buffer.concat([seen, piece]);
      const end = endOfMessages(seen, messages);
      const until = end === null ? seen.length : Math.min(seen.length, end + 1);
      if (client.destroyed) return;
      client.write(seen.subarray(passed, until));
      passed = until;
      if (end === null || seen.length === end) return;
      this.brokenLines++;
      client.destroySoon();
    });
  }
}

/** Where the last of so many frames ends, after the handshake's answer; null while it has not come (RFC 6455, 5.2). */
function endOfMessages(bytes: Buffer, count: number): number | null {
  const head = bytes.indexOf("\r\n\r\n");
  let at = head + 4;
  for (let frame = 0; head >= 0 && frame < count; frame++) {
    if (bytes.length < at + 10) return null;
    const short = bytes.readUInt8(at + 1) & 127;
    if (short === 127) at += 10 + Number(bytes.readBigUInt64BE(at + 2));
    else at += short === 126 ? 4 + bytes.readUInt16BE(at + 2) : 2 + short;
  }
  return head < 0 || bytes.length < at ? null : at;
}
