import { type ClientSample, type ClientTrial, sampleClient } from "../client-sample.ts";
import { sha256, smallBody } from "../load/content.ts";
import { writeSmallFiles } from "../load/source-files.ts";
import { type Bench, type Measure, say } from "../measure.ts";
import { type Findings, formatRatio, mebibytes } from "../report.ts";
import { median, pairedRatio, pairedRounds } from "../rounds.ts";
import { hashStored, type Store } from "../stored.ts";

const fileBytes = 10_000;
const width = 16;
/** Small files take a quarter of a place each. */
const maxActive = width / 4;
const warmUpFiles = 500;
const checkedFiles = 50;

const maxRounds = 3;

const variants = ["hawser", "hawser, journal in memory", "tus-js-client"] as const;
type Variant = (typeof variants)[number];
const engines = ["hawser", "hawser, journal in memory"] as const;

interface Sample {
  readonly filesPerSecond: number;
  readonly clientCpuMs: number;
  readonly serverCpuMs: number;
  readonly overIdleBytes: number;
}

/** Many small files from disk, by the engine to Hawser's server and by tus-js-client to tus's. */
export const clientSmall: Measure = { name: "client-small", title: "The engine with small files of 10 KB", run };

async function run(bench: Bench): Promise<Findings> {
  const { files } = bench.settings;
  const rounds = Math.min(bench.settings.rounds, maxRounds);
  const sourceFolder = bench.scratch.keptFolder();
  writeSmallFiles(sourceFolder, warmUpFiles + files, fileBytes);
  const samples = await pairedRounds(variants, rounds, async (variant, round) => {
    const sample = perFile(await measureOnce(variant, sourceFolder, bench), files);
    say(`round ${round}, ${variant}: ${sample.filesPerSecond.toFixed(0)} files/s, ${sample.clientCpuMs.toFixed(2)} ms`);
    return sample;
  });
  return summarize(samples, files);
}

function measureOnce(variant: Variant, sourceFolder: string, bench: Bench): Promise<ClientSample> {
  const { files } = bench.settings;
  const trial: Omit<ClientTrial<"engine">, "client" | "job"> = {
    storedBytes: 2 * (warmUpFiles + files) * fileBytes,
    sourceFolder,
    warmUpFiles,
    files,
    check,
  };
  if (variant === "tus-js-client") {
    const job = (port: number, first: number, count: number) => {
      return { port, folder: sourceFolder, first, count, way: "create", width } as const;
    };
    return sampleClient({ ...trial, client: "tus", job }, bench);
  }
  const journalFolder = variant === "hawser" ? bench.scratch.folder(files * fileBytes) : null;
  const job = (port: number, first: number, count: number) => {
    return { port, folder: sourceFolder, first, count, journalFolder, options: { maxActive } };
  };
  return sampleClient({ ...trial, client: "engine", job }, bench);
}

async function check(store: Store, ids: readonly string[]): Promise<void> {
  if (new Set(ids).size !== ids.length) throw new Error("Two files have one id.");
  const step = Math.ceil(ids.length / checkedFiles);
  for (let index = 0; index < ids.length; index += step) {
    const sent = Buffer.from(sha256(smallBody(warmUpFiles + index, fileBytes))).toString("hex");
    if ((await hashStored(store, ids[index] as string)) !== sent) throw new Error("A small file differs.");
  }
}

function perFile(sample: ClientSample, files: number): Sample {
  return {
    filesPerSecond: files / sample.seconds,
    clientCpuMs: (sample.clientCpuSeconds * 1_000) / files,
    serverCpuMs: (sample.serverCpuSeconds * 1_000) / files,
    overIdleBytes: sample.overIdleBytes,
  };
}

function summarize(samples: Record<Variant, Sample[]>, files: number): Findings {
  const column = (variant: Variant, field: keyof Sample) => samples[variant].map((sample) => sample[field]);
  const against = (variant: Variant, field: keyof Sample) =>
    formatRatio(pairedRatio(column(variant, field), column("tus-js-client", field)));
  const ratio = (what: string, field: keyof Sample) => [what, ...engines.map((engine) => against(engine, field))];
  const rates = (variant: Variant) => column(variant, "filesPerSecond");
  return {
    targets: [],
    tables: [
      {
        caption: `${files} files, medians of ${samples.hawser.length} paired rounds`,
        headings: [
          "variant",
          "files/s",
          "range",
          "client CPU ms/file",
          "client's peak over idle",
          "server CPU ms/file",
        ],
        rows: variants.map((variant) => [
          variant,
          median(rates(variant)).toFixed(0),
          `${Math.min(...rates(variant)).toFixed(0)} to ${Math.max(...rates(variant)).toFixed(0)}`,
          median(column(variant, "clientCpuMs")).toFixed(2),
          mebibytes(median(column(variant, "overIdleBytes"))),
          median(column(variant, "serverCpuMs")).toFixed(2),
        ]),
      },
      {
        caption: "The engine against tus-js-client",
        headings: ["figure, ratios of the rounds", ...engines],
        rows: [
          ratio("files a second", "filesPerSecond"),
          ratio("client CPU per file", "clientCpuMs"),
          ratio("client's peak memory over idle", "overIdleBytes"),
        ],
      },
    ],
    notes: [
      `Both have ${width} files on their way at once, each in one request: the engine with \`maxActive: ${maxActive}\` (its default, 3, makes that 12), tus-js-client with ${width} uploads that create with their bytes.`,
      "Not the same work: before its request the engine writes each file's record to its journal, syncs it, and removes it after the answer; its server syncs too. tus-js-client remembers nothing, and its server syncs nothing. With its journal in memory the engine forgets all of it when it ends, as tus-js-client does; the server stays durable.",
      "The engine is given all files at once and keeps a handle for each until the end; tus-js-client has no queue, so that the files that wait cost it nothing.",
      `${checkedFiles} files of each round were compared by SHA-256 with what was sent.`,
    ],
  };
}
