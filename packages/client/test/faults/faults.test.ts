import { HawserError, limits } from "@hawser/protocol";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { blobSource, createMemoryJournal, type Journal, type Uploader, type UploadHandle } from "../../src/node.ts";
import type { KindCounts } from "../proxy/counts.ts";
import type { Fault, FaultRule } from "../proxy/fault-plan.ts";
import { type FaultProxy, startFaultProxy } from "../proxy/fault-proxy.ts";
import type { Link } from "../proxy/link.ts";
import type { RequestKind } from "../proxy/request-kind.ts";
import { mostSentBytes } from "./bounds.ts";
import {
  arrivalOf,
  contentOf,
  hastyPlatform,
  lanes,
  openServer,
  openUploader,
  type ServerStage,
  sha256Hex,
} from "./stage.ts";

const chunk = limits.chunkSizeBytes;
const moments = ["first", "middle", "last"] as const;
type Moment = (typeof moments)[number];
type Target = Exclude<RequestKind, "other">;

/** What goes wrong, at a share of the request's body where it has a moment. */
const faults: Readonly<Record<string, (at: number) => Fault>> = {
  cut: (at) => ({ kind: "cut", at }),
  reset: (at) => ({ kind: "reset", at }),
  "black hole": (at) => ({ kind: "black-hole", at }),
  "slow close": (at) => ({ kind: "slow-close", at, delayMs: 80 }),
  "answer lost": () => ({ kind: "swallow" }),
  latency: () => ({ kind: "delay", delayMs: 120 }),
  duplicate: () => ({ kind: "duplicate" }),
  "damaged duplicate": () => ({ kind: "damaged-duplicate" }),
  "401": (at) => ({ kind: "answer", at, status: 401 }),
  "409": (at) => ({ kind: "answer", at, status: 409 }),
  "423": (at) => ({ kind: "answer", at, status: 423 }),
  "429": (at) => ({ kind: "answer", at, status: 429, retryAfterSeconds: 2 }),
  "503": (at) => ({ kind: "answer", at, status: 503, retryAfterSeconds: 2 }),
};

const targets: readonly Target[] = ["initialize", "one-shot", "chunks", "resume", "manifest", "finalize", "check"];

let stage: ServerStage;
let nextSeed = 1;
beforeAll(async () => {
  stage = await openServer();
});
afterAll(() => stage.close());

/** One file on its way through trouble. */
interface Trial {
  readonly content: Uint8Array<ArrayBuffer>;
  readonly proxy: FaultProxy;
  readonly platform: ReturnType<typeof hastyPlatform>;
  readonly open: (journal?: Journal) => Uploader;
  refreshes: number;
}

/** @param stallTimeoutMs short where silence is the fault; elsewhere a busy machine must not look like one */
async function openTrial(
  plan: readonly FaultRule[],
  sizeBytes: number,
  { stallTimeoutMs = 20_000, link }: { stallTimeoutMs?: number; link?: Link } = {},
): Promise<Trial> {
  const seed = nextSeed++;
  const proxy = await startFaultProxy({ target: stage.server.url, seed, plan, ...(link && { link }) });
  const platform = hastyPlatform(seed);
  const trial: Trial = {
    content: contentOf(seed, sizeBytes),
    proxy,
    platform,
    open: (journal = createMemoryJournal()) =>
      openUploader(proxy.url, {
        journal,
        platform,
        stallTimeoutMs,
        oneShotBytes: chunk / 2,
        refresh: async () => {
          trial.refreshes++;
        },
      }),
    refreshes: 0,
  };
  return trial;
}

function sourceOf({ content }: Trial) {
  return blobSource(new File([content], `file-${sha256Hex(content).slice(0, 16)}.bin`, { lastModified: 1e12 }));
}

/** Sends a file, and ends that life when the server has its first chunk. */
async function sendBeginning(trial: Trial, journal: Journal): Promise<void> {
  const proxy = await startFaultProxy({
    target: stage.server.url,
    seed: 1,
    // On a line that it does not know yet the engine sends a part of the chunk first, then the rest.
    plan: [{ on: "chunks", from: 3, times: 100, fault: { kind: "black-hole", at: 0 } }],
  });
  const uploader = openUploader(proxy.url, { journal, platform: trial.platform, maxLanes: 1, runChunks: 1 });
  for await (const { confirmedBytes } of uploader.add(sourceOf(trial)).states({ minIntervalMs: 0 })) {
    if (confirmedBytes >= chunk) break;
  }
  await uploader.close();
  await proxy.close();
}

/** Asks again as an app would when a person presses the button again. */
async function insist<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof HawserError) || attempt === 3) throw error;
    }
  }
}

