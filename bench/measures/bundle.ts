import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Measure } from "../measure.ts";
import type { Findings } from "../report.ts";

const script = join(import.meta.dirname, "..", "..", "scripts", "bundle-size.ts");
const timeoutMs = 60_000;

interface Weight {
  readonly minifiedBytes: number;
  readonly gzipBytes: number;
}

/** What the script prints. */
interface Sizes {
  readonly initial: Weight;
  readonly later: Weight;
  readonly react: { readonly hooks: Weight; readonly initial: Weight; readonly later: Weight };
  readonly maxGzipBytes: { readonly client: number; readonly react: number };
}

/** What a page has to load of `@hawser/client` before it can upload, and of `@hawser/react` on top. */
export const bundle: Measure = { name: "bundle", title: "Size of client and React bindings in a browser", run };

async function run(): Promise<Findings> {
  const args = ["--conditions=@hawser/source", script];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: timeoutMs });
  const { initial, later, react, maxGzipBytes } = JSON.parse(stdout) as Sizes;
  const row = (what: string, weight: Weight) => [what, kilobytes(weight.minifiedBytes), kilobytes(weight.gzipBytes)];
  return {
    targets: [
      target("client's core in a browser, minified and gzipped", initial, maxGzipBytes.client),
      target("React hooks and components on top, minified and gzipped", react.initial, maxGzipBytes.react),
    ],
    tables: [
      {
        caption: "The browser entry of `@hawser/client`",
        headings: ["part", "minified", "with gzip"],
        rows: [row("loaded at once", initial), row("loaded when it is asked for", later)],
      },
      {
        caption: "`@hawser/react` on a page that has React and the client",
        headings: ["part", "minified", "with gzip"],
        rows: [
          row("provider and hooks alone", react.hooks),
          row("everything, with the English words", react.initial),
          row("dialogs about earlier uploads, loaded when they are asked for", react.later),
        ],
      },
    ],
    notes: [
      "All exports of the entry, bundled by Rolldown with what they import; gzip level 9, each file by itself. 1 kB = 1,000 bytes.",
      "Asked for: the journal in IndexedDB with copies and several tabs, matching against earlier uploads, the full hash, SHA-256 in JavaScript where the browser has none, and what the server tells live.",
    ],
  };
}

function target(what: string, { gzipBytes }: Weight, maxBytes: number): Findings["targets"][number] {
  return { what, wanted: `≤ ${kilobytes(maxBytes)}`, figure: kilobytes(gzipBytes), isMet: gzipBytes <= maxBytes };
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1_000).toFixed(1)} kB`;
}
