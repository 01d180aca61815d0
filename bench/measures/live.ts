import { setTimeout as delay } from "node:timers/promises";
import { limits, type Subject } from "@hawser/protocol";
import { startClient } from "../client-process.ts";
import type { Arrival } from "../clients/job.ts";
import { Content } from "../load/content.ts";
import { inFlight } from "../load/http.ts";
import { NativeClient } from "../load/native.ts";
import { type Bench, type Measure, say } from "../measure.ts";
import { startServer } from "../process.ts";
import { type Findings, formatRatio, milliseconds, percent } from "../report.ts";
import { pairedRatio, pairedRounds, quantile } from "../rounds.ts";

const maxRounds = 5;
const uploadCount = 100;
const watcherCount = 200;
/** Chunks of each upload: one every two seconds to see how late news is, and as fast as they go to see what it costs. */
const pacedChunks = 8;
const paceMs = 2_000;
const fastChunks = 24;
const maxLateMs = 100;
const maxCost = 0.03;
/** What the last progress may wait for after the last commit. */
const lastNewsMs = 2_000;

const variants = ["nobody watches", "watched"] as const;
type Variant = (typeof variants)[number];

interface Sample {
  readonly gbPerSecond: number;
  readonly cpuSecondsPerGb: number;
  /** From the answer to a chunk's request to a watcher that is told of it; when watched, at the slow pace. */
  readonly lateMs: readonly number[];
}

/** 100 uploads with 200 watchers: how late they are told, and what that costs the uploads. */
export const live: Measure = { name: "live", title: "Watchers", run };

async function run(bench: Bench): Promise<Findings> {
  const rounds = Math.min(bench.settings.rounds, maxRounds);
  const samples = await pairedRounds(variants, rounds, async (variant, round) => {
    const sample = await measureOnce(variant, bench);
    say(`round ${round}, ${variant}: ${sample.gbPerSecond.toFixed(2)} GB/s`);
    return sample;
  });
  const { watched, "nobody watches": alone } = samples;
  const lateMs = watched.flatMap((sample) => sample.lateMs);
  const speeds = (list: readonly Sample[]) => list.map(({ gbPerSecond }) => gbPerSecond);
  const cpu = (list: readonly Sample[]) => list.map(({ cpuSecondsPerGb }) => cpuSecondsPerGb);
  const speed = pairedRatio(speeds(watched), speeds(alone));
  const p99 = quantile(lateMs, 0.99);
  return {
    targets: [
      {
        what: `commit to watcher, p99, ${uploadCount} uploads and ${watcherCount} watchers`,
        wanted: `< ${milliseconds(maxLateMs)}`,
        figure: milliseconds(p99),
        isMet: p99 < maxLateMs,
      },
      {
        what: "what watchers cost the uploads' throughput",
        wanted: `≤ ${percent(maxCost)}`,
        figure: percent(1 - speed.median),
        isMet: 1 - speed.median <= maxCost,
      },
    ],
    tables: [
      {
        caption: `From a chunk's acknowledgement to a watcher, all ${rounds} rounds together`,
        headings: ["told", "p50", "p99", "slowest"],
        rows: [[`${lateMs.length}`, ...[0.5, 0.99, 1].map((share) => milliseconds(quantile(lateMs, share)))]],
      },
      {
        caption: "100 uploads as fast as they go, watched against unwatched",
        headings: ["figure", "ratio of the rounds, median (range)"],
        rows: [
          ["throughput", formatRatio(speed)],
          ["server's CPU per GB", formatRatio(pairedRatio(cpu(watched), cpu(alone)))],
        ],
      },
    ],
    notes: [
      `Half of the watchers watch one upload each, half watch all of them. Each has a connection of its own; all live in one process, which shares the cores with server and load. It reads nothing before the end; what taking it from its connections costs is part of what the throughput loses.`,
      `Lateness is measured while each upload gets a chunk of 1 MiB every ${paceMs / 1_000} s (${(uploadCount * 1_000) / paceMs} MiB/s in all); it begins when the sender has its answer. Every watcher was told of every chunk, or the measure fails.`,
    ],
  };
}

