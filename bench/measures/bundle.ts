import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Measure } from "../measure.ts";
import type { Findings } from "../report.ts";

const script = join(import.meta.dirname, "..", "..", "scripts", "bundle-size.ts");
const timeoutMs = 60_000;
const limitBytes = 14_000;

interface Weight {
  readonly minifiedBytes: number;
  readonly gzipBytes: number;
}

/** What a page has to load of `@hawser/client` before it can upload. */
export const bundle: Measure = { name: "bundle", title: "Size of the client in a browser", run };

async function run(): Promise<Findings> {
  const args = ["--conditions=@hawser/source", script];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: timeoutMs });
  const { initial, later } = JSON.parse(stdout) as { initial: Weight; later: Weight };
  const row = (what: string, weight: Weight) => [what, kilobytes(weight.minifiedBytes), kilobytes(weight.gzipBytes)];
  return {
    targets: [
      {
        what: "client's core in a browser, minified and gzipped",
        wanted: `≤ ${kilobytes(limitBytes)}`,
        figure: kilobytes(initial.gzipBytes),
        isMet: initial.gzipBytes <= limitBytes,
      },
    ],
    tables: [
      {
        caption: "The browser entry of `@hawser/client`",
        headings: ["part", "minified", "with gzip"],
        rows: [row("loaded at once", initial), row("loaded when it is asked for", later)],
      },
    ],
    notes: [
      "All exports of the entry, bundled by Rolldown with what they import; gzip level 9, each file by itself. 1 kB = 1,000 bytes.",
      "Asked for: matching against earlier uploads, the full hash, and SHA-256 in JavaScript where the browser has none.",
    ],
  };
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1_000).toFixed(1)} kB`;
}
