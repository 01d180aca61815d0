import { liveLimits } from "@hawser/protocol";
import { expect, onTestFinished, test } from "vitest";
import { liveBounds } from "../../src/http/live/bounds.ts";
import type { LiveFacts } from "../../src/ports/live.ts";
import { EventStream } from "../support/event-stream.ts";
import { codeOf, exchange, type WireRequest } from "../support/http-exchange.ts";
import { getTicket, handshake, WatchClient } from "../support/watch-client.ts";
import { turn } from "./hand-clock.ts";
import { openStage, type Stage, type StageOptions, uploadId } from "./stage.ts";

/** A ledger in which nothing happens. */
const quiet: LiveFacts = {
  setWatched: async () => 7,
  eventsAfter: async () => ({ happenings: [], seq: 7, isLast: true }),
  snapshot: async () => ({ uploads: [], seq: 7 }),
};

async function open(options: StageOptions = {}): Promise<Stage> {
  const stage = await openStage({ facts: quiet, ...options });
  onTestFinished(stage.close);
  return stage;
}

async function connect(stage: Stage): Promise<WatchClient> {
  const client = await WatchClient.open(stage.port);
  onTestFinished(() => client.cut());
  return client;
}

/** Lets time pass a second at a time, as the server looks at its connections. */
async function pass(stage: Stage, durationMs: number): Promise<void> {
  for (let at = 0; at < durationMs; at += 1_000) await stage.clock.advance(1_000);
}

async function refusalOf(stage: Stage, request: WireRequest) {
  const answer = await exchange(stage.port, request);
  return [answer.status, codeOf(answer)];
}

const to = async (stage: Stage, headers: Parameters<typeof handshake>[1] = {}) =>
  handshake(`/live?ticket=${await getTicket(stage.port)}`, headers);

test("[S7] [S11] only pages of the server's own or a configured origin, and programs, are let in", async () => {
  const stage = await open({ guard: { allowedOrigins: ["https://app.example"] } });
  for (const origin of ["http://evil.example", "null", "https://app.example.evil", "http://localhost:1"]) {
    expect(await refusalOf(stage, await to(stage, { origin })), origin).toEqual([403, "origin_forbidden"]);
  }
  for (const origin of ["http://localhost", "https://localhost", "https://app.example"]) {
    const client = await WatchClient.open(stage.port, {
      origin: origin.replace("localhost", `127.0.0.1:${stage.port}`),
    });
    client.cut();
  }
  (await connect(stage)).cut();
  expect(await refusalOf(stage, await to(stage, { host: "evil.example" }))).toEqual([421, "misdirected_request"]);
});

test("[S7] [S11] without a good ticket nobody is let in: none, made up, used, or too old", async () => {
  const stage = await open();
  const unauthorized = [401, "unauthorized"];
  expect(await refusalOf(stage, handshake("/live"))).toEqual(unauthorized);
  expect(await refusalOf(stage, handshake("/live?ticket="))).toEqual(unauthorized);
  expect(await refusalOf(stage, handshake(`/live?ticket=${"A".repeat(32)}`))).toEqual(unauthorized);
  const used = await getTicket(stage.port);
  const target = `/live?ticket=${used}`;
  expect(await refusalOf(stage, handshake(target, { "sec-websocket-version": "7" }))).toEqual([400, "invalid_request"]);
  expect(await refusalOf(stage, handshake(target))).toEqual(unauthorized);
  const old = await getTicket(stage.port);
  const young = await getTicket(stage.port);
  await stage.clock.advance(liveLimits.ticketLifeMs);
  expect(await refusalOf(stage, handshake(`/live?ticket=${old}`))).toEqual(unauthorized);
  expect(await refusalOf(stage, handshake(`/live?ticket=${young}`))).toEqual(unauthorized);
  expect(await refusalOf(stage, handshake("/elsewhere"))).toEqual([404, "not_found"]);
});

test("[S7] a request that asks for another protocol than WebSocket is answered like any", async () => {
  const { port } = await open({
    facts: { ...quiet, handleApi: async () => ({ status: 200, headers: {}, body: "ok" }) },
  });
  const answer = await exchange(port, handshake("/health", { upgrade: "h2c" }));
  expect([answer.status, answer.body.toString()]).toEqual([200, "ok"]);
});

