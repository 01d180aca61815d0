import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** From this moment on the line carries so much, all connections together. */
export interface CapacityStep {
  readonly fromMs: number;
  readonly bytesPerSecond: number;
}

/**
 * The line carries nothing for a while. `reset`: connections end, and who holds them knows. `silent`: they are dead, and
 * nobody is told. `outage`: they live on.
 */
export interface Cut {
  readonly atMs: number;
  readonly lastsMs: number;
  readonly kind: "reset" | "silent" | "outage";
}

/** A long line to the server. What comes back is not slowed down, because answers are short. */
export interface Line {
  /** There and back again. All of it is spent on the way there; whoever waits for an answer cannot tell. */
  readonly rttMs: number;
  /** In order of time, the first from 0 on, the last for ever. Time begins with the first connection. */
  readonly capacity: readonly CapacityStep[];
  readonly cuts: readonly Cut[];
  /** Most bytes that one connection has on their way: so many it carries in each round trip. */
  readonly windowBytes: number;
  /** The same for a new connection. Every byte that arrives makes room for one more, as TCP's slow start does. */
  readonly firstWindowBytes: number;
}

export interface RunningLine {
  readonly port: number;
  close(): Promise<void>;
}

const pieceBytes = 16_384;
/** When somebody who wants to connect tries, counted from the first time. */
const triesMs = [0, 1_000, 3_000, 7_000, 15_000, 31_000];

/** When `sizeBytes` that may leave from `fromMs` on have left, on a line that carries nothing else. */
export function leftAtMs(
  { capacity, cuts }: Pick<Line, "capacity" | "cuts">,
  fromMs: number,
  sizeBytes: number,
): number {
  let atMs = fromMs;
  for (let leftBytes = sizeBytes; ; ) {
    const cut = cutAt(cuts, atMs);
    const { bytesPerSecond = 0 } = capacity.findLast(({ fromMs: start }) => start <= atMs) ?? {};
    const carriedPerMs = cut === undefined ? bytesPerSecond / 1_000 : 0;
    const doneMs = atMs + (carriedPerMs === 0 ? Number.POSITIVE_INFINITY : leftBytes / carriedPerMs);
    const changesMs = [...capacity.map((step) => step.fromMs), ...cuts.map((next) => next.atMs)];
    if (cut !== undefined) changesMs.push(cut.atMs + cut.lastsMs);
    const untilMs = Math.min(...changesMs.filter((changeMs) => changeMs > atMs));
    if (doneMs <= untilMs) return doneMs;
    leftBytes -= (untilMs - atMs) * carriedPerMs;
    atMs = untilMs;
  }
}

function cutAt(cuts: readonly Cut[], atMs: number): Cut | undefined {
  return cuts.find((cut) => cut.atMs <= atMs && atMs < cut.atMs + cut.lastsMs);
}

/** Relays TCP connections to `targetPort` on this machine, as slowly as `line` says. */
export async function startLine(targetPort: number, line: Line): Promise<RunningLine> {
  const clock = new LineClock(line);
  const open = new Set<Connection>();
  const timers: NodeJS.Timeout[] = [];
  const cut = (kind: "reset" | "silent") => {
    for (const connection of open) connection.cut(kind);
    clock.forget();
  };
  const server = createServer((near) => {
    if (clock.begin()) {
      for (const { atMs, kind } of line.cuts) {
        if (kind !== "outage") timers.push(setTimeout(() => cut(kind), atMs));
      }
    }
    const connection = new Connection(near, connect(targetPort, "127.0.0.1"), line, clock);
    open.add(connection);
    near.on("close", () => open.delete(connection));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      for (const timer of timers) clearTimeout(timer);
      server.close();
      for (const connection of open) connection.close();
      await once(server, "close");
    },
  };
}

/** The time of a line, and what of its capacity is taken. */
class LineClock {
  readonly #line: Line;
  #beganAtMs: number | undefined;
  #freeAtMs = 0;

  constructor(line: Line) {
    this.#line = line;
  }

