import { Content } from "../load/content.ts";
import { type Hashing, NativeClient } from "../load/native.ts";
import { uploadTus } from "../load/tus.ts";
import { busySeconds, ownCpuSeconds } from "../machine.ts";
import { type Bench, type Measure, say } from "../measure.ts";
import { type RunningServer, type ServerKind, startServer } from "../process.ts";
import { type Findings, formatRatio, gigabytes, percent, type Target } from "../report.ts";
import { median, pairedRatio, pairedRounds } from "../rounds.ts";
import { hashStored } from "../stored.ts";

const warmUpBytes = 64 * 1_048_576;
const peerRunBytes = 8 * 1_048_576;

const variants = ["floor", "hawser", "tus, one PATCH", "tus, 8 MiB"] as const;
type Variant = (typeof variants)[number];
const peers = ["tus, one PATCH", "tus, 8 MiB"] as const;
const kinds: Record<Variant, ServerKind> = {
  floor: "floor",
  hawser: "hawser",
  "tus, one PATCH": "peer",
  "tus, 8 MiB": "peer",
};

interface Sample {
  readonly rate: number;
  readonly serverCpu: number;
  readonly clientCpu: number;
  readonly othersCores: number;
  readonly gcShare: number;
}

/** 1 GiB over 4 lanes, hashed and durable, beside the floor and the peer. */
export function bigFile(name: string, hashing: Hashing): Measure {
  const title = `One big file, 4 lanes, client's digests ${hashing}`;
  return { name, title, run: (bench) => compare(bench, hashing) };
}

async function compare(bench: Bench, hashing: Hashing): Promise<Findings> {
  const content = new Content(bench.settings.sizeBytes);
  content.sha256();
  const samples = await pairedRounds(variants, bench.settings.rounds, async (variant, round) => {
    const sample = await measureOnce(variant, content, hashing, bench);
    say(`round ${round}, ${variant}: ${sample.rate.toFixed(2)} GB/s, ${sample.serverCpu.toFixed(2)} CPU-s/GB`);
    return sample;
  });
  return summarize(samples, hashing);
}

async function measureOnce(variant: Variant, content: Content, hashing: Hashing, bench: Bench): Promise<Sample> {
  const folder = bench.scratch.folder(content.sizeBytes + warmUpBytes);
  const server = await startServer(kinds[variant], folder);
  try {
    const upload = uploader(variant, server, hashing);
    await upload(new Content(Math.min(warmUpBytes, content.sizeBytes)));
    await bench.settle();
    const before = { usage: await server.usage(), own: ownCpuSeconds(), busy: busySeconds(), at: performance.now() };
    const id = await upload(content);
    const seconds = (performance.now() - before.at) / 1_000;
    const usage = await server.usage();
    const serverCpu = usage.cpuSeconds - before.usage.cpuSeconds;
    const clientCpu = ownCpuSeconds() - before.own;
    const others = busySeconds() - before.busy - serverCpu - clientCpu;
    const stored = await hashStored({ kind: kinds[variant], port: server.port, folder }, id);
    if (stored !== content.sha256()) throw new Error(`${variant} did not store what was sent.`);
    const sizeGb = gigabytes(content.sizeBytes);
    return {
      rate: sizeGb / seconds,
      serverCpu: serverCpu / sizeGb,
      clientCpu: clientCpu / sizeGb,
      othersCores: Math.max(0, others / seconds),
      gcShare: (usage.gcMs - before.usage.gcMs) / 1_000 / seconds,
    };
  } finally {
    await server.stop();
  }
}

/** One whole upload in the variant's way; resolves with its id. */
function uploader(variant: Variant, server: RunningServer, hashing: Hashing): (content: Content) => Promise<string> {
  if (variant === "tus, one PATCH") return (content) => uploadTus(server.port, content, Number.POSITIVE_INFINITY);
  if (variant === "tus, 8 MiB") return (content) => uploadTus(server.port, content, peerRunBytes);
  return async (content) => {
    const client = new NativeClient(server.port);
    try {
      return await client.upload("big", content, hashing);
    } finally {
      client.close();
    }
  };
}

function summarize(samples: Record<Variant, Sample[]>, hashing: Hashing): Findings {
  const column = (variant: Variant, field: keyof Sample) => samples[variant].map((sample) => sample[field]);
  const [whole, chunked] = peers.map((peer) => median(column(peer, "rate")));
  const peer = (whole ?? 0) >= (chunked ?? 0) ? peers[0] : peers[1];
  const compared = (base: Variant, field: "rate" | "serverCpu", figure: string, bound: number): Target => {
    const ratio = pairedRatio(column("hawser", field), column(base, field));
    return {
      what: hashing === "precomputed" ? figure : `${figure}, client hashing`,
      wanted: `${field === "rate" ? "≥" : "≤"} ${bound}`,
      figure: formatRatio(ratio),
      isMet: field === "rate" ? ratio.median >= bound : ratio.median <= bound,
    };
  };
  const range = (values: readonly number[]) => `${Math.min(...values).toFixed(2)} to ${Math.max(...values).toFixed(2)}`;
  const rows = variants.map((variant) => [
    variant,
    median(column(variant, "rate")).toFixed(2),
    range(column(variant, "rate")),
    median(column(variant, "serverCpu")).toFixed(2),
    range(column(variant, "serverCpu")),
    median(column(variant, "clientCpu")).toFixed(2),
    percent(median(column(variant, "gcShare"))),
    median(column(variant, "othersCores")).toFixed(2),
  ]);
  return {
    targets: [
      compared("floor", "rate", "throughput against the floor", 0.75),
      compared(peer, "rate", `throughput against the peer (${peer})`, 2),
      compared("floor", "serverCpu", "server CPU per GB against the floor", 1.5),
      compared(peer, "serverCpu", `server CPU per GB against the peer (${peer})`, 0.5),
    ],
    tables: [
      {
        caption: `Medians of ${samples.hawser.length} paired rounds`,
        headings: [
          "variant",
          "GB/s",
          "range",
          "server CPU-s/GB",
          "range",
          "client CPU-s/GB",
          "collection, share of time",
          "cores busy with others",
        ],
        rows,
      },
    ],
    notes: [
      "Every upload's stored bytes were compared by SHA-256 with what was sent, outside the timed part.",
      "The peer that counts is the faster of the two ways; it neither hashes nor syncs.",
      "`cores busy with others`: CPU time of the machine that neither server nor client took, write-back included.",
    ],
  };
}
