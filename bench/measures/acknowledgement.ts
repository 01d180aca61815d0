import { setTimeout as delay } from "node:timers/promises";
import { limits } from "@hawser/protocol";
import { Content } from "../load/content.ts";
import { inFlight } from "../load/http.ts";
import { NativeClient } from "../load/native.ts";
import { type Bench, type Measure, say } from "../measure.ts";
import { startServer } from "../process.ts";
import { type Findings, milliseconds } from "../report.ts";
import { pairedRounds, quantile } from "../rounds.ts";

const maxRounds = 3;
const idleChunks = 200;
const idlePauseMs = 15;
const crowdUploads = 100;
const crowdChunks = 16;

const variants = ["floor", "hawser"] as const;
type Variant = (typeof variants)[number];

interface Sample {
  readonly idleMs: readonly number[];
  readonly crowdMs: readonly number[];
  readonly crowdGbPerSecond: number;
}

/** From the first byte of a single-chunk request to its answer: alone, and while 100 uploads send at once. */
export const acknowledgement: Measure = { name: "ack", title: "Acknowledgement of a single chunk", run };

async function run(bench: Bench): Promise<Findings> {
  const rounds = Math.min(bench.settings.rounds, maxRounds);
  const samples = await pairedRounds(variants, rounds, async (variant, round) => {
    const sample = await measureOnce(variant, bench);
    say(`round ${round}, ${variant}: idle p50 ${milliseconds(quantile(sample.idleMs, 0.5))}`);
    return sample;
  });
  const row = (variant: Variant, what: string, field: "idleMs" | "crowdMs") => {
    const times = samples[variant].flatMap((sample) => sample[field]);
    const shares = [0.5, 0.99, 1].map((share) => milliseconds(quantile(times, share)));
    return [`${variant}, ${what}`, String(times.length), ...shares];
  };
  const rows = variants.flatMap((variant) => [
    row(variant, "idle", "idleMs"),
    row(variant, `${crowdUploads} uploads at once`, "crowdMs"),
  ]);
  const rate = Math.max(...samples.hawser.map((sample) => sample.crowdGbPerSecond));
  return {
    targets: [],
    tables: [{ caption: `All ${rounds} rounds together`, headings: ["load", "chunks", "p50", "p99", "slowest"], rows }],
    notes: [
      `Idle: one upload, one chunk of 1 MiB after the other, ${idlePauseMs} ms apart. The crowd: every upload has one chunk on its way at any time and a connection of its own, so that its times are mostly waiting for a turn (100 MiB at Hawser's best ${rate.toFixed(2)} GB/s here take ${milliseconds(104.8576 / rate)}).`,
      "The floor keeps nothing durable: it shows what the transfer itself takes.",
    ],
  };
}

async function measureOnce(variant: Variant, bench: Bench): Promise<Sample> {
  const crowdBytes = crowdUploads * crowdChunks * limits.chunkSizeBytes;
  const server = await startServer(variant, bench.scratch.folder(crowdBytes + idleChunks * limits.chunkSizeBytes));
  const client = new NativeClient(server.port, crowdUploads);
  try {
    const idleMs = await sendChunks(client, idleChunks, idlePauseMs);
    await bench.settle();
    const startedAt = performance.now();
    const crowdMs: number[] = [];
    await inFlight(crowdUploads, crowdUploads, async () => {
      for (const time of await sendChunks(client, crowdChunks, 0)) crowdMs.push(time);
    });
    const seconds = (performance.now() - startedAt) / 1_000;
    return { idleMs, crowdMs, crowdGbPerSecond: crowdBytes / 1e9 / seconds };
  } finally {
    client.close();
    await server.stop();
  }
}

/** One upload, one chunk a request; how long each took. */
async function sendChunks(client: NativeClient, chunks: number, pauseMs: number): Promise<number[]> {
  const content = new Content(chunks * limits.chunkSizeBytes);
  const id = await client.initialize("chunks", content.sizeBytes);
  content.digests(1, content.chunks);
  const times: number[] = [];
  for (let chunk = 1; chunk <= chunks; chunk++) {
    if (pauseMs > 0) await delay(pauseMs);
    const startedAt = performance.now();
    await client.sendRun(id, content, chunk, chunk, "precomputed");
    times.push(performance.now() - startedAt);
  }
  return times;
}
