import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A long line to the server. What comes back is not slowed down, because answers are short. */
export interface Line {
  /** There and back again. All of it is spent on the way there; whoever waits for an answer cannot tell. */
  readonly rttMs: number;
  /** All connections together. */
  readonly bytesPerSecond: number;
  /** Most bytes that one connection has on their way: so many it carries in each round trip. */
  readonly windowBytes: number;
}

export interface RunningLine {
  readonly port: number;
  close(): Promise<void>;
}

/** Relays TCP connections to `targetPort` on this machine, as slowly as `line` says. */
export async function startLine(targetPort: number, line: Line): Promise<RunningLine> {
  const sockets = new Set<Socket>();
  let freeAtMs = 0;
  const arrivalOf = (sizeBytes: number, openAtMs: number) => {
    freeAtMs = Math.max(freeAtMs, openAtMs, performance.now()) + (sizeBytes * 1_000) / line.bytesPerSecond;
    return freeAtMs + line.rttMs;
  };
  const server = createServer((near) => {
    const far = connect(targetPort, "127.0.0.1");
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket.setNoDelay(true));
      socket.on("error", () => other.destroy());
      socket.on("close", () => sockets.delete(socket) && other.destroy());
    }
    // Before the first byte, TCP's own handshake takes a round trip.
    const openAtMs = performance.now() + line.rttMs;
    relay(near, far, line.windowBytes, (sizeBytes) => arrivalOf(sizeBytes, openAtMs));
    far.pipe(near);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, "close");
    },
  };
}

function relay(from: Socket, to: Socket, windowBytes: number, arrivalOf: (sizeBytes: number) => number): void {
  /** What is on its way, in order. */
  const underway: { readonly piece: Buffer; readonly atMs: number }[] = [];
  let underwayBytes = 0;
  let isArmed = false;
  const arm = () => {
    const next = underway[0];
    if (isArmed || next === undefined) return;
    isArmed = true;
    setTimeout(deliver, Math.max(0, Math.ceil(next.atMs - performance.now())));
  };
  const deliver = () => {
    isArmed = false;
    for (let next = underway[0]; next !== undefined && next.atMs <= performance.now(); next = underway[0]) {
      underway.shift();
      underwayBytes -= next.piece.length;
      if (!to.destroyed) to.write(next.piece);
    }
    if (underwayBytes < windowBytes) from.resume();
    arm();
  };
  from.on("data", (piece: Buffer) => {
    underway.push({ piece, atMs: arrivalOf(piece.length) });
    underwayBytes += piece.length;
    if (underwayBytes >= windowBytes) from.pause();
    arm();
  });
}
