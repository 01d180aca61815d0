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
  const cases = [
    { what: "10 MB", sizeBytes: smallBytes, times: await finish(bench, smallBytes, smallUploads) },
    { what: mebibytes(bigBytes), sizeBytes: bigBytes, times: await finish(bench, bigBytes, bigUploads) },
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

async function finish(bench: Bench, sizeBytes: number, uploads: number): Promise<number[]> {
  const content = new Content(sizeBytes);
  const digest = content.treeDigest();
  const times: number[] = [];
  for (let upload = 1; upload <= uploads; upload++) {
    // A server of its own for each big one: so the disk holds one at a time, and none profits from the one before.
    if (upload > 1 && sizeBytes > smallBytes) await bench.scratch.clear();
    const server = await startServer("hawser", await bench.scratch.folder(sizeBytes));
    const client = new NativeClient(server.port);
    try {
      const id = await client.initialize("finishing", sizeBytes);
      await client.sendChunks(id, content, "precomputed");
      await bench.settle();
      const startedAt = performance.now();
      await client.finalize(id, digest);
      times.push(performance.now() - startedAt);
      say(`finishing ${mebibytes(sizeBytes)}: ${milliseconds(times.at(-1) ?? 0)}`);
    } finally {
      client.close();
      await server.stop();
    }
  }
  return times;
}
