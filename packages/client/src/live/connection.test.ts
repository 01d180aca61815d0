import { HawserError, type LiveMessage, type NumberedEvent, type Subject } from "@hawser/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import { FakeLive, liveUpload } from "../testing/fake-live.ts";
import { ManualPlatform } from "../testing/manual-platform.ts";
import { LiveConnection } from "./connection.ts";
import type { LiveStanding } from "./live-api.ts";

/** A connection to a server in memory, and all that it told. */
class Watch {
  readonly platform = new ManualPlatform();
  readonly server = new FakeLive();
  readonly messages: LiveMessage[] = [];
  readonly standings: LiveStanding[] = [];
  readonly closing = new AbortController();
  readonly connection: LiveConnection;
  readonly running: Promise<void>;
  /** What every request meets. */
  trouble: HawserError | null = null;
  renewals = 0;

  constructor(subjects: readonly Subject[] = ["uploads"]) {
    const ask = async <T>(answer: () => T): Promise<T> => {
      await Promise.resolve();
      if (this.trouble !== null) throw this.trouble;
      return answer();
    };
    const parts = {
      endpoint: "https://files.test/",
      requests: {
        ticket: () => ask(() => "once"),
        page: () => ask(() => this.server.page()),
        upload: (id: string) => ask(() => this.server.uploads.get(id) ?? missing()),
      },
      openSocket: this.server.openSocket,
      platform: this.platform,
      refresh: async () => {
        this.renewals++;
        this.trouble = null;
      },
    };
    this.connection = new LiveConnection(parts, subjects, {
      heard: (message) => this.messages.push(message),
      stood: (standing) => this.standings.push(standing),
    });
    this.running = this.connection.run(this.closing.signal);
  }

  get status(): LiveStanding["status"] | undefined {
    return this.standings.at(-1)?.status;
  }

  get seqs(): number[] {
    return this.messages
      .flatMap((message) => (message.type === "events" ? message.events : []))
      .flatMap((event) => ("seq" in event ? [event.seq] : []));
  }

  until(status: LiveStanding["status"]): Promise<void> {
    return this.platform.runUntil(() => this.status === status);
  }

  async end(): Promise<void> {
    this.closing.abort();
    await this.running;
  }
}

function missing(): never {
  throw new HawserError("not_found");
}

function created(server: FakeLive, name: string): NumberedEvent {
  return server.change("created", liveUpload(name));
}

test("[S7] whatever breaks in between, every numbered event is told once and in order", async () => {
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.constant("change" as const) },
    ...(
      [
        "progress",
        "cut",
        "cut early",
        "refuse",
        "open",
        "away",
        "back",
        "malformed",
        "again",
        "alive",
        "online",
      ] as const
    ).map((name) => ({ weight: 1, arbitrary: fc.constant(name) })),
    { weight: 3, arbitrary: fc.constantFrom(50, 400, 3_000, 40_000) },
  );
  const malformed = [
    "",
    "{",
    "null",
    "[]",
    '{"type":"events"}',
    '{"type":"events","subject":"uploads","seq":-1,"events":[]}',
  ];
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const watch = new Watch();
      const { server, platform } = watch;
      await watch.until("live");
      let count = 0;
      for (const what of steps) {
        if (typeof what === "number") await platform.advance(what);
        else if (what === "change") created(server, `${++count}`);
        else if (what === "progress" && count > 0) server.progress(`${count}`.padStart(32, "0"), 1_048_576);
        else if (what === "cut") server.cut();
        else if (what === "cut early") server.cutsAfter = count % 3;
        else if (what === "refuse") server.refusesSockets = true;
        else if (what === "open") {
          server.refusesSockets = false;
          server.cutsAfter = Number.POSITIVE_INFINITY;
        } else if (what === "away") {
          watch.trouble = new HawserError("connection_lost");
          server.cut();
        } else if (what === "back") watch.trouble = null;
        else if (what === "malformed") server.say(malformed[count % malformed.length] as string);
        else if (what === "again") for (const message of watch.messages.slice(-3)) server.say(JSON.stringify(message));
        else if (what === "alive") server.alive();
        else if (what === "online") {
          platform.setOnline(false);
          await platform.settle();
          platform.setOnline(true);
        }
      }
      watch.trouble = null;
      server.refusesSockets = false;
      server.cutsAfter = Number.POSITIVE_INFINITY;
      await platform.runUntil(() => watch.status === "live" && watch.seqs.length >= count, 1_000_000);
      expect(watch.seqs).toEqual(Array.from({ length: count }, (_, index) => index + 1));
      await watch.end();
      expect(server.openSockets).toBe(0);
    }),
    { numRuns: 150 },
  );
});

test("[S7] the first line asks for nothing earlier, every later one for what came after the last number", async () => {
  const watch = new Watch();
  created(watch.server, "before");
  await watch.until("live");
  created(watch.server, "a");
  watch.server.cut();
  created(watch.server, "b");
  await watch.platform.runUntil(() => watch.seqs.length === 2);
  expect(watch.seqs).toEqual([2, 3]);
  expect(watch.server.said).toEqual([
    { type: "subscribe", subject: "uploads" },
    { type: "subscribe", subject: "uploads", after: 2 },
  ]);
  await watch.end();
});

