import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createNodeTransport } from "../../src/transport/node-http.ts";
import type { Transport, TransportRequest } from "../../src/transport/transport.ts";
import type { FaultRule } from "./fault-plan.ts";
import { type FaultProxy, startFaultProxy } from "./fault-proxy.ts";
import { kindOf } from "./request-kind.ts";

interface Arrival {
  readonly method: string;
  readonly url: string;
  bodyBytes: number;
  isComplete: boolean;
  sha256: string;
}

let server: Server;
let target: string;
let arrivals: Arrival[];
let ended: PromiseWithResolvers<void>;
let proxy: FaultProxy;
let transport: Transport;

/** A plain server takes everything and writes down what it got. */
async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method = "", url = "" } = request;
  const arrival: Arrival = { method, url, bodyBytes: 0, isComplete: false, sha256: "" };
  arrivals.push(arrival);
  const hash = createHash("sha256");
  request.on("close", () => ended.resolve());
  try {
    for await (const piece of request as AsyncIterable<Uint8Array>) {
      arrival.bodyBytes += piece.length;
      hash.update(piece);
    }
    arrival.isComplete = true;
    arrival.sha256 = hash.digest("hex");
    response.setHeader("x-word", "hello").end(`got ${arrival.bodyBytes}`);
  } catch {
    ended.resolve();
  }
}

