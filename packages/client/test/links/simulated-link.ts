import { HawserError, limits } from "@hawser/protocol";
import type { FakeServer, ManualPlatform } from "../../src/testing/index.ts";
import type { Transport, TransportRequest, TransportResponse } from "../../src/transport/transport.ts";
import { type Cut, capacityAt, cutAt, type LinkScenario } from "./scenarios.ts";

/** What a connection may have on its way before anything was acknowledged: ten segments. */
const firstWindowBytes = 14_600;
/** Bytes that the system takes from a client and has not sent yet. */
const bufferBytes = 131_072;
const fieldBytes = 500;
/** From a request's last byte to its answer, at the server. */
const serverMs = 3;
/** When a connection that hears nothing tries again, counted from the beginning of the silence. */
const retriesMs = [0, 1_000, 3_000, 7_000, 15_000, 31_000];

interface Connection {
  /** Bytes that it may have on their way; doubles each round trip. */
  windowBytes: number;
  /** Nothing passes before. */
  opensAt: number;
  usedAt: number;
  standing: "alive" | "silent" | "closed";
}

/** A request on its way. */
interface Flow {
  readonly request: TransportRequest;
  readonly connection: Connection;
  readonly answered: PromiseWithResolvers<TransportResponse>;
  readonly totalBytes: number;
  leftBytes: number;
  /** What the client believes to be sent. */
  takenBytes: number;
  /** When the client saw something move last. */
  movedAt: number;
  /** When the last byte is there. */
  arrivesAt: number;
  isServed: boolean;
  answer: TransportResponse | null;
  answersAt: number;
}

/**
 * A line as a {@link LinkScenario} has it, in a test's time: connections start slowly, share evenly what there is, and
 * are used again. At its end is a server in memory.
 */
export class SimulatedLink implements Transport {
  readonly #scenario: LinkScenario;
  readonly #platform: ManualPlatform;
  readonly #server: FakeServer;
  readonly #flows = new Set<Flow>();
  readonly #idle: Connection[] = [];
  readonly #cuts: Cut[];
  readonly #tickMs: number;
  readonly #never = new AbortController().signal;
  #isTicking = false;
  /** Most requests that were on their way at once. */
  peakFlows = 0;
  /** Bytes of bodies that the line has carried. */
  bodyBytes = 0;

  constructor(scenario: LinkScenario, platform: ManualPlatform, server: FakeServer) {
    this.#scenario = scenario;
    this.#platform = platform;
    this.#server = server;
    this.#cuts = [...scenario.cuts];
    this.#tickMs = Math.max(5, Math.round(scenario.rttMs / 20));
  }

