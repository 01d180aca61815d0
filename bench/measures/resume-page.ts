import { limits } from "@hawser/protocol";
import { fillEverySecondChunk } from "../ledger-seed.ts";
import { Content } from "../load/content.ts";
import { NativeClient } from "../load/native.ts";
import { type Bench, type Measure, say } from "../measure.ts";
import { startServer } from "../process.ts";
import { type Findings, milliseconds } from "../report.ts";
import { quantile } from "../rounds.ts";

const tebibyte = 2 ** 40;
const warmUpRequests = 10;
const requests = 200;
const limitMs = 50;

/** The first page of `resume` of a 1 TiB upload of which every second chunk is missing. */
export const resumePage: Measure = { name: "resume", title: "`resume` of a 1 TiB upload, first page", run };

async function run(bench: Bench): Promise<Findings> {
  const folder = bench.scratch.folder(256 * 1_048_576);
  const id = await prepare(folder);
  const server = await startServer("hawser", folder);
  const client = new NativeClient(server.port);
  try {
    const times: number[] = [];
    let ranges = 0;
    let pageBytes = 0;
    for (let request = 0; request < warmUpRequests + requests; request++) {
      const startedAt = performance.now();
      const page = await client.connections.send("GET", `/uploads/${id}/resume`, {}, "", [200]);
      if (request >= warmUpRequests) times.push(performance.now() - startedAt);
      pageBytes = page.body.length;
      ranges = checkPage(page.body);
    }
    const p50 = quantile(times, 0.5);
    say(`resume: p50 ${milliseconds(p50)}`);
    const row = [`${ranges}`, `${pageBytes}`, milliseconds(p50), milliseconds(quantile(times, 0.99))];
    return {
      targets: [
        { what: "resume of 1 TiB, p50", wanted: `< ${limitMs} ms`, figure: row[2] ?? "", isMet: p50 < limitMs },
      ],
      tables: [
        {
          caption: `${requests} requests, one after the other, on one connection`,
          headings: ["missing ranges on the page", "bytes", "p50", "p99"],
          rows: [row],
        },
      ],
      notes: [
        "The 524,288 receipts were written into the ledger of a stopped server; one of them was really received.",
      ],
    };
  } finally {
    client.close();
    await server.stop();
  }
}

/** An upload with one real receipt, which is then made many. */
async function prepare(folder: string): Promise<string> {
  const content = new Content(2 * limits.chunkSizeBytes);
  const server = await startServer("hawser", folder);
  const client = new NativeClient(server.port);
  try {
    const id = await client.initialize("huge", content.sizeBytes);
    await client.sendRun(id, content, 1, 1, "precomputed");
    await server.stop();
    fillEverySecondChunk(folder, tebibyte);
    return id;
  } finally {
    client.close();
    await server.stop();
  }
}

/** The page must tell the truth: chunk 1 is there, 2 is missing, and so on. Returns its number of missing ranges. */
function checkPage(body: Buffer): number {
  const page = JSON.parse(body.toString()) as { size: number; missingChunks: [number, number][]; next?: number };
  const isTrue = page.missingChunks.every(([first, last], index) => first === 2 * index + 2 && last === first);
  if (page.size !== tebibyte || !isTrue || page.missingChunks.length === 0 || page.next === undefined) {
    throw new Error("The page of `resume` is not what the ledger holds.");
  }
  return page.missingChunks.length;
}