beforeEach(async () => {
  arrivals = [];
  ended = Promise.withResolvers();
  transport = createNodeTransport();
  server = createServer((request, response) => void take(request, response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  target = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  transport.close?.();
  await proxy.close();
  server.close();
  server.closeAllConnections();
});

async function start(...plan: FaultRule[]): Promise<void> {
  proxy = await startFaultProxy({ target, seed: 1, plan });
}

const body = new Uint8Array(1_000_000).map((_, at) => at * 3 + (at >> 8));
const bodySha256 = createHash("sha256").update(body).digest("hex");
const run = "uploads/abc/chunks/1-2";

function send(path: string, request: Partial<TransportRequest> = {}) {
  const defaults = { method: "PUT", headers: {}, body, stallTimeoutMs: 300 } as const;
  return transport.send({ ...defaults, url: `${proxy.url}/${path}`, ...request }, new AbortController().signal);
}

test("[R8] without a fault everything goes through as it is, and is counted", async () => {
  await start();
  const answer = await send(`${run}?a=b`, { headers: { "x-own": "1" } });
  expect([answer.status, answer.text, answer.header("x-word")]).toEqual([200, "got 1000000", "hello"]);
  await send("uploads/abc/resume", { method: "GET", body: null });
  expect(arrivals).toMatchObject([
    { method: "PUT", url: `/${run}?a=b`, bodyBytes: 1_000_000, isComplete: true, sha256: bodySha256 },
    { method: "GET", url: "/uploads/abc/resume", bodyBytes: 0 },
  ]);
  const { kinds, connections, fromClientBytes, toClientBytes } = proxy.counts;
  expect(kinds.chunks).toEqual({ requests: 1, receivedBytes: 1_000_000, forwardedBytes: 1_000_000 });
  expect(kinds.resume).toEqual({ requests: 1, receivedBytes: 0, forwardedBytes: 0 });
  expect(connections).toBe(1);
  expect(fromClientBytes).toBeGreaterThan(1_000_000);
  expect(fromClientBytes).toBeLessThan(1_001_000);
  expect(toClientBytes).toBeGreaterThan(20);
});

test("[R8] tells the kinds of request apart", () => {
  const kinds = [
    ["POST", "/uploads/initialize"],
    ["POST", "/uploads?filename=a"],
    ["PUT", "/uploads/1/chunks/4"],
    ["POST", "/uploads/1/chunks/4-9?x"],
    ["GET", "/uploads/1/resume?from=3"],
    ["GET", "/uploads/1/manifest"],
    ["POST", "/uploads/1/finalize"],
    ["GET", "/uploads/check?filename=a"],
    ["GET", "/uploads/1"],
    ["GET", "/files/1"],
    ["DELETE", "/uploads/1"],
  ] as const;
  expect(kinds.map(([method, url]) => kindOf(method, url))).toEqual([
    "initialize",
    "one-shot",
    "chunks",
    "chunks",
    "resume",
    "manifest",
    "finalize",
    "check",
    "other",
    "other",
    "other",
  ]);
});

describe("lines that break", () => {
  test.each(["cut", "reset", "black-hole"] as const)(
    "[R8] %s at the beginning: the server hears nothing",
    async (kind) => {
      await start({ on: "chunks", fault: { kind, at: 0 } });
      await expect(send(run)).rejects.toMatchObject({ code: "connection_lost" });
      expect(arrivals).toEqual([]);
      expect(proxy.counts.kinds.chunks.forwardedBytes).toBe(0);
      expect((await send(run)).status).toBe(200);
      expect(proxy.struck).toEqual([1]);
    },
  );

  test.each(["cut", "black-hole"] as const)(
    "[R8] %s in the middle: the server reads exactly that share",
    async (kind) => {
      await start({ on: "chunks", fault: { kind, at: 0.5 } });
      await expect(send(run)).rejects.toMatchObject({ code: "connection_lost" });
      if (kind === "cut") await ended.promise;
      expect(arrivals).toMatchObject([{ bodyBytes: 500_000, isComplete: false }]);
      expect(proxy.counts.kinds.chunks.forwardedBytes).toBe(500_000);
    },
  );

  test("[R8] reset in the middle: the server hears of it", async () => {
    await start({ on: "chunks", fault: { kind: "reset", at: 0.5 } });
    await expect(send(run)).rejects.toMatchObject({ code: "connection_lost" });
    await ended.promise;
    expect(arrivals).toMatchObject([{ isComplete: false }]);
  });

  test("[R8] cut at the end, and swallowed: the server got all of it, the client no answer", async () => {
    await start({ on: "chunks", fault: { kind: "cut", at: 1 } }, { on: "finalize", fault: { kind: "swallow" } });
    await expect(send(run)).rejects.toMatchObject({ code: "connection_lost" });
    await ended.promise;
    await expect(send("uploads/abc/finalize", { method: "POST" })).rejects.toMatchObject({ code: "connection_lost" });
    expect(arrivals).toMatchObject([
      { bodyBytes: body.length, isComplete: true },
      { bodyBytes: body.length, isComplete: true },
    ]);
  });

  test("[R8] a slow close: the server knows at once, the client later", async () => {
    await start({ on: "any", fault: { kind: "slow-close", at: 0.5, delayMs: 150 } });
    const sending = send(run, { stallTimeoutMs: 20_000 });
    let isOver = false;
    sending.catch(() => {
      isOver = true;
    });
    await ended.promise;
    expect(isOver).toBe(false);
    await expect(sending).rejects.toMatchObject({ code: "connection_lost" });
  });

  test("[S5] a server that dies is a broken line; another address is taken from then on", async () => {
    await start();
    server.closeAllConnections();
    server.close();
    await once(server, "close");
    await expect(send(run, { stallTimeoutMs: 5_000 })).rejects.toMatchObject({ code: "connection_lost" });
    const second = createServer((_, response) => response.end("second"));
    second.listen(0, "127.0.0.1");
    await once(second, "listening");
    proxy.redirect(`http://127.0.0.1:${(second.address() as AddressInfo).port}`);
    expect((await send(run, { method: "GET", body: null })).text).toBe("second");
    second.close();
    second.closeAllConnections();
  });
});

describe("copies and damage", () => {
  test("[R5] a duplicated request arrives twice, and is answered once", async () => {
    await start({ on: "chunks", fault: { kind: "duplicate" } });
    expect((await send(run)).text).toBe("got 1000000");
    await proxy.close();
    expect(arrivals.map(({ sha256 }) => sha256)).toEqual([bodySha256, bodySha256]);
    expect(proxy.counts.kinds.chunks).toEqual({ requests: 1, receivedBytes: 1_000_000, forwardedBytes: 1_000_000 });
  });

  test("[S4] a damaged duplicate differs from the original, which arrives too", async () => {
    await start({ on: "chunks", times: 6, fault: { kind: "damaged-duplicate" } });
    for (let time = 0; time < 6; time++) expect((await send(run)).status).toBe(200);
    await proxy.close();
    expect(arrivals.filter(({ sha256 }) => sha256 === bodySha256)).toHaveLength(6);
    expect(new Set(arrivals.map(({ sha256 }) => sha256)).size).toBe(7);
  });

  test("[S4] a damaged body is one bit off", async () => {
    await start({ on: "chunks", fault: { kind: "damage" } });
    await send(run);
    expect(arrivals).toMatchObject([{ bodyBytes: body.length, isComplete: true }]);
    expect(arrivals[0]?.sha256).not.toBe(bodySha256);
  });
});

describe("answers from the way", () => {
  test.each([0, 0.5, 1])("[S15] come after a share of %d, and the server hears nothing", async (at) => {
    await start({ on: "any", fault: { kind: "answer", at, status: 503, retryAfterSeconds: 2 } });
    const answer = await send(run);
    expect([answer.status, answer.header("retry-after")]).toEqual([503, "2"]);
    expect(arrivals).toEqual([]);
    expect(proxy.counts.kinds.chunks.forwardedBytes).toBe(0);
    expect((await send(run)).status).toBe(200);
  });
});

describe("the plan", () => {
  test("[R8] strikes from the given request on, so often, and for its kind alone", async () => {
    const answer = (status: number) => ({ kind: "answer", at: 0, status }) as const;
    await start({ on: "chunks", from: 2, times: 2, fault: answer(429) }, { on: "any", from: 6, fault: answer(401) });
    const statuses: number[] = [];
    for (const path of [run, "uploads/a/resume", run, run, run, run, run]) {
      statuses.push((await send(path, { body: null })).status);
    }
    expect(statuses).toEqual([200, 200, 429, 429, 200, 401, 200]);
    expect(proxy.struck).toEqual([2, 1]);
    proxy.follow([{ on: "any", fault: answer(500) }]);
    expect((await send(run)).status).toBe(500);
  });

  test("[R8] the same seed does the same, another one something else", async () => {
    const shares = new Map<number, number[]>();
    for (const seed of [1, 1, 2]) {
      proxy = await startFaultProxy({ target, seed, plan: [{ on: "any", times: 3, fault: { kind: "cut" } }] });
      const forwarded: number[] = [];
      for (let time = 0; time < 3; time++) {
        await expect(send(run)).rejects.toMatchObject({ code: "connection_lost" });
        forwarded.push(proxy.counts.kinds.chunks.forwardedBytes);
      }
      expect(shares.get(seed) ?? forwarded).toEqual(forwarded);
      shares.set(seed, forwarded);
      await proxy.close();
    }
    expect(shares.get(1)).not.toEqual(shares.get(2));
    await start();
  });

  test("[R9] nothing but loopback is a target", async () => {
    await expect(startFaultProxy({ target: "http://192.0.2.1/", seed: 1, plan: [] })).rejects.toThrow("not loopback");
    await start();
    expect(() => proxy.redirect("http://files.example/")).toThrow("not loopback");
  });
});

describe("a line between the client and the proxy", () => {
  const elapsedMs = async (work: () => Promise<unknown>) => {
    const start = performance.now();
    await work();
    return performance.now() - start;
  };
  const startLine = async (link: Parameters<typeof startFaultProxy>[0]["link"] & object) => {
    proxy = await startFaultProxy({ target, seed: 1, plan: [], link });
  };

  test("[S17] costs two round trips for the first request and one for the next", async () => {
    await startLine({ rttMs: 60 });
    const ask = () => send("uploads/a/resume", { method: "GET", body: null, stallTimeoutMs: 5_000 });
    const first = await elapsedMs(ask);
    expect(first).toBeGreaterThanOrEqual(115);
    const next = await elapsedMs(ask);
    expect(next).toBeGreaterThanOrEqual(55);
    expect(next).toBeLessThan(first);
  });

  test("[S17] carries no more than its rate, whatever the number of connections", async () => {
    await startLine({ rttMs: 2, upBytesPerSecond: 4_000_000, windowBytes: 4_000_000 });
    const both = await elapsedMs(() =>
      Promise.all([send(run, { stallTimeoutMs: 5_000 }), send(run, { stallTimeoutMs: 5_000 })]),
    );
    expect(both).toBeGreaterThanOrEqual(480);
    expect(arrivals.map(({ sha256 }) => sha256)).toEqual([bodySha256, bodySha256]);
  });

  test("[S17] one connection carries a window each round trip, so that several carry more", async () => {
    await startLine({ rttMs: 40, windowBytes: 131_072 });
    const one = await elapsedMs(() => send(run, { stallTimeoutMs: 5_000 }));
    expect(one).toBeGreaterThanOrEqual(6 * 40);
    const four = await elapsedMs(() => Promise.all([0, 1, 2, 3].map(() => send(run, { stallTimeoutMs: 5_000 }))));
    expect(four).toBeLessThan(3 * one);
  });

  test("[R8] a broken line breaks at the other end too", async () => {
    proxy = await startFaultProxy({
      target,
      seed: 1,
      plan: [{ on: "any", times: 2, fault: { kind: "reset", at: 0.5 } }],
      link: { rttMs: 10 },
    });
    for (let time = 0; time < 2; time++) {
      await expect(send(run, { stallTimeoutMs: 10_000 })).rejects.toMatchObject({ code: "connection_lost" });
    }
    expect((await send(run)).status).toBe(200);
  });
});
