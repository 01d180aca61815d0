import type { Subject } from "@hawser/protocol";
import { expect, onTestFinished, test } from "vitest";
import WebSocket from "ws";
import { liveBounds } from "../../src/http/live/bounds.ts";
import { pick, randomIndex, seededRandom } from "../simulation/random.ts";
import { EventStream, type StreamedMessage } from "../support/event-stream.ts";
import { LiveServer } from "../support/live-server.ts";
import { WatchClient } from "../support/watch-client.ts";
import { CuttingProxy } from "./cutting-proxy.ts";
import { Person } from "./person.ts";

/** Another one each time; `HAWSER_LIVE_SEED` replays. */
// The same each time here, so that a red run means a change; HAWSER_LIVE_SEED draws another.
const seed = Number(process.env.HAWSER_LIVE_SEED ?? 512_077);
const mebibyte = 1_048_576;
const size = mebibyte + 5;

async function start(): Promise<LiveServer> {
  const server = await LiveServer.start({ minFreeBytes: 0 });
  onTestFinished(async () => {
    await server.close();
    expect(server.complaints).toEqual([]);
  });
  return server;
}

/** One life, from its beginning to one of its ends. */
async function live(server: LiveServer, n: number): Promise<void> {
  const id = await server.begin(size, n % 4 === 0 ? { bundle: { id: "trip", position: n } } : {});
  if (n % 10 === 9) {
    await server.json({ method: "DELETE", target: `/uploads/${id}` });
    return;
  }
  await server.send(id, "1", "a", size);
  await server.send(id, "2", "a", size, { "upload-complete": "?1" });
}

/** Works off `count` lives, so many at a time. */
async function liveAll(server: LiveServer, count: number, lanes: number): Promise<void> {
  let next = 0;
  const lane = async () => {
    while (next < count) await live(server, next++);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

test("[S7] 200 watchers of 100 uploads, many over lines that are cut all the time, miss no change", async () => {
  console.log(`Replay: HAWSER_LIVE_SEED=${seed}`);
  const random = seededRandom(seed);
  const server = await start();
  const proxy = await CuttingProxy.start(server.port, random, 40_000);
  onTestFinished(() => proxy.close());
  const known = [await server.begin(size), await server.begin(size)];
  const subjects: Subject[] = [
    "uploads",
    "uploads",
    "uploads",
    "bundle:trip",
    ...known.map((id) => `upload:${id}` as const),
  ];
  const people = Array.from({ length: 200 }, () => {
    const via = randomIndex(random, 4) === 0 ? { via: proxy.port } : {};
    return new Person(pick(random, subjects), () => WatchClient.open(server.port, via));
  });
  onTestFinished(async () => void (await Promise.all(people.map((person) => person.leave()))));
  await Promise.all(people.map((person) => person.untilShown()));

  await liveAll(server, 98, 8);
  for (const id of known) await server.json({ method: "DELETE", target: `/uploads/${id}` });

  const rows = server.ledgerEvents();
  const last = rows.at(-1)?.seq as number;
  // Who watches one upload hears of the others' end by coming again.
  const all = people.filter(({ subject }) => subject === "uploads");
  await Promise.all(all.map((person) => person.untilTold(last)));
  for (const id of known) {
    const end = rows.findLast((row) => row.id === id)?.seq as number;
    const ofOne = people.filter(({ subject }) => subject === `upload:${id}`);
    await Promise.all(ofOne.map((person) => person.untilTold(end)));
  }
  const end = rows.findLast(({ bundleId }) => bundleId === "trip")?.seq as number;
  await Promise.all(people.filter(({ subject }) => subject === "bundle:trip").map((person) => person.untilTold(end)));
  expect(proxy.cuts).toBeGreaterThan(100);
  for (const person of people) person.expectAll(rows);
});

/** The most that waited in one connection of the server, as the test's own process sees it. */
function watchBuffers(): { peakBytes: number } {
  const seen = { peakBytes: 0 };
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (this: WebSocket, ...args: Parameters<typeof send>) {
    send.apply(this, args);
    seen.peakBytes = Math.max(seen.peakBytes, this.bufferedAmount);
  } as typeof send;
  onTestFinished(() => {
    WebSocket.prototype.send = send;
  });
  return seen;
}

test("[S7] a watcher that reads nothing costs less than a mebibyte, slows nobody, and then catches up", async () => {
  const server = await start();
  const buffers = watchBuffers();
  const [slow, quick] = [await WatchClient.open(server.port), await WatchClient.open(server.port)];
  for (const client of [slow, quick]) {
    onTestFinished(() => client.cut());
    client.subscribe("uploads");
    client.subscribe("bundle:trip");
    await client.untilShown(2);
  }
  slow.socket.pause();
  const metadata = Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`key ${n}`, "x".repeat(240)]));
  let count = 0;
  // More than the system takes by itself: so long, until the server has noticed.
  while (count < 300 || buffers.peakBytes < liveBounds.bufferedBytes) {
    const id = await server.begin(size, { metadata, bundle: { id: "trip", position: 0 } });
    await server.json({ method: "DELETE", target: `/uploads/${id}` });
    count++;
  }
  await quick.until(({ events }) => events.filter(({ type }) => type === "cancelled").length === 2 * count);
  expect(buffers.peakBytes).toBeLessThan(mebibyte);
  slow.socket.resume();
  const last = 2 * count;
  await slow.until(({ messages }) => {
    const isShown = (subject: Subject) =>
      messages.some((message) => message.type === "uploads" && message.subject === subject && message.seq === last);
    return isShown("uploads") && isShown("bundle:trip");
  });
  for (const subject of ["uploads", "bundle:trip"]) {
    const seqs = slow.messages.flatMap((message) =>
      message.type === "events" && message.subject === subject
        ? message.events.flatMap((event) => ("seq" in event ? [event.seq] : []))
        : [],
    );
    expect(seqs).toEqual(Array.from({ length: last }, (_, n) => n + 1));
  }
});

test("[S7] a stream over a line that is cut all the time misses no change", async () => {
  const random = seededRandom(seed);
  const server = await start();
  const proxy = await CuttingProxy.start(server.port, random, 2_500);
  onTestFinished(() => proxy.close());
  const id = await server.begin(3 * mebibyte);
  const told: string[] = [];
  let after: string | undefined;
  let isOver = false;
  const begun = Promise.withResolvers<void>();
  const take = ({ id: seq, data }: StreamedMessage) => {
    after = seq;
    begun.resolve();
    if (data.type !== "events") return;
    told.push(...data.events.flatMap((event) => ("seq" in event ? [`${event.seq} ${event.type}`] : [])));
  };
  const watching = (async () => {
    while (!isOver) {
      const headers: Record<string, string> = after === undefined ? {} : { "last-event-id": after };
      try {
        const stream = await EventStream.open(proxy.port, `/uploads/${id}/events`, headers);
        isOver = stream.response.status === 204;
        // Ends with the stream, or where the line is cut.
        await stream.until(() => {
          for (const message of stream.messages.splice(0)) take(message);
          return false;
        });
      } catch {
        // Cut.
      }
    }
  })();
  await begun.promise;
  for (const chunk of [1, 2, 3]) await server.send(id, String(chunk), "a", 3 * mebibyte);
  await server.json({ method: "DELETE", target: `/uploads/${id}` });
  await watching;
  expect(proxy.cuts).toBeGreaterThan(0);
  expect([...new Set(told)]).toEqual(["2 cancelled"]);
});
