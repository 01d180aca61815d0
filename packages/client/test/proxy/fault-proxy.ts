import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { seededRandom } from "../../src/testing/seeded-random.ts";
import { type ProxyCounts, Tally } from "./counts.ts";
import { Exchange } from "./exchange.ts";
import { FaultPlan, type FaultRule } from "./fault-plan.ts";
import { type Link, startLink } from "./link.ts";
import { kindOf } from "./request-kind.ts";

export interface FaultProxyOptions {
  /** `http://127.0.0.1:PORT`; nothing but loopback. */
  readonly target: string;
  /** Decides what is left to chance: bits, moments, orders. */
  readonly seed: number;
  readonly plan: readonly FaultRule[];
  /** The line between the client and the proxy. Default: as fast as it goes. */
  readonly link?: Link;
}

export interface FaultProxy {
  /** `http://127.0.0.1:PORT`, without a slash at the end. */
  readonly url: string;
  /** As they are now. */
  readonly counts: ProxyCounts;
  /** How often each rule of the plan struck. */
  readonly struck: readonly number[];
  /** A new plan, which starts to count from nothing. */
  follow(plan: readonly FaultRule[]): void;
  /** Where requests go from now on, as after a restart on another port. */
  redirect(target: string): void;
  /** Ends every connection; copies under way arrive before it resolves. */
  close(): Promise<void>;
}

/** Most connections that clients may have open. */
const maxConnections = 512;

/** A proxy on loopback between the engine and a server, with faults to order. */
export async function startFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const random = seededRandom(options.seed);
  const tally = new Tally();
  const sockets = new Set<Socket>();
  const running = new Set<Promise<void>>();
  let plan = new FaultPlan(options.plan);
  let target = loopbackTarget(options.target);
  const answer = (request: IncomingMessage, response: ServerResponse) => {
    const kind = kindOf(request.method ?? "", request.url ?? "");
    const exchange = new Exchange({ request, response, target, counts: tally.request(kind), random });
    const run = exchange.run(plan.strike(kind)).finally(() => running.delete(run));
    running.add(run);
  };
  const server = createServer({ keepAliveTimeout: 60_000, requestTimeout: 0 }, answer);
  server.maxConnections = maxConnections;
  server.on("connection", (socket) => {
    sockets.add(socket);
    tally.connection(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const link = options.link && (await startLink(port, options.link));
  const close = async () => {
    await link?.close();
    server.close();
    for (const socket of sockets) socket.destroy();
    await once(server, "close");
    await Promise.all(running);
  };
  return {
    url: `http://127.0.0.1:${link?.port ?? port}`,
    get counts() {
      return tally.counts();
    },
    get struck() {
      return plan.struck;
    },
    follow: (rules) => {
      plan = new FaultPlan(rules);
    },
    redirect: (url) => {
      target = loopbackTarget(url);
    },
    close,
  };
}

function loopbackTarget(url: string): URL {
  const target = new URL(url);
  if (!["127.0.0.1", "localhost", "[::1]"].includes(target.hostname)) throw new RangeError(`${url} is not loopback`);
  return target;
}
