import { Content } from "../load/content.ts";
import { NativeClient } from "../load/native.ts";
import { type Bench, type Measure, say } from "../measure.ts";
import { startServer } from "../process.ts";
import { type Findings, mebibytes, milliseconds } from "../report.ts";
import { median } from "../rounds.ts";

const smallBytes = 10_000_000;
const smallUploads = 20;
const maxBigUploads = 3;
const limitMs = 50;

/** Finalize alone, after all chunks are there, of a small and of a big upload. */
export const finishing: Measure = { name: "finishing", title: "Finishing", run: measureFinishing };

async function measureFinishing(bench: Bench): Promise<Findings> {
  const bigBytes = 8 * bench.settings.sizeBytes;
  const bigUploads = Math.min(maxBigUploads, Math.max(1, Math.floor(bench.settings.rounds / 3)));
  const smallTimes = await finish(bench, smallBytes, smallUploads);
  const bigTimes: number[] = [];
  for (let upload = 1; upload <= bigUploads; upload++) {
    bench.scratch.clear();
    bigTimes.push(...(await finish(bench, bigBytes, 1)));
  }
  const cases = [
    { what: "10 MB", times: smallTimes },
    { what: mebibytes(bigBytes), times: bigTimes },
  ];
  return {
    targets: cases.map(({ what, times }) => ({
      what: `finishing ${what}, p50`,
      wanted: `< ${limitMs} ms`,
      figure: milliseconds(median(times)),
      isMet: median(times) < limitMs,
    })),
    tables: [
      {
        caption: "From the finalize request to its answer, tree digest named and checked",
        headings: ["size", "uploads", "p50", "slowest"],
        rows: cases.map(({ what, times }) => [
          what,
          String(times.length),
          milliseconds(median(times)),
          milliseconds(Math.max(...times)),
        ]),
      },
    ],
  };
}

/** Several uploads to one server; how long finalize took for each. */
async function finish(bench: Bench, sizeBytes: number, uploads: number): Promise<number[]> {
  const content = new Content(sizeBytes);
  const digest = content.treeDigest();
  const times: number[] = [];
  const server = await startServer("hawser", bench.scratch.folder(uploads * sizeBytes));
  const client = new NativeClient(server.port);
  try {
    for (let upload = 1; upload <= uploads; upload++) {
      const id = await client.initialize("finishing", sizeBytes);
      await client.sendChunks(id, content, "precomputed");
      const startedAt = performance.now();
      await client.finalize(id, digest);
      times.push(performance.now() - startedAt);
    }
  } finally {
    client.close();
    await server.stop();
  }
  say(`finishing ${mebibytes(sizeBytes)}: ${times.map(milliseconds).join(", ")}`);
  return times;
}
