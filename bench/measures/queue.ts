import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { startClient } from "../client-process.ts";
import type { QueueFigures } from "../clients/job.ts";
import { writeSmallFiles } from "../load/source-files.ts";
import { type Bench, type Measure, say } from "../measure.ts";
import { type Findings, formatRatio, mebibytes, milliseconds } from "../report.ts";
import { median, pairedRatio, pairedRounds } from "../rounds.ts";

const fileBytes = 10_000;
const maxRounds = 3;
/** Before the files that count: code that runs for the first time would hide how time grows with their number. */
const warmUpFiles = 500;
/** Twice as long for each file: ten times would be quadratic. */
const wantedRatio = 2;

const variants = ["tenth", "all"] as const;
type Variant = (typeof variants)[number];

interface Sample extends QueueFigures {
  readonly overIdleBytes: number;
}

/** Thousands of files in the engine's queue. */
export const queue: Measure = { name: "queue", title: "The engine's queue, while the server does not answer", run };

async function run(bench: Bench): Promise<Findings> {
  const counts = { tenth: Math.ceil(bench.settings.files / 10), all: bench.settings.files };
  const sourceFolder = bench.scratch.keptFolder();
  writeSmallFiles(sourceFolder, counts.all, fileBytes);
  const silent = await startSilentServer();
  try {
    const rounds = Math.min(bench.settings.rounds, maxRounds);
    const samples = await pairedRounds(variants, rounds, async (variant, round) => {
      const sample = await measureOnce(silent.port, sourceFolder, counts[variant], bench);
      say(`round ${round}, ${counts[variant]} files: ${milliseconds(sample.journaledMs)}`);
      return sample;
    });
    return summarize(samples, counts);
  } finally {
    await silent.close();
  }
}

async function measureOnce(port: number, sourceFolder: string, count: number, bench: Bench): Promise<Sample> {
  const client = await startClient("queue");
  try {
    const add = (files: number) => {
      const journalFolder = bench.scratch.folder(files * fileBytes);
      return client.work({ port, folder: sourceFolder, first: 0, count: files, journalFolder });
    };
    const idleBytes = client.memory().residentBytes;
    await add(Math.min(warmUpFiles, count));
    await bench.settle();
    client.resetPeak();
    const figures = await add(count);
    return { ...figures, overIdleBytes: client.memory().peakBytes - idleBytes };
  } finally {
    await client.stop();
  }
}

/** Takes connections and says nothing. */
async function startSilentServer(): Promise<{ readonly port: number; close(): Promise<void> }> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket.resume());
    socket.on("error", () => socket.destroy());
    socket.on("close", () => sockets.delete(socket));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const close = async () => {
    server.close();
    for (const socket of sockets) socket.destroy();
    await once(server, "close");
  };
  return { port: (server.address() as AddressInfo).port, close };
}

function summarize(samples: Record<Variant, Sample[]>, counts: Record<Variant, number>): Findings {
  const column = (variant: Variant, field: keyof Sample) => samples[variant].map((sample) => sample[field]);
  const perFile = (variant: Variant, field: keyof Sample) => column(variant, field).map((ms) => ms / counts[variant]);
  const growth = (field: keyof Sample) => pairedRatio(perFile("all", field), perFile("tenth", field));
  const target = (what: string, field: keyof Sample) => ({
    what: `${what} each file, ${counts.all} against ${counts.tenth} queued`,
    wanted: `≤ ${wantedRatio}`,
    figure: formatRatio(growth(field)),
    isMet: growth(field).median <= wantedRatio,
  });
  const heapAFile = median(column("all", "heapBytes")) - median(column("tenth", "heapBytes"));
  const rows = variants.map((variant) => [
    String(counts[variant]),
    milliseconds(median(column(variant, "addMs"))),
    milliseconds(median(column(variant, "addedMs"))),
    milliseconds(median(column(variant, "journaledMs"))),
    milliseconds(median(column(variant, "readMs"))),
    mebibytes(median(column(variant, "heapBytes"))),
    mebibytes(Math.max(...column(variant, "overIdleBytes"))),
  ]);
  return {
    targets: [target("time in `add` for", "addMs"), target("time until it is journaled for", "journaledMs")],
    tables: [
      {
        caption: `Medians of ${samples.all.length} rounds, a fresh process each`,
        headings: [
          "files",
          "in `add`",
          "opened and added",
          "all in the journal",
          "reading every state",
          "heap",
          "peak memory over idle, highest",
        ],
        rows,
      },
    ],
    notes: [
      `Files of 10 KB by path, a journal on disk, and a server that takes connections and never answers: 12 are on their way, all others wait. Up to ${warmUpFiles} files were queued in another journal before.`,
      `Heap is what is used after a collection, over what it was before. Each file more takes ${(heapAFile / (counts.all - counts.tenth) / 1_024).toFixed(1)} KiB of it. The peak is the process's resident memory over what it had when it was loaded.`,
      "`opened and added` includes asking the file system about each file, and the journal at work beside it: each record is a file of its own there, synced, which makes the journal a measure of the disk.",
    ],
  };
}