  async send(request: TransportRequest, signal: AbortSignal): Promise<TransportResponse> {
    signal.throwIfAborted();
    const now = this.#platform.monotonic();
    const totalBytes = fieldBytes + (request.body?.length ?? 0);
    const flow: Flow = {
      request,
      connection: this.#connect(now),
      answered: Promise.withResolvers(),
      totalBytes,
      leftBytes: totalBytes,
      takenBytes: 0,
      movedAt: now,
      arrivesAt: Number.POSITIVE_INFINITY,
      isServed: false,
      answer: null,
      answersAt: Number.POSITIVE_INFINITY,
    };
    const abort = () => this.#end(flow, signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    this.#flows.add(flow);
    this.peakFlows = Math.max(this.peakFlows, this.#flows.size);
    void this.#run();
    return flow.answered.promise.finally(() => signal.removeEventListener("abort", abort));
  }

  #connect(now: number): Connection {
    const { rttMs } = this.#scenario;
    const known = this.#idle.pop();
    if (known !== undefined) {
      // One that was idle for long begins slowly again.
      if (now - known.usedAt > Math.max(1_000, 2 * rttMs)) known.windowBytes = firstWindowBytes;
      return known;
    }
    const delayMs = retriesMs.find((retryMs) => cutAt(this.#scenario, now + retryMs) === undefined) ?? 63_000;
    return { windowBytes: firstWindowBytes, opensAt: now + delayMs + rttMs, usedAt: now, standing: "alive" };
  }

  /** Time goes on as long as there is something on its way. */
  async #run(): Promise<void> {
    if (this.#isTicking) return;
    this.#isTicking = true;
    while (this.#flows.size > 0) {
      await this.#platform.sleep(this.#tickMs, this.#never);
      this.#step(this.#platform.monotonic());
    }
    this.#isTicking = false;
  }

  #step(now: number): void {
    while (this.#cuts[0] !== undefined && this.#cuts[0].atMs <= now) this.#cut(this.#cuts.shift() as Cut);
    this.#carry(now);
    for (const flow of this.#flows) {
      if (!flow.isServed && flow.arrivesAt <= now) this.#serve(flow, flow.totalBytes, now);
      const isReachable = flow.connection.standing === "alive" && cutAt(this.#scenario, now) === undefined;
      if (flow.answersAt <= now && isReachable) this.#answer(flow, now);
      else if (now - flow.movedAt >= flow.request.stallTimeoutMs) this.#end(flow, new HawserError("connection_lost"));
    }
  }

  #cut({ kind, atMs, lastsMs }: Cut): void {
    const connections = new Set([...this.#idle, ...[...this.#flows].map(({ connection }) => connection)]);
    if (kind === "reset") {
      this.#idle.length = 0;
      for (const flow of this.#flows) this.#end(flow, new HawserError("connection_lost"));
      return;
    }
    const retryMs = retriesMs.find((delayMs) => delayMs >= lastsMs) ?? lastsMs;
    for (const connection of connections) {
      if (kind === "silent") connection.standing = "silent";
      connection.opensAt = Math.max(connection.opensAt, atMs + retryMs);
      connection.windowBytes = firstWindowBytes;
    }
  }

  /** What the line carries in one tick: to each connection as much as it may, to none more than its share. */
  #carry(now: number): void {
    const { rttMs, windowBytes } = this.#scenario;
    let roomBytes = capacityAt(this.#scenario, now) * this.#tickMs;
    const sending = [...this.#flows].filter(
      ({ leftBytes, connection }) => leftBytes > 0 && connection.standing === "alive" && connection.opensAt <= now,
    );
    const most = (flow: Flow) => Math.min(flow.leftBytes, (flow.connection.windowBytes * this.#tickMs) / rttMs);
    sending.sort((a, b) => most(a) - most(b));
    for (const [i, flow] of sending.entries()) {
      const bytes = Math.min(most(flow), roomBytes / (sending.length - i));
      roomBytes -= bytes;
      flow.leftBytes -= bytes;
      const bodyBytes = flow.totalBytes - fieldBytes;
      this.bodyBytes += Math.min(bodyBytes, flow.leftBytes + bytes) - Math.min(bodyBytes, flow.leftBytes);
      flow.connection.windowBytes = Math.min(windowBytes, flow.connection.windowBytes + bytes);
      this.#tell(flow, now);
      if (flow.leftBytes < 0.5) {
        flow.leftBytes = 0;
        flow.arrivesAt = now + rttMs / 2;
      }
    }
  }

  #tell(flow: Flow, now: number): void {
    const taken = Math.floor(Math.min(flow.totalBytes, flow.totalBytes - flow.leftBytes + bufferBytes));
    if (taken === flow.takenBytes) return;
    flow.takenBytes = taken;
    flow.movedAt = now;
    flow.request.onSent?.(Math.max(0, taken - fieldBytes));
  }

  /** The server gets the first `bytes` of a request. */
  #serve(flow: Flow, bytes: number, now: number): void {
    flow.isServed = true;
    const { request } = flow;
    const afterBytes = Math.max(0, Math.floor(bytes - fieldBytes));
    const isWhole = bytes >= flow.totalBytes;
    if (!isWhole && !(request.body instanceof Uint8Array && afterBytes > 0)) return;
    this.#server.fault = () => (isWhole ? undefined : { kind: "cut", afterBytes });
    const bare = { ...request, onSent: () => undefined };
    this.#server.send(bare, this.#never).then(
      (answer) => {
        flow.answer = answer;
        flow.answersAt = now + serverMs + this.#scenario.rttMs / 2;
      },
      () => undefined,
    );
  }

  #answer(flow: Flow, now: number): void {
    this.#flows.delete(flow);
    flow.connection.usedAt = now;
    this.#idle.push(flow.connection);
    flow.answered.resolve(flow.answer as TransportResponse);
  }

  /** The request comes to nothing; the server keeps what it has read, and of a dead connection whole chunks alone. */
  #end(flow: Flow, reason: unknown): void {
    if (!this.#flows.delete(flow)) return;
    const { connection, totalBytes, leftBytes, request } = flow;
    if (!flow.isServed) {
      const deliveredBytes = totalBytes - leftBytes;
      const offset = Number(request.headers["chunk-offset"] ?? 0) - fieldBytes;
      const wholeBytes = Math.floor((deliveredBytes + offset) / limits.chunkSizeBytes) * limits.chunkSizeBytes - offset;
      const isDead = connection.standing === "silent";
      this.#serve(flow, isDead ? wholeBytes : deliveredBytes, this.#platform.monotonic());
    }
    connection.standing = "closed";
    flow.answered.reject(reason);
  }
}
