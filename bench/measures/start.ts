import { setTimeout as delay } from "node:timers/promises";
import { limits } from "@hawser/protocol";
import { multiplyUploads } from "../ledger-seed.ts";
import { Content, smallBody } from "../load/content.ts";
import { NativeClient } from "../load/native.ts";
import { type Bench, type Measure, say } from "../measure.ts";
import { startServer } from "../process.ts";
import { type Findings, milliseconds, type Target } from "../report.ts";
import { median } from "../rounds.ts";

const knownUploads = 100_000;
const maxRounds = 5;
const startLimitMs = 2_000;
const firstChunkLimitMs = 1_000;
/** How long runs are under way when the server is killed. */
const beforeKillMs = 700;
const loadBytes = 1_024 * limits.chunkSizeBytes;

/** Starting with a big ledger, and taking up work again after `kill -9`. */
export const start: Measure = { name: "start", title: "Start with 100,000 uploads, and after `kill -9`", run };

interface Sample {
  readonly startMs: number;
  readonly restartMs: number;
  readonly firstChunkMs: number;
}

async function run(bench: Bench): Promise<Findings> {
  const rounds = Math.min(bench.settings.rounds, maxRounds);
  const folder = bench.scratch.folder(rounds * loadBytes);
  await prepare(bench, folder);
  const samples: Sample[] = [];
  for (let round = 1; round <= rounds; round++) {
    const sample = await measureOnce(folder);
    samples.push(sample);
    say(`round ${round}: start ${milliseconds(sample.startMs)}, first chunk ${milliseconds(sample.firstChunkMs)}`);
  }
  const column = (field: keyof Sample) => samples.map((sample) => sample[field]);
  const target = (what: string, field: keyof Sample, limitMs: number): Target => ({
    what,
    wanted: `< ${limitMs} ms`,
    figure: milliseconds(median(column(field))),
    isMet: median(column(field)) < limitMs,
  });
  const row = (what: string, field: keyof Sample) => [
    what,
    milliseconds(median(column(field))),
    milliseconds(Math.max(...column(field))),
  ];
  return {
    targets: [
      target(`start with ${knownUploads} uploads in the ledger`, "startMs", startLimitMs),
      target("start after `kill -9`, the same ledger", "restartMs", startLimitMs),
      target("after `kill -9`: from listening to the first chunk acknowledged", "firstChunkMs", firstChunkLimitMs),
    ],
    tables: [
      {
        caption: `${rounds} rounds`,
        headings: ["step", "median", "slowest"],
        rows: [
          row("spawn to listening", "startMs"),
          row("spawn to listening after `kill -9`", "restartMs"),
          row("listening to the first chunk acknowledged", "firstChunkMs"),
        ],
      },
    ],
    notes: [
      "The ledger: half active uploads with a receipt, half completed small files, copied from two that were really received.",
      "Killed while 4 lanes sent runs. The first chunk belongs to the same upload: `resume` first, then a missing chunk.",
    ],
  };
}

/** One active upload with a chunk and one small file, made many. */
async function prepare(bench: Bench, folder: string): Promise<void> {
  const server = await startServer("hawser", folder);
  const client = new NativeClient(server.port);
  try {
    const content = new Content(2 * limits.chunkSizeBytes);
    const id = await client.initialize("known", content.sizeBytes);
    await client.sendRun(id, content, 1, 1, "precomputed");
    await client.oneShot("known-small", smallBody(0, 1_000));
  } finally {
    client.close();
    await server.stop();
  }
  multiplyUploads(folder, knownUploads);
  await bench.settle();
}

async function measureOnce(folder: string): Promise<Sample> {
  const content = new Content(loadBytes);
  const first = await startServer("hawser", folder);
  const id = await killUnderLoad(first, content);
  const second = await startServer("hawser", folder);
  const listeningAt = performance.now();
  const client = new NativeClient(second.port);
  try {
    const chunk = await firstMissing(client, id);
    await client.sendRun(id, content, chunk, chunk, "precomputed");
    const firstChunkMs = performance.now() - listeningAt;
    return { startMs: first.startMs, restartMs: second.startMs, firstChunkMs };
  } finally {
    client.close();
    await second.stop();
  }
}

/** Sends until the server is killed in the middle of it. Returns the upload's id. */
async function killUnderLoad(server: Awaited<ReturnType<typeof startServer>>, content: Content): Promise<string> {
  const client = new NativeClient(server.port);
  try {
    const id = await client.initialize("interrupted", content.sizeBytes);
    let isSending = true;
    const sending = client.sendChunks(id, content, "precomputed").catch(() => {});
    const ended = sending.then(() => {
      isSending = false;
    });
    await delay(beforeKillMs);
    if (!isSending) throw new Error("Everything was sent before the kill.");
    await server.kill();
    await ended;
    return id;
  } finally {
    client.close();
    await server.kill();
  }
}

async function firstMissing(client: NativeClient, id: string): Promise<number> {
  const page = await client.connections.send("GET", `/uploads/${id}/resume`, {}, "", [200]);
  const { missingChunks } = JSON.parse(page.body.toString()) as { missingChunks: [number, number][] };
  const chunk = missingChunks[0]?.[0];
  if (chunk === undefined) throw new Error("Nothing was missing after the kill.");
  return chunk;
}
