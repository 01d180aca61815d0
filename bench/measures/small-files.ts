import { readdir, stat } from "node:fs/promises";
import { Agent } from "node:http";
import { join } from "node:path";
import { sha256, smallBody } from "../load/content.ts";
import { Connections, inFlight } from "../load/http.ts";
import { NativeClient } from "../load/native.ts";
import { createWithTusClient, createWithUpload } from "../load/tus.ts";
import { type Bench, type Measure, say } from "../measure.ts";
import { type RunningServer, type ServerKind, startServer } from "../process.ts";
import { type Findings, formatRatio } from "../report.ts";
import { median, pairedRatio, pairedRounds } from "../rounds.ts";

const fileBytes = 10_000;
const width = 16;
const warmUpFiles = 500;
const checkedFiles = 50;
const wantedRatio = 3;

const variants = ["hawser", "tus, bare client", "tus-js-client"] as const;
type Variant = (typeof variants)[number];
const peers = ["tus, bare client", "tus-js-client"] as const;
const kinds: Record<Variant, ServerKind> = { hawser: "hawser", "tus, bare client": "peer", "tus-js-client": "peer" };

interface Sample {
  readonly filesPerSecond: number;
  readonly cpuMsPerFile: number;
}

/** Many small files, each durable when it is answered, beside the peer's creation with upload. */
export const smallFiles: Measure = { name: "small", title: "Small files of 10 KB, one shot, 16 in flight", run };

async function run(bench: Bench): Promise<Findings> {
  const samples = await pairedRounds(variants, bench.settings.rounds, async (variant, round) => {
    const sample = await measureOnce(variant, bench);
    say(`round ${round}, ${variant}: ${sample.filesPerSecond.toFixed(0)} files/s`);
    return sample;
  });
  const rates = (variant: Variant) => samples[variant].map((sample) => sample.filesPerSecond);
  const peer = median(rates(peers[0])) >= median(rates(peers[1])) ? peers[0] : peers[1];
  const ratio = pairedRatio(rates("hawser"), rates(peer));
  return {
    targets: [
      {
        what: `small files a second against the peer (${peer})`,
        wanted: `≥ ${wantedRatio}`,
        figure: formatRatio(ratio),
        isMet: ratio.median >= wantedRatio,
      },
    ],
    tables: [
      {
        caption: `${bench.settings.files} files, medians of ${bench.settings.rounds} paired rounds`,
        headings: ["variant", "files/s", "range", "server CPU ms/file"],
        rows: variants.map((variant) => [
          variant,
          median(rates(variant)).toFixed(0),
          `${Math.min(...rates(variant)).toFixed(0)} to ${Math.max(...rates(variant)).toFixed(0)}`,
          median(samples[variant].map((sample) => sample.cpuMsPerFile)).toFixed(3),
        ]),
      },
    ],
    notes: [
      "The peer that counts is the faster of its two clients; it writes two files for each upload and syncs neither.",
      `The bare client is the one that drives Hawser, with tus's request. ${checkedFiles} files of each round were compared with what was sent.`,
    ],
  };
}

async function measureOnce(variant: Variant, bench: Bench): Promise<Sample> {
  const { files } = bench.settings;
  const folder = bench.scratch.folder(files * 2 * fileBytes);
  const server = await startServer(kinds[variant], folder);
  const sender = createSender(variant, server);
  try {
    const bodies = Array.from({ length: warmUpFiles + files }, (_, index) => smallBody(index, fileBytes));
    const digests = bodies.map(sha256);
    const ids: string[] = [];
    const send = async (index: number) => {
      const id = await sender.send(`small-${index}`, bodies[index] as Buffer, digests[index] as Uint8Array);
      if (index % Math.ceil(files / checkedFiles) === 0) ids[index] = id;
    };
    await inFlight(warmUpFiles, width, send);
    await bench.settle();
    const before = await server.usage();
    const startedAt = performance.now();
    await inFlight(files, width, (index) => send(warmUpFiles + index));
    const seconds = (performance.now() - startedAt) / 1_000;
    const cpuSeconds = (await server.usage()).cpuSeconds - before.cpuSeconds;
    if (variant === "hawser") await checkDownloads(server, ids, digests);
    else await checkFolder(folder, bodies.length);
    return { filesPerSecond: files / seconds, cpuMsPerFile: (cpuSeconds * 1_000) / files };
  } finally {
    sender.close();
    await server.stop();
  }
}

interface Sender {
  send(filename: string, body: Buffer, digest: Uint8Array): Promise<string>;
  close(): void;
}

function createSender(variant: Variant, server: RunningServer): Sender {
  if (variant === "hawser") {
    const client = new NativeClient(server.port, width);
    return { send: (filename, body, digest) => client.oneShot(filename, body, digest), close: () => client.close() };
  }
  if (variant === "tus-js-client") {
    const agent = new Agent({ keepAlive: true, maxSockets: width });
    return {
      send: (filename, body) => createWithTusClient(server.port, agent, filename, body),
      close: () => agent.destroy(),
    };
  }
  const connections = new Connections(server.port, width);
  return { send: (filename, body) => createWithUpload(connections, filename, body), close: () => connections.close() };
}

async function checkDownloads(server: RunningServer, ids: readonly string[], digests: readonly Uint8Array[]) {
  const connections = new Connections(server.port, 1);
  try {
    for (const [index, id] of ids.entries()) {
      if (id === undefined) continue;
      const stored = await connections.hashDownload(`/files/${id}`);
      if (stored !== Buffer.from(digests[index] as Uint8Array).toString("hex"))
        throw new Error("A small file differs.");
    }
  } finally {
    connections.close();
  }
}

/** The peer keeps each file beside a JSON of the same name; all must be there, and whole. */
async function checkFolder(folder: string, files: number): Promise<void> {
  const names = (await readdir(folder)).filter((name) => !name.endsWith(".json"));
  const sizes = await Promise.all(names.slice(0, checkedFiles).map((name) => stat(join(folder, name))));
  if (names.length !== files || sizes.some(({ size }) => size !== fileBytes)) throw new Error("The peer lost a file.");
}
