import { startClient } from "../client-process.ts";
import { Content } from "../load/content.ts";
import { type Line, startLine } from "../load/line.ts";
import { writeContent } from "../load/source-files.ts";
import { type Bench, type Measure, say } from "../measure.ts";
import { startServer } from "../process.ts";
import { type Findings, formatRatio, type Target } from "../report.ts";
import { median, pairedRatio, pairedRounds, type Ratio } from "../rounds.ts";
import { hashStored } from "../stored.ts";

const mebibyte = 1_048_576;
const maxRounds = 2;
const wantedRatio = 1.5;
const bytesPerSecond = 25_000_000;
const windowBytes = 262_144;
const warmUpBytes = 8 * mebibyte;

/** The longer the line, the smaller the file, so that all take about as long. */
const lines = [
  { rttMs: 20, sizeBytes: 32 * mebibyte },
  { rttMs: 100, sizeBytes: 16 * mebibyte },
  { rttMs: 300, sizeBytes: 8 * mebibyte },
] as const;

const variants = ["1 lane", "default lanes"] as const;
type Variant = (typeof variants)[number];

/** One file over a long line: what more than one connection is worth. */
export const lanes: Measure = { name: "lanes", title: "Lanes over a long line", run };

async function run(bench: Bench): Promise<Findings> {
  const rounds = Math.min(bench.settings.rounds, maxRounds);
  const rows: string[][] = [];
  const targets: Target[] = [];
  for (const { rttMs, sizeBytes } of lines) {
    const content = new Content(sizeBytes);
    const sourceFolder = bench.scratch.keptFolder();
    writeContent(sourceFolder, 0, new Content(warmUpBytes));
    writeContent(sourceFolder, 1, content);
    const capacity = [{ fromMs: 0, bytesPerSecond }];
    const line = { rttMs, capacity, cuts: [], windowBytes, firstWindowBytes: windowBytes };
    const rates = await pairedRounds(variants, rounds, async (variant, round) => {
      const rate = await measureOnce(variant, line, sourceFolder, content, bench);
      say(`round ${round}, ${rttMs} ms, ${variant}: ${rate.toFixed(2)} MB/s`);
      return rate;
    });
    const ratio = pairedRatio(rates["default lanes"], rates["1 lane"]);
    const medians = variants.map((variant) => median(rates[variant]).toFixed(2));
    const most = ((windowBytes * 1_000) / rttMs / 1e6).toFixed(2);
    rows.push([`${rttMs} ms`, `${sizeBytes / mebibyte} MiB`, most, ...medians, formatRatio(ratio)]);
    targets.push(target(rttMs, ratio));
  }
  return { targets, tables: [table(rounds, rows)], notes };
}

function table(rounds: number, rows: readonly string[][]): Findings["tables"][number] {
  const headings = [
    "round trip",
    "file",
    "one connection carries, MB/s",
    "1 lane, MB/s",
    "default lanes (4), MB/s",
    "ratio (range)",
  ];
  return { caption: `Goodput from the first request to the final answer, medians of ${rounds} rounds`, headings, rows };
}

function target(rttMs: number, ratio: Ratio): Target {
  return {
    what: `default lanes against one, round trip ${rttMs} ms`,
    wanted: `≥ ${wantedRatio}`,
    figure: formatRatio(ratio),
    isMet: ratio.median >= wantedRatio,
  };
}

const notes = [
  `The line carries ${bytesPerSecond / 1e6} MB/s for all connections together, and each connection has at most ${windowBytes / 1_024} KiB on their way, so that one carries at most 256 KiB in each round trip. It loses nothing, and its window does not grow.`,
  "The window is what makes lanes matter, and it is chosen: about what TCP keeps on its way (1.22 · 1,448 bytes / √p) where one packet in 22,000 is lost. On a line that loses nothing, where one connection fills it, lanes only hide the wait for each run's answer; with more loss they matter more.",
  "Once the line itself is full (20 ms), lanes give no more than it has. A new connection costs a round trip more; no TLS.",
];

async function measureOnce(
  variant: Variant,
  line: Line,
  sourceFolder: string,
  content: Content,
  bench: Bench,
): Promise<number> {
  const folder = bench.scratch.folder(warmUpBytes + content.sizeBytes);
  const server = await startServer("hawser", folder);
  const running = await startLine(server.port, line);
  try {
    const client = await startClient("engine");
    try {
      const send = (port: number, first: number) => {
        const options = variant === "1 lane" ? { maxLanes: 1 } : {};
        const journalFolder = bench.scratch.folder(0);
        return client.work({ port, folder: sourceFolder, first, count: 1, journalFolder, options });
      };
      // Past the line: this is about code that has not run yet, not about connections.
      await send(server.port, 0);
      const startedAt = performance.now();
      const [id = ""] = await send(running.port, 1);
      const seconds = (performance.now() - startedAt) / 1_000;
      const stored = await hashStored({ kind: "hawser", port: server.port, folder }, id);
      if (stored !== content.sha256()) throw new Error("The server did not store what was sent.");
      return content.sizeBytes / 1e6 / seconds;
    } finally {
      await client.stop();
    }
  } finally {
    await running.close();
    await server.stop();
  }
}