/** Brings about the request that the fault is for. */
async function begin(trial: Trial, on: Target): Promise<{ uploader: Uploader; handle: UploadHandle }> {
  if (on !== "manifest" && on !== "check") {
    const uploader = trial.open();
    return { uploader, handle: uploader.add(sourceOf(trial)) };
  }
  const journal = createMemoryJournal();
  await sendBeginning(trial, journal);
  if (on === "check") {
    const uploader = trial.open();
    const [match] = await insist(() => uploader.match(sourceOf(trial)));
    if (match === undefined) throw new Error("the server does not know the file");
    return { uploader, handle: match.resume() };
  }
  // The journal's endpoint is the proxy of the life before.
  const [record] = (await journal.load()).records;
  if (record === undefined) throw new Error("the journal does not know the upload");
  const uploader = trial.open(createMemoryJournal([{ ...record, endpoint: `${trial.proxy.url}/` }]));
  await uploader.ready;
  const handle = uploader.uploads[0] as UploadHandle;
  await handle.supply(sourceOf(trial));
  return { uploader, handle };
}

/** Which request of its kind, and where in it. Kinds that come once have their moments inside. */
function planFor(on: Target, moment: Moment, fault: (at: number) => Fault): FaultRule[] {
  const struck = fault({ first: 0, middle: 0.5, last: 1 }[moment]);
  if (on === "chunks") return [{ on, from: { first: 1, middle: 2, last: 3 }[moment], fault: struck }];
  // Only a client in doubt asks what the server has.
  if (on === "resume")
    return [
      { on, fault: struck },
      { on: "chunks", from: 2, fault: { kind: "cut", at: 0.5 } },
    ];
  return [{ on, fault: struck }];
}

const sizes: Readonly<Record<Target, number>> = {
  initialize: chunk + 77,
  // So long that it comes in chunks after a request that broke.
  "one-shot": 200_000,
  // At most four chunks a run: three runs or more.
  chunks: 9 * chunk + 77,
  resume: 3 * chunk + 77,
  manifest: 2 * chunk + 77,
  finalize: chunk + 77,
  check: 2 * chunk + 77,
};

/** What travelled both ways that bytes of a file go. */
function sumOf(a: KindCounts, b: KindCounts): Pick<KindCounts, "receivedBytes" | "forwardedBytes"> {
  return {
    receivedBytes: a.receivedBytes + b.receivedBytes,
    forwardedBytes: a.forwardedBytes + b.forwardedBytes,
  };
}

async function expectArrival(trial: Trial, on: Target): Promise<void> {
  const { proxy, content } = trial;
  const { uploader, handle } = await begin(trial, on);
  const file = await arrivalOf(uploader, handle);
  const { kinds } = proxy.counts;
  const isContinued = on === "manifest" || on === "check";
  const missingBytes = isContinued ? content.length - chunk : content.length;
  const bodies = sumOf(kinds.chunks, kinds["one-shot"]);
  expect(bodies.receivedBytes).toBeGreaterThanOrEqual(missingBytes);
  expect(bodies.receivedBytes).toBeLessThanOrEqual(mostSentBytes(missingBytes, bodies, lanes));
  await uploader.close();
  await proxy.close();
  expect(file.size).toBe(content.length);
  expect(await stage.downloadSha256(file)).toBe(sha256Hex(content));
}

describe.each(targets)("%s", (on) => {
  test.each(Object.entries(faults))(
    "[R8] [S18] %s, at the beginning, in the middle and at the end: the file arrives exactly, and little twice",
    async (name, fault) => {
      await Promise.all(
        moments.map(async (moment) => {
          const trial = await openTrial(
            planFor(on, moment, fault),
            sizes[on],
            name === "black hole" ? { stallTimeoutMs: 800 } : {},
          );
          await expectArrival(trial, on);
          expect([moment, trial.proxy.struck[0]]).toEqual([moment, 1]);
          if (name === "401" && on !== "check") expect(trial.refreshes).toBe(1);
          if (name === "429" || name === "503") {
            const isPatient = trial.platform.sleptMs.some((delayMs) => delayMs >= 2_000);
            expect(isPatient || on === "check").toBe(true);
          }
        }),
      );
    },
  );

  test("[R8] [S17] a long and narrow line: the file arrives exactly, and nothing twice", async () => {
    const link = { rttMs: 60, upBytesPerSecond: 6_000_000, downBytesPerSecond: 6_000_000 };
    const trial = await openTrial([], sizes[on], { link });
    await expectArrival(trial, on);
    const { receivedBytes } = trial.proxy.counts.kinds[on === "one-shot" ? "one-shot" : "chunks"];
    expect(receivedBytes).toBeLessThanOrEqual(trial.content.length);
  });
});

test.each(["chunks", "one-shot"] as const)("[S4] flipped bits in %s: refused, sent again, exact", async (on) => {
  const trial = await openTrial([{ on, times: 3, fault: { kind: "damage" } }], sizes[on]);
  await expectArrivalTwice(trial, on);
});

/** Damaged bytes reached the server, and had to be sent again all the same. */
async function expectArrivalTwice(trial: Trial, on: "chunks" | "one-shot"): Promise<void> {
  const { uploader, handle } = await begin(trial, on);
  const file = await arrivalOf(uploader, handle);
  const { receivedBytes } = trial.proxy.counts.kinds[on];
  const damagedBytes = 3 * Math.min(trial.content.length, chunk);
  expect(receivedBytes).toBeLessThanOrEqual(trial.content.length + damagedBytes);
  await uploader.close();
  await trial.proxy.close();
  expect(await stage.downloadSha256(file)).toBe(sha256Hex(trial.content));
}