async function measureOnce(variant: Variant, bench: Bench): Promise<Sample> {
  const chunks = pacedChunks + fastChunks;
  const totalBytes = uploadCount * chunks * limits.chunkSizeBytes;
  const server = await startServer("hawser", bench.scratch.folder(totalBytes));
  const client = new NativeClient(server.port, uploadCount);
  const watchers = await startClient("watchers");
  try {
    const content = new Content(chunks * limits.chunkSizeBytes);
    content.digests(1, chunks);
    const ids = await Promise.all(
      Array.from({ length: uploadCount }, (_, index) => client.initialize(`watched-${index}`, content.sizeBytes)),
    );
    if (variant === "watched") {
      await watchers.work({ kind: "open", port: server.port, subjects: subjectsOf(ids) });
    }
    const answeredAt = await sendPaced(client, ids, content);
    await bench.settle();
    const before = await server.usage();
    const startedAt = performance.now();
    await inFlight(uploadCount, uploadCount, async (index) => {
      for (let chunk = pacedChunks + 1; chunk <= chunks; chunk++) {
        await client.sendRun(ids[index] as string, content, chunk, chunk, "precomputed");
      }
    });
    const seconds = (performance.now() - startedAt) / 1_000;
    const after = await server.usage();
    const gigabytes = (uploadCount * fastChunks * limits.chunkSizeBytes) / 1e9;
    if (variant === "watched") await delay(lastNewsMs);
    const arrivals = await watchers.work({ kind: "close" });
    if (variant === "watched") checkComplete(arrivals, ids, chunks);
    return {
      gbPerSecond: gigabytes / seconds,
      cpuSecondsPerGb: (after.cpuSeconds - before.cpuSeconds) / gigabytes,
      lateMs: variant === "watched" ? lateness(arrivals, answeredAt) : [],
    };
  } finally {
    client.close();
    await watchers.stop();
    await server.stop();
  }
}

function subjectsOf(ids: readonly string[]): Subject[] {
  const one = ids.map((id): Subject => `upload:${id}`);
  return [...one, ...Array.from({ length: watcherCount - one.length }, (): Subject => "uploads")];
}

/** Sends each upload's first chunks at a pace of its own; when each was answered, by upload and chunk. */
async function sendPaced(client: NativeClient, ids: readonly string[], content: Content): Promise<Map<string, number>> {
  const answeredAt = new Map<string, number>();
  await inFlight(ids.length, ids.length, async (index) => {
    const id = ids[index] as string;
    await delay((index * paceMs) / ids.length);
    for (let chunk = 1; chunk <= pacedChunks; chunk++) {
      const nextAt = performance.now() + paceMs;
      await client.sendRun(id, content, chunk, chunk, "precomputed");
      answeredAt.set(`${id}/${chunk}`, performance.timeOrigin + performance.now());
      await delay(Math.max(0, nextAt - performance.now()));
    }
  });
  return answeredAt;
}

/** News may overtake the answer to the sender: then it was not late at all. */
function lateness(arrivals: readonly Arrival[], answeredAt: ReadonlyMap<string, number>): number[] {
  return arrivals.flatMap(([, id, first, last, atMs]) => {
    const times: number[] = [];
    for (let chunk = first; chunk <= last; chunk++) {
      const since = answeredAt.get(`${id}/${chunk}`);
      if (since !== undefined) times.push(Math.max(0, atMs - since));
    }
    return times;
  });
}

/** @throws Error unless every watcher was told of every chunk that it watches */
function checkComplete(arrivals: readonly Arrival[], ids: readonly string[], chunks: number): void {
  const told = new Map<number, number>();
  for (const [watcher, , first, last] of arrivals) told.set(watcher, (told.get(watcher) ?? 0) + last - first + 1);
  for (let watcher = 0; watcher < watcherCount; watcher++) {
    const wanted = watcher < ids.length ? chunks : chunks * ids.length;
    if (told.get(watcher) === wanted) continue;
    throw new Error(`Watcher ${watcher} was told of ${told.get(watcher) ?? 0} chunks of ${wanted}.`);
  }
}