test("[S7] a number is not passed over while a list comes in pages and breaks off", async () => {
  const watch = new Watch();
  await watch.until("live");
  const { server } = watch;
  for (const name of ["a", "b", "c"]) created(server, name);
  server.cut();
  created(server, "d");
  server.pageUploads = 1;
  // The missed event and two of four pages.
  server.cutsAfter = 3;
  await watch.platform.advance(500);
  server.cutsAfter = Number.POSITIVE_INFINITY;
  await watch.platform.runUntil(() =>
    watch.messages.some(
      (message) => message.type === "uploads" && message.uploads.some(({ filename }) => filename === "a.mov"),
    ),
  );
  expect(watch.seqs).toEqual([1, 2, 3, 4]);
  await watch.end();
});

test("[S7] silence of two heartbeats is taken for a cut", async () => {
  const watch = new Watch();
  await watch.until("live");
  await watch.platform.advance(29_000);
  watch.server.alive();
  await watch.platform.advance(29_000);
  expect(watch.server.socketCount).toBe(1);
  await watch.platform.advance(2_000);
  expect(watch.server.socketCount).toBe(2);
  expect(watch.status).toBe("live");
  await watch.end();
});

test("[S7] a way on which sockets open and nothing comes through is left for polling within a minute", async () => {
  const watch = new Watch();
  watch.server.isDumb = true;
  await watch.until("polling");
  expect(watch.server.socketCount).toBe(3);
  expect(watch.platform.monotonic()).toBeLessThan(60_000);
  await watch.end();
});

test("[S7] where no socket gets through it polls, tells how what left the list has ended, and misses no event", async () => {
  const watch = new Watch();
  await watch.until("live");
  const { server, platform } = watch;
  created(server, "a");
  const upload = liveUpload("a");
  server.refusesSockets = true;
  server.cut();
  await watch.until("polling");
  server.change("completed", { ...upload, state: "completed" });
  await platform.advance(3_000);
  const lists = watch.messages.filter((message) => message.type === "uploads");
  expect(lists.slice(-2).map(({ subject, uploads }) => [subject, uploads.map(({ state }) => state)])).toEqual([
    [`upload:${upload.id}`, ["completed"]],
    ["uploads", []],
  ]);
  expect(watch.seqs).toEqual([1]);
  server.refusesSockets = false;
  await watch.until("live");
  expect(watch.seqs).toEqual([1, 2]);
  await watch.end();
});

test("[S7] one upload is watched by polling too, and one that there is not is refused", async () => {
  const watch = new Watch([`upload:${liveUpload("a").id}`]);
  watch.server.refusesSockets = true;
  await watch.until("polling");
  expect(watch.messages.at(-1)).toMatchObject({ type: "refused", problem: { code: "not_found", status: 404 } });
  created(watch.server, "a");
  await watch.platform.advance(30_000);
  expect(watch.messages.at(-1)).toMatchObject({ type: "uploads", uploads: [{ filename: "a.mov" }] });
  await watch.end();
});

test("[S7] without a network it asks for nothing, and at once when it is back", async () => {
  const watch = new Watch();
  await watch.until("live");
  watch.platform.setOnline(false);
  watch.server.cut();
  await watch.until("offline");
  await watch.platform.advance(600_000);
  expect(watch.server.socketCount).toBe(1);
  watch.platform.setOnline(true);
  await watch.platform.settle();
  expect([watch.status, watch.server.socketCount]).toEqual(["live", 2]);
  await watch.end();
});

test("[S7] on another network the line is made anew, though the old one said nothing", async () => {
  const watch = new Watch();
  await watch.until("live");
  watch.platform.setOnline(false);
  watch.platform.setOnline(true);
  await watch.platform.advance(0);
  expect([watch.status, watch.server.socketCount, watch.server.openSockets]).toEqual(["live", 2, 1]);
  await watch.end();
});

test("[S7] refused credentials are renewed once, and then it goes on", async () => {
  const watch = new Watch();
  watch.trouble = new HawserError("unauthorized");
  await watch.until("live");
  expect(watch.renewals).toBe(1);
  expect(watch.standings.map(({ status, cause }) => [status, cause?.code])).toEqual([
    ["connecting", undefined],
    ["connecting", "unauthorized"],
    ["live", undefined],
  ]);
  await watch.end();
});

test("[S7] a server that lost everything and counts anew is followed from its own numbers on", async () => {
  const watch = new Watch();
  await watch.until("live");
  for (const name of ["a", "b", "c"]) created(watch.server, name);
  watch.server.wipe();
  await watch.until("connecting");
  await watch.until("live");
  created(watch.server, "d");
  expect(watch.seqs).toEqual([1, 2, 3, 1]);
  await watch.end();
});

test("[S7] what is no message is counted, and neither told nor taken for a sign of life", async () => {
  const watch = new Watch();
  await watch.until("live");
  const told = watch.messages.length;
  await watch.platform.advance(29_000);
  watch.server.say('{"type":"events"');
  await watch.platform.advance(2_000);
  expect([
    watch.connection.malformedCount,
    watch.messages.slice(told).filter(({ type }) => type !== "uploads"),
  ]).toEqual([1, []]);
  expect(watch.server.socketCount).toBe(2);
  await watch.end();
});
