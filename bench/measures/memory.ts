import { Content } from "../load/content.ts";
import { NativeClient } from "../load/native.ts";
import { sendPaced } from "../load/paced.ts";
import { type Bench, type Measure, say } from "../measure.ts";
import { startServer } from "../process.ts";
import { type Findings, mebibytes } from "../report.ts";
import { median } from "../rounds.ts";

const mebibyte = 1_048_576;
const maxRounds = 3;
const pacedBytesPerSecond = 128 * mebibyte;

interface Scenario {
  readonly what: string;
  readonly sizeBytes: number;
  readonly limitBytes: number;
  readonly load: (port: number) => Promise<void>;
}

/** How much memory the server takes beyond what it has right after its start, with one upload and with many. */
export const memory: Measure = { name: "memory", title: "Server's peak memory over idle", run: measureMemory };

async function measureMemory(bench: Bench): Promise<Findings> {
  const rounds = Math.min(bench.settings.rounds, maxRounds);
  const rows: string[][] = [];
  const targets = [];
  for (const scenario of scenarios(bench.settings.sizeBytes)) {
    const idle: number[] = [];
    const over: number[] = [];
    for (let round = 1; round <= rounds; round++) {
      const sample = await measureOnce(scenario, bench);
      idle.push(sample.idleBytes);
      over.push(sample.peakBytes - sample.idleBytes);
      say(`round ${round}, ${scenario.what}: ${mebibytes(over.at(-1) ?? 0)} over idle`);
    }
    const highest = Math.max(...over);
    rows.push([scenario.what, mebibytes(median(idle)), mebibytes(median(over)), mebibytes(highest)]);
    targets.push({
      what: `peak memory over idle, ${scenario.what}`,
      wanted: `≤ ${mebibytes(scenario.limitBytes)}`,
      figure: mebibytes(highest),
      isMet: highest <= scenario.limitBytes,
    });
  }
  const headings = ["load", "idle", "over idle, median", "over idle, highest"];
  return {
    targets,
    tables: [{ caption: `Resident memory, ${rounds} rounds, a fresh server each`, headings, rows }],
    notes: [
      "Idle is what the server has right after it listens; the peak is the kernel's own high-water mark. The highest round counts.",
      `The crowds send at ${pacedBytesPerSecond / mebibyte} MiB/s together, each connection at its own pace, so that all are in the middle of a run at once.`,
    ],
  };
}

function scenarios(sizeBytes: number): Scenario[] {
  const single = (bytes: number): Scenario => ({
    what: `1 upload of ${mebibytes(bytes)}`,
    sizeBytes: bytes,
    limitBytes: 100 * mebibyte,
    load: (port) => sendOne(port, new Content(bytes)),
  });
  const crowd = (uploads: number, chunks: number, limitBytes: number): Scenario => ({
    what: `${uploads} uploads at once`,
    sizeBytes: uploads * chunks * mebibyte,
    limitBytes,
    load: (port) => sendPaced(port, { uploads, chunks, bytesPerSecond: pacedBytesPerSecond }),
  });
  return [single(sizeBytes), single(4 * sizeBytes), crowd(100, 8, 150 * mebibyte), crowd(1_000, 2, 400 * mebibyte)];
}

async function sendOne(port: number, content: Content): Promise<void> {
  const client = new NativeClient(port);
  try {
    await client.upload("big", content, "precomputed");
  } finally {
    client.close();
  }
}

async function measureOnce(scenario: Scenario, bench: Bench): Promise<{ idleBytes: number; peakBytes: number }> {
  const server = await startServer("hawser", bench.scratch.folder(scenario.sizeBytes));
  try {
    await bench.settle();
    server.resetPeak();
    const idleBytes = server.memory().residentBytes;
    await scenario.load(server.port);
    return { idleBytes, peakBytes: server.memory().peakBytes };
  } finally {
    await server.stop();
  }
}
