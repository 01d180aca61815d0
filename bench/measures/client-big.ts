import { type ClientSample, type ClientTrial, sampleClient } from "../client-sample.ts";
import { Content } from "../load/content.ts";
import { writeContent } from "../load/source-files.ts";
import { type Bench, type Measure, say } from "../measure.ts";
import { type Findings, formatRatio, gigabytes, mebibytes } from "../report.ts";
import { median, pairedRatio, pairedRounds } from "../rounds.ts";
import { hashStored, type Store } from "../stored.ts";

const warmUpBytes = 64 * 1_048_576;

const maxRounds = 5;

const variants = ["hawser", "tus, as documented", "tus, reads of 1 MiB"] as const;
type Variant = (typeof variants)[number];
const peers = ["tus, as documented", "tus, reads of 1 MiB"] as const;

interface Sample {
  readonly rate: number;
  readonly clientCpu: number;
  readonly serverCpu: number;
  readonly overIdleBytes: number;
  readonly othersCores: number;
}

/** 1 GiB from disk, by the engine to Hawser's server and by tus-js-client to tus's. */
export const clientBig: Measure = { name: "client-big", title: "The engine with one big file, from disk", run };

async function run(bench: Bench): Promise<Findings> {
  const content = new Content(bench.settings.sizeBytes);
  content.sha256();
  const sourceFolder = bench.scratch.keptFolder();
  writeContent(sourceFolder, 0, new Content(Math.min(warmUpBytes, content.sizeBytes)));
  writeContent(sourceFolder, 1, content);
  const rounds = Math.min(bench.settings.rounds, maxRounds);
  const samples = await pairedRounds(variants, rounds, async (variant, round) => {
    const sample = perGigabyte(await measureOnce(variant, sourceFolder, content, bench), content.sizeBytes);
    say(`round ${round}, ${variant}: ${sample.rate.toFixed(2)} GB/s, ${sample.clientCpu.toFixed(2)} CPU-s/GB`);
    return sample;
  });
  return summarize(samples);
}

function measureOnce(variant: Variant, sourceFolder: string, content: Content, bench: Bench): Promise<ClientSample> {
  const trial: Omit<ClientTrial<"engine">, "client" | "job"> = {
    storedBytes: content.sizeBytes + warmUpBytes,
    sourceFolder,
    warmUpFiles: 1,
    files: 1,
    check: (store, ids) => check(variant, store, ids, content),
  };
  if (variant === "hawser") {
    const journalFolder = bench.scratch.folder(0);
    const job = (port: number, first: number, count: number) => {
      return { port, folder: sourceFolder, first, count, journalFolder, options: {} };
    };
    return sampleClient({ ...trial, client: "engine", job }, bench);
  }
  const job = (port: number, first: number, count: number) => {
    const way = variant === "tus, as documented" ? "stream" : "large-reads";
    return { port, folder: sourceFolder, first, count, way, width: 1 } as const;
  };
  return sampleClient({ ...trial, client: "tus", job }, bench);
}

async function check(variant: Variant, store: Store, [id = ""]: readonly string[], content: Content): Promise<void> {
  if ((await hashStored(store, id)) !== content.sha256()) throw new Error(`${variant} did not store what was sent.`);
}

function perGigabyte(sample: ClientSample, sizeBytes: number): Sample {
  const sizeGb = gigabytes(sizeBytes);
  return {
    rate: sizeGb / sample.seconds,
    clientCpu: sample.clientCpuSeconds / sizeGb,
    serverCpu: sample.serverCpuSeconds / sizeGb,
    overIdleBytes: sample.overIdleBytes,
    othersCores: sample.othersCores,
  };
}

function summarize(samples: Record<Variant, Sample[]>): Findings {
  const column = (variant: Variant, field: keyof Sample) => samples[variant].map((sample) => sample[field]);
  const [stream = 0, large = 0] = peers.map((peer) => median(column(peer, "rate")));
  const peer = stream >= large ? peers[0] : peers[1];
  const ratio = (what: string, field: keyof Sample) => [
    what,
    formatRatio(pairedRatio(column("hawser", field), column(peer, field))),
  ];
  const range = (values: readonly number[]) => `${Math.min(...values).toFixed(2)} to ${Math.max(...values).toFixed(2)}`;
  return {
    targets: [],
    tables: [
      {
        caption: `Medians of ${samples.hawser.length} paired rounds`,
        headings: [
          "variant",
          "GB/s",
          "range",
          "client CPU-s/GB",
          "range",
          "client's peak over idle",
          "server CPU-s/GB",
          "cores busy with others",
        ],
        rows: variants.map((variant) => [
          variant,
          median(column(variant, "rate")).toFixed(2),
          range(column(variant, "rate")),
          median(column(variant, "clientCpu")).toFixed(2),
          range(column(variant, "clientCpu")),
          mebibytes(median(column(variant, "overIdleBytes"))),
          median(column(variant, "serverCpu")).toFixed(2),
          median(column(variant, "othersCores")).toFixed(2),
        ]),
      },
      {
        caption: `The engine against tus-js-client (${peer})`,
        headings: ["figure", "ratio of the rounds, median (range)"],
        rows: [
          ratio("GB/s", "rate"),
          ratio("client CPU per GB", "clientCpu"),
          ratio("client's peak memory over idle", "overIdleBytes"),
        ],
      },
    ],
    notes: [
      "Not the same work: the engine reads and hashes every chunk, keeps a journal that it syncs, and compares digests at the end; tus-js-client streams the file and remembers nothing. Each sends to its own project's server, which shares the cores with it.",
      "The engine has its defaults: 4 lanes, runs up to 8 MiB, 64 MiB of buffers. tus-js-client has one connection and one PATCH, because its server's file store cannot join parts and shorter ones are slower (`big`). As documented it is given a stream of the file, which it reads by 64 KiB; its option `fileReader` allows more. The faster of the two counts.",
      "Each client is a fresh process that has sent up to 64 MiB before. Idle is what it has when its modules are loaded and it has sent nothing. The file is in the page cache.",
      "Every upload's stored bytes were compared by SHA-256 with what was sent, outside the timed part.",
    ],
  };
}
