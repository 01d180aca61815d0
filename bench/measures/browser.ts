import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Bench, Measure } from "../measure.ts";
import { type Findings, mebibytes, milliseconds } from "../report.ts";
import { median, quantile } from "../rounds.ts";

const program = join(import.meta.dirname, "..", "..", "apps", "web", "test", "remember", "figures.ts");
const timeoutMs = 600_000;
const sparseBytes = 10_000_000_000;
const smallFiles = 10_000;
const maxReopenedMs = 1_000;
const maxPageBytes = 150_000_000;
const maxFrameMs = 100;

/** What the program prints. */
interface Figures {
  readonly reopenedMs: readonly number[];
  readonly again: readonly { readonly bytes: number; readonly inFlightBytes: number; readonly fileBytes: number }[];
  readonly memory: {
    readonly fileBytes: number;
    readonly sentBytes: number;
    readonly pageBytes: number;
    readonly browserBytes: number;
  };
  readonly frames: { readonly files: number; readonly tookMs: number; readonly longestMs: readonly number[] };
}

/** The engine in the system's Chromium: killed and opened again, and with a large file. */
export const browser: Measure = { name: "browser", title: "In a browser that is killed", run };

async function run({ settings }: Bench): Promise<Findings> {
  const args = ["--conditions=@hawser/source", program, `${settings.rounds}`, `${sparseBytes}`, `${smallFiles}`];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: timeoutMs });
  const figures = JSON.parse(stdout) as Figures;
  const { reopenedMs, again, memory, frames } = figures;
  return { targets: targets(figures), tables: [killed(reopenedMs, again), large(memory), many(frames)], notes };
}

function targets({ reopenedMs, memory: { pageBytes }, frames }: Figures): Findings["targets"] {
  const longestMs = frames.longestMs[0] ?? Number.NaN;
  const reopened = median(reopenedMs);
  return [
    {
      what: "from opening the page again to the first new byte, median",
      wanted: `< ${milliseconds(maxReopenedMs)}`,
      figure: milliseconds(reopened),
      isMet: reopened < maxReopenedMs,
    },
    {
      what: "page's memory over idle with a file of 10 GB",
      wanted: `< ${megabytes(maxPageBytes)}`,
      figure: megabytes(pageBytes),
      isMet: pageBytes < maxPageBytes,
    },
    {
      what: "longest frame while 10,000 small files are added and sent",
      wanted: `≤ ${milliseconds(maxFrameMs)}`,
      figure: milliseconds(longestMs),
      isMet: longestMs <= maxFrameMs,
    },
  ];
}

function killed(reopenedMs: readonly number[], again: Figures["again"]): Findings["tables"][number] {
  const rows = again.map(({ bytes, inFlightBytes, fileBytes }, round) => [
    `${round + 1}`,
    milliseconds(reopenedMs[round] ?? Number.NaN),
    mebibytes(fileBytes),
    megabytes(inFlightBytes),
    megabytes(bytes),
  ]);
  const worst = milliseconds(quantile(reopenedMs, 1));
  return {
    caption: `Killed at about 40 % with SIGKILL, started again on the same profile (slowest: ${worst})`,
    headings: ["round", "page asked for → first new byte", "file", "in flight at the kill", "travelled again"],
    rows,
  };
}

function large({ fileBytes, sentBytes, pageBytes, browserBytes }: Figures["memory"]): Findings["tables"][number] {
  return {
    caption: "Memory over the same page without a file, at its highest",
    headings: ["sparse file", "sent meanwhile", "page's process", "all processes of the browser"],
    rows: [[megabytes(fileBytes), megabytes(sentBytes), megabytes(pageBytes), megabytes(browserBytes)]],
  };
}

function many({ files, tookMs, longestMs }: Figures["frames"]): Findings["tables"][number] {
  return {
    caption: "The files page while a folder of small files is dropped on it, until all of them are safe",
    headings: ["files", "took", "longest times between two frames"],
    rows: [[`${files}`, `${(tookMs / 1_000).toFixed(0)} s`, longestMs.map((ms) => milliseconds(ms)).join(", ")]],
  };
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

const notes = [
  "The page has the engine and nothing else (`apps/web/test/remember/page`), with the engine's own defaults. The file is given as a picked one: of one that fits, the browser keeps a copy, and goes on from that by itself.",
  "The browser runs already when the clock starts; its own start is not the page's. The clock stops when the first byte of a chunk reaches the relay in front of the server, which carries 8 MB/s.",
  "In flight: what had travelled by the time of the kill and the server did not have durably then.",
  "Memory is proportional set size: what processes share is divided among them. The relay carries 40 MB/s meanwhile. The server keeps what it gets of the sparse file until the measure ends.",
];