test("[S7] too many connections of one owner are refused before they are one", async () => {
  const stage = await open();
  const clients: WatchClient[] = [];
  for (let n = 0; n < liveBounds.connectionsPerOwner; n++) clients.push(await connect(stage));
  expect(await refusalOf(stage, await to(stage))).toEqual([429, "too_many_requests"]);
  const stream = await EventStream.open(stage.port, `/uploads/${uploadId}/events`);
  expect(stream.response.status).toBe(429);
  clients[0]?.cut();
  await clients[0]?.closed;
  // The server hears of it soon.
  while (!(await isLetIn(stage)));
});

async function isLetIn(stage: Stage): Promise<boolean> {
  try {
    (await WatchClient.open(stage.port)).cut();
    return true;
  } catch {
    return false;
  }
}

const nonsense: readonly (readonly [what: string, say: (client: WatchClient) => void, code: number])[] = [
  ["a frame that is too long", ({ socket }) => socket.send("x".repeat(liveLimits.maxFrameBytes + 1)), 1009],
  [
    "fragments that are too long together",
    ({ socket }) => sendFragments(socket, 3, liveLimits.maxFrameBytes / 2),
    1009,
  ],
  ["no JSON", ({ socket }) => socket.send("hello"), 4400],
  ["bytes", ({ socket }) => socket.send(Buffer.from('{"type":"unsubscribe","subject":"uploads"}')), 4400],
  ["no UTF-8", ({ socket }) => socket.send(Buffer.from([0xff]), { binary: false }), 1007],
  ["an unknown message", (client) => client.say({ type: "shout", subject: "uploads" }), 4400],
  ["an unknown field", (client) => client.say({ type: "subscribe", subject: "uploads", and: 1 }), 4400],
  ["no subject", (client) => client.say({ type: "subscribe", subject: "upload:../../etc" }), 4400],
  ["no number", (client) => client.say({ type: "subscribe", subject: "uploads", after: -1 }), 4400],
  ["a number that is text", (client) => client.say({ type: "subscribe", subject: "uploads", after: "1" }), 4400],
  ["null", ({ socket }) => socket.send("null"), 4400],
];

function sendFragments(socket: WatchClient["socket"], count: number, sizeBytes: number): void {
  for (let n = 1; n <= count; n++) socket.send("x".repeat(sizeBytes), { fin: n === count });
}

test.each(nonsense)("[S7] [S11] %s ends the connection with a reason, and nothing else", async (_what, say, code) => {
  const stage = await open();
  const client = await connect(stage);
  const neighbour = await connect(stage);
  say(client);
  const closed = await client.closed;
  expect(closed.code).toBe(code);
  if (code >= 4000) expect(closed.reason).not.toBe("");
  neighbour.subscribe("uploads");
  await neighbour.untilShown();
  expect(stage.errors).toEqual([]);
});

test("[S7] [S11] a flood of messages or of pings ends the connection; what is allowed passes, and time brings more", async () => {
  const stage = await open();
  const [talker, pinger, patient] = [await connect(stage), await connect(stage), await connect(stage)];
  for (let n = 0; n <= liveLimits.maxMessages; n++) talker.say({ type: "unsubscribe", subject: "uploads" });
  expect(await talker.closed).toEqual({ code: 4429, reason: "Too many messages." });
  for (let n = 0; n <= liveLimits.maxMessages; n++) pinger.socket.ping();
  expect(await pinger.closed).toEqual({ code: 4429, reason: "Too many messages." });
  const half = liveLimits.maxMessages / 2;
  for (let n = 0; n < 3; n++) {
    for (let i = 1; i < half; i++) patient.say({ type: "unsubscribe", subject: "uploads" });
    patient.subscribe("uploads");
    await patient.untilShown(n + 1);
    await stage.clock.advance((1_000 * half) / liveLimits.messagesPerSecond);
  }
  expect(patient.isClosed).toBe(false);
});