  get nowMs(): number {
    return performance.now() - (this.#beganAtMs ?? performance.now());
  }

  /** True the first time. */
  begin(): boolean {
    if (this.#beganAtMs !== undefined) return false;
    this.#beganAtMs = performance.now();
    return true;
  }

  /** When somebody who begins to connect now is connected: TCP's handshake takes a round trip. */
  connectedAtMs(): number {
    const { nowMs } = this;
    const tryMs = triesMs.find((delayMs) => cutAt(this.#line.cuts, nowMs + delayMs) === undefined) ?? 63_000;
    return nowMs + tryMs + this.#line.rttMs;
  }

  /** How long from now until `sizeBytes` arrive, behind everything else that travels. */
  arrivalInMs(sizeBytes: number, openAtMs: number): number {
    const { nowMs } = this;
    this.#freeAtMs = leftAtMs(this.#line, Math.max(this.#freeAtMs, openAtMs, nowMs), sizeBytes);
    return this.#freeAtMs + this.#line.rttMs - nowMs;
  }

  /** What waited for the line is gone. */
  forget(): void {
    this.#freeAtMs = Math.min(this.#freeAtMs, this.nowMs);
  }
}

class Connection {
  readonly #near: Socket;
  readonly #far: Socket;
  readonly #line: Line;
  readonly #clock: LineClock;
  readonly #openAtMs: number;
  /** What was read and may not leave yet, and what is on its way; both in order. */
  readonly #waiting: Buffer[] = [];
  readonly #underway: { readonly piece: Buffer; readonly atMs: number }[] = [];
  #windowBytes: number;
  #underwayBytes = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(near: Socket, far: Socket, line: Line, clock: LineClock) {
    this.#near = near.setNoDelay(true);
    this.#far = far.setNoDelay(true);
    this.#line = line;
    this.#clock = clock;
    this.#openAtMs = clock.connectedAtMs();
    this.#windowBytes = line.firstWindowBytes;
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      socket.on("error", () => other.destroy());
      socket.on("close", () => other.destroy());
    }
    near.on("data", (data: Buffer) => this.#take(data));
    near.on("close", () => clearTimeout(this.#timer));
    far.pipe(near);
  }

  cut(kind: "reset" | "silent"): void {
    // What has arrived at the other end is not taken back.
    clearTimeout(this.#timer);
    this.#waiting.length = 0;
    this.#underway.length = 0;
    if (kind === "reset") return void this.#near.resetAndDestroy();
    this.#far.unpipe(this.#near);
    this.#near.removeAllListeners("data").pause();
  }

  close(): void {
    this.#near.destroy();
    this.#far.destroy();
  }

  #take(data: Buffer): void {
    for (let at = 0; at < data.length; at += pieceBytes) this.#waiting.push(data.subarray(at, at + pieceBytes));
    this.#near.pause();
    this.#leave();
  }

  #leave(): void {
    while (this.#underwayBytes < this.#windowBytes) {
      const piece = this.#waiting.shift();
      if (piece === undefined) {
        this.#near.resume();
        break;
      }
      this.#underwayBytes += piece.length;
      const atMs = performance.now() + this.#clock.arrivalInMs(piece.length, this.#openAtMs);
      this.#underway.push({ piece, atMs });
    }
    this.#arm();
  }

  #arm(): void {
    const next = this.#underway[0];
    if (this.#timer !== undefined || next === undefined) return;
    this.#timer = setTimeout(() => this.#deliver(), Math.max(0, Math.ceil(next.atMs - performance.now())));
  }

  #deliver(): void {
    this.#timer = undefined;
    for (let next = this.#underway[0]; next && next.atMs <= performance.now(); next = this.#underway[0]) {
      this.#underway.shift();
      this.#underwayBytes -= next.piece.length;
      this.#windowBytes = Math.min(this.#line.windowBytes, this.#windowBytes + next.piece.length);
      if (!this.#far.destroyed) this.#far.write(next.piece);
    }
    this.#leave();
  }
}
