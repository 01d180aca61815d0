import { limits } from "@hawser/protocol";
import { Content } from "../load/content.ts";
import { inFlight } from "../load/http.ts";
import { NativeClient } from "../load/native.ts";
import { type Bench, type Measure, say } from "../measure.ts";
import { startServer } from "../process.ts";
import { type Findings, gigabytes, percent } from "../report.ts";
import { median, pairedRounds } from "../rounds.ts";

const maxRounds = 5;
const limitShare = 0.05;
const preparingWidth = 16;
/** Each known upload has its last chunk, which is this short, and misses its first one. */
const knownTailBytes = 4_096;

const variants = ["floor", "empty ledger", "many uploads known"] as const;
type Variant = (typeof variants)[number];

interface Sample {
  readonly share: number;
  readonly msPerGb: number;
  readonly rate: number;
}

/** How much of the byte thread's time garbage collection takes at full speed. */
export const collection: Measure = { name: "gc", title: "Garbage collection's share of the byte thread", run };

async function run(bench: Bench): Promise<Findings> {
  const content = new Content(bench.settings.sizeBytes);
  const rounds = Math.min(bench.settings.rounds, maxRounds);
  const samples = await pairedRounds(variants, rounds, async (variant, round) => {
    const sample = await measureOnce(variant, content, bench);
    say(`round ${round}, ${variant}: ${percent(sample.share)} at ${sample.rate.toFixed(2)} GB/s`);
    return sample;
  });
  const shares = (variant: Variant) => samples[variant].map((sample) => sample.share);
  const named = (variant: Variant) =>
    variant === "many uploads known" ? `${bench.settings.files} uploads known` : variant;
  return {
    targets: (["empty ledger", "many uploads known"] as const).map((variant) => ({
      what: `collection's share of the byte thread, ${named(variant)}`,
      wanted: `≤ ${percent(limitShare)}`,
      figure: percent(median(shares(variant))),
      isMet: median(shares(variant)) <= limitShare,
    })),
    tables: [
      {
        caption: `Medians of ${rounds} paired rounds`,
        headings: ["variant", "share of time", "highest", "ms per GB", "GB/s"],
        rows: variants.map((variant) => [
          named(variant),
          percent(median(shares(variant))),
          percent(Math.max(...shares(variant))),
          median(samples[variant].map((sample) => sample.msPerGb)).toFixed(0),
          median(samples[variant].map((sample) => sample.rate)).toFixed(2),
        ]),
      },
    ],
    notes: [
      "Time in which the main thread stood still for a collection, by wall clock, against the time of the transfer. Marking that runs beside it on other threads is in the CPU figures, not here.",
      "A known upload was initialized and has one chunk, both in the same life of the server.",
    ],
  };
}

async function measureOnce(variant: Variant, content: Content, bench: Bench): Promise<Sample> {
  const folder = bench.scratch.folder(content.sizeBytes + 64 * limits.chunkSizeBytes);
  const server = await startServer(variant === "floor" ? "floor" : "hawser", folder);
  const client = new NativeClient(server.port, preparingWidth);
  try {
    if (variant === "many uploads known") await makeKnown(client, bench.settings.files);
    const digest = content.treeDigest();
    await client.upload("warm-up", new Content(Math.min(content.sizeBytes, 64 * limits.chunkSizeBytes)), "precomputed");
    await bench.settle();
    const before = await server.usage();
    const startedAt = performance.now();
    await client.upload("big", content, "precomputed", digest);
    const elapsedMs = performance.now() - startedAt;
    const after = await server.usage();
    return {
      share: (after.gcMs - before.gcMs) / elapsedMs,
      msPerGb: (after.gcMs - before.gcMs) / gigabytes(content.sizeBytes),
      rate: gigabytes(content.sizeBytes) / (elapsedMs / 1_000),
    };
  } finally {
    client.close();
    await server.stop();
  }
}

async function makeKnown(client: NativeClient, uploads: number): Promise<void> {
  const content = new Content(limits.chunkSizeBytes + knownTailBytes);
  await inFlight(uploads, preparingWidth, async (index) => {
    const id = await client.initialize(`known-${index}`, content.sizeBytes);
    await client.sendRun(id, content, 2, 2, "precomputed");
  });
}