test("[S7] [S11] one connection has no more than its number of subscriptions", async () => {
  const stage = await open();
  const client = await connect(stage);
  for (let n = 0; n < liveLimits.maxSubscriptions; n++) client.subscribe(`bundle:b${n}`);
  await client.untilShown(liveLimits.maxSubscriptions);
  client.subscribe("bundle:b0");
  await client.untilShown(liveLimits.maxSubscriptions + 1);
  client.subscribe("bundle:one-more");
  expect(await client.closed).toEqual({ code: 4429, reason: "Too many subscriptions." });
});

test("[S7] a connection that is subscribed to nothing is closed after a while, also when it was before", async () => {
  const stage = await open();
  const [idle, former, busy] = [await connect(stage), await connect(stage), await connect(stage)];
  for (const client of [former, busy]) client.subscribe("uploads");
  for (const client of [former, busy]) await client.untilShown();
  former.say({ type: "unsubscribe", subject: "uploads" });
  former.say({ type: "subscribe", subject: "bundle:seen" });
  await former.untilShown(2);
  await pass(stage, liveLimits.idleMs);
  expect(await idle.closed).toEqual({ code: 4408, reason: "Nothing was subscribed to." });
  expect([former.isClosed, busy.isClosed]).toEqual([false, false]);
  former.say({ type: "unsubscribe", subject: "bundle:seen" });
  former.socket.ping();
  await new Promise((resolve) => former.socket.once("pong", resolve));
  for (const client of [former, busy]) client.socket.pong();
  await pass(stage, liveLimits.idleMs - 1_000);
  expect(former.isClosed).toBe(false);
  await pass(stage, 1_000);
  expect((await former.closed).code).toBe(4408);
});

test("[S7] a watcher hears that all is well, and how far it has been told", async () => {
  const stage = await open();
  const client = await connect(stage);
  client.subscribe("uploads");
  await client.untilShown();
  await pass(stage, liveLimits.heartbeatMs);
  await client.until(({ messages }) => messages.length > 1);
  expect(client.messages.at(-1)).toEqual({ type: "alive", seq: 7 });
});

test("[S7] a watcher that gives no sign is given up; one that answers stays", async () => {
  const stage = await open();
  const silent = new WatchClientWithoutPongs(await connect(stage));
  const healthy = await connect(stage);
  for (const client of [silent.client, healthy]) client.subscribe("uploads");
  for (const client of [silent.client, healthy]) await client.untilShown();
  let pings = 0;
  healthy.socket.on("ping", () => pings++);
  for (let beat = 1; beat <= 3; beat++) {
    await pass(stage, liveLimits.heartbeatMs);
    while (pings < beat) await turn();
    // A message is a sign too, and one that can be waited for.
    healthy.subscribe("uploads");
    await healthy.untilShown(beat + 1);
  }
  expect((await silent.client.closed).code).toBe(1006);
  expect(healthy.isClosed).toBe(false);
});

/** Reads everything and says nothing. */
class WatchClientWithoutPongs {
  readonly client: WatchClient;

  constructor(client: WatchClient) {
    this.client = client;
    Object.assign(client.socket, { _autoPong: false });
    client.socket.pong = () => undefined;
  }
}

test("[S7] a stream is kept alive with comments, and no least rate of bytes ends it", async () => {
  const stage = await open({
    facts: { ...quiet, snapshot: async () => ({ uploads: [{ state: "active" }], seq: 7 }) as never },
  });
  const stream = await EventStream.open(stage.port, `/uploads/${uploadId}/events`);
  onTestFinished(() => stream.close());
  await stream.until(({ messages }) => messages.length > 0);
  for (let beats = 1; beats <= 10; beats++) {
    await pass(stage, liveLimits.heartbeatMs);
    await stream.until(({ others }) => others.filter((text) => text === ": alive").length >= beats);
  }
});

test("[S7] a server that is stopping takes no watchers", async () => {
  const stage = await open();
  const target = await to(stage);
  const client = await connect(stage);
  stage.app.refuse();
  expect((await client.closed).code).toBe(1001);
  expect(await refusalOf(stage, target)).toEqual([503, "unavailable"]);
});
