import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A line between two machines. Rates are shared by all connections, as on a real one. */
export interface Link {
  /** There and back again, milliseconds. Connecting costs one more, as TCP's handshake does. */
  readonly rttMs: number;
  readonly upBytesPerSecond?: number;
  readonly downBytesPerSecond?: number;
  /** Most bytes of one connection and direction on their way; it carries this in each round trip. Default: 256 KiB. */
  readonly windowBytes?: number;
}

export interface RunningLink {
  readonly port: number;
  close(): Promise<void>;
}

const pieceBytes = 16_384;

/** Relays TCP connections on loopback to `targetPort`, as slowly as `link` says. */
export async function startLink(targetPort: number, link: Link): Promise<RunningLink> {
  const { rttMs, upBytesPerSecond = Number.POSITIVE_INFINITY, downBytesPerSecond = Number.POSITIVE_INFINITY } = link;
  const windowBytes = link.windowBytes ?? 262_144;
  const up = new Direction(upBytesPerSecond, rttMs, windowBytes);
  const down = new Direction(downBytesPerSecond, rttMs, windowBytes);
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (near) => {
    const far = connect({ port: targetPort, host: "127.0.0.1", allowHalfOpen: true });
    for (const socket of [near, far]) {
      socket.setNoDelay(true);
      sockets.add(socket);
      socket.on("close", () => sockets.delete(socket));
    }
    up.relay(near, far, performance.now() + rttMs);
    down.relay(far, near, 0);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const close = async () => {
    server.close();
    for (const socket of sockets) socket.destroy();
    await once(server, "close");
  };
  return { port: (server.address() as AddressInfo).port, close };
}

/** One direction of the line: whatever travels takes its turn at the rate, then half a round trip. */
class Direction {
  readonly #bytesPerMs: number;
  readonly #rttMs: number;
  readonly #windowBytes: number;
  /** When the line is free for the next piece. */
  #freeAt = 0;

  constructor(bytesPerSecond: number, rttMs: number, windowBytes: number) {
    this.#bytesPerMs = bytesPerSecond / 1_000;
    this.#rttMs = rttMs;
    this.#windowBytes = windowBytes;
  }

  relay(from: Socket, to: Socket, openAt: number): void {
    const arrivals = new Timetable();
    const credits = new Timetable();
    let underwayBytes = 0;
    from.on("data", (data: Buffer) => {
      underwayBytes += data.length;
      for (let at = 0; at < data.length; at += pieceBytes) {
        const piece = data.subarray(at, at + pieceBytes);
        const arrivesAt = this.#takeTurn(piece.length, openAt) + this.#rttMs / 2;
        arrivals.add(arrivesAt, () => to.destroyed || to.write(piece));
        // The sender hears of it another half round trip later, and may send as much again.
        credits.add(arrivesAt + this.#rttMs / 2, () => {
          underwayBytes -= piece.length;
          if (underwayBytes < this.#windowBytes) from.resume();
        });
      }
      if (underwayBytes >= this.#windowBytes) from.pause();
    });
    const last = () => Math.max(performance.now(), openAt) + this.#rttMs / 2;
    from.on("end", () => arrivals.add(last(), () => to.end()));
    from.on("error", () => arrivals.add(last(), () => to.resetAndDestroy()));
    from.on("close", () => arrivals.add(last(), () => to.destroySoon()));
  }

  #takeTurn(sizeBytes: number, openAt: number): number {
    this.#freeAt = Math.max(this.#freeAt, performance.now(), openAt) + sizeBytes / this.#bytesPerMs;
    return this.#freeAt;
  }
}

/** Work to be done at its time, and in the order in which it was given, which timers alone do not promise. */
class Timetable {
  readonly #waiting: { readonly atMs: number; readonly work: () => void }[] = [];
  #isArmed = false;

  add(atMs: number, work: () => void): void {
    this.#waiting.push({ atMs, work });
    this.#arm();
  }

  #arm(): void {
    const next = this.#waiting[0];
    if (this.#isArmed || next === undefined) return;
    this.#isArmed = true;
    const run = () => {
      this.#isArmed = false;
      while (this.#waiting[0] && this.#waiting[0].atMs <= performance.now()) this.#waiting.shift()?.work();
      this.#arm();
    };
    setTimeout(run, Math.max(0, Math.ceil(next.atMs - performance.now())));
  }
}
