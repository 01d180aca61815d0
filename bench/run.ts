// `npm run bench`: runs the measures one after the other, prints what they found and writes it to bench/results.
import { mkdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { describeMachine, syncDisk } from "./machine.ts";
import { type Bench, type Measure, type Settings, say } from "./measure.ts";
import { acknowledgement } from "./measures/acknowledgement.ts";
import { bigFile } from "./measures/big-file.ts";
import { browser } from "./measures/browser.ts";
import { bundle } from "./measures/bundle.ts";
import { clientBig } from "./measures/client-big.ts";
import { clientSmall } from "./measures/client-small.ts";
import { collection } from "./measures/collection.ts";
import { finishing } from "./measures/finishing.ts";
import { lanes } from "./measures/lanes.ts";
import { links } from "./measures/links.ts";
import { live } from "./measures/live.ts";
import { memory } from "./measures/memory.ts";
import { queue } from "./measures/queue.ts";
import { resumePage } from "./measures/resume-page.ts";
import { smallFiles } from "./measures/small-files.ts";
import { start } from "./measures/start.ts";
import { PageCache } from "./page-cache.ts";
import { formatMeasure, formatPage, type MeasureReport } from "./report.ts";
import { Scratch } from "./scratch.ts";

const diskBudgetBytes = 14 * 2 ** 30;
const resultsFolder = join(import.meta.dirname, "results");

const measures: readonly Measure[] = [
  bigFile("big", "precomputed"),
  bigFile("big-hashing", "while sending"),
  memory,
  finishing,
  resumePage,
  smallFiles,
  acknowledgement,
  live,
  collection,
  start,
  clientBig,
  clientSmall,
  lanes,
  queue,
  links,
  browser,
  bundle,
];

const usage = `npm run bench -- [--only NAME,…] [--rounds N] [--size BYTES] [--files N] [--scenario WORDS] [--out NAME]

  --only    measures to run, of: ${measures.map(({ name }) => name).join(", ")} (all)
  --rounds  paired rounds (7); measures that need fewer take fewer
  --size    bytes of the big upload (1073741824); others follow from it, four and eight times as large
  --files   small files, files in the client's queue, and uploads known beside the measured one (10000)
  --scenario  of links, only the lines whose names contain this
  --out     name of the page in bench/results (latest)`;

function fail(sentence: string): never {
  console.error(`${sentence}\n\n${usage}`);
  process.exit(2);
}

interface Request extends Settings {
  readonly measures: readonly Measure[];
  readonly out: string;
}

function readRequest(): Request {
  const text = { type: "string" } as const;
  const options = { only: text, rounds: text, size: text, files: text, scenario: text, out: text };
  const { values } = parseArgs({ options, strict: true });
  const whole = (name: "rounds" | "size" | "files", fallback: number) => {
    const value = Number(values[name] ?? fallback);
    if (!Number.isSafeInteger(value) || value < 1) fail(`--${name} wants a whole number above 0.`);
    return value;
  };
  const names = values.only?.split(",") ?? measures.map(({ name }) => name);
  const chosen = names.map((name) => measures.find((measure) => measure.name === name) ?? fail(`No measure ${name}.`));
  return {
    measures: chosen,
    rounds: whole("rounds", 7),
    sizeBytes: whole("size", 2 ** 30),
    files: whole("files", 10_000),
    scenario: values.scenario ?? "",
    out: basename(values.out ?? "latest", ".md"),
  };
}

/** A measure that fails says so on its page, and the others still run. Why it failed may name paths: stderr only. */
async function runMeasure(measure: Measure, bench: Bench): Promise<MeasureReport> {
  const { name, title } = measure;
  say(`— ${title}`);
  try {
    return { name, title, ...(await measure.run(bench)) };
  } catch (error) {
    console.error(error);
    process.exitCode = 1;
    return { name, title, targets: [], tables: [], notes: ["**This measure did not finish.**"] };
  } finally {
    bench.scratch.clear();
  }
}

async function main(): Promise<void> {
  if (process.platform !== "linux") fail("The bench reads memory and settles the disk in Linux's way only.");
  const request = readRequest();
  const reports: MeasureReport[] = [];
  const pageCache = new PageCache();
  const scratch = new Scratch(diskBudgetBytes);
  process.once("exit", () => scratch.clear());
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));
  const settle = async () => {
    await syncDisk();
    pageCache.fill();
  };
  for (const measure of request.measures) {
    const report = await runMeasure(measure, { settings: request, scratch, settle });
    reports.push(report);
    console.log(`\n${formatMeasure(report)}\n`);
  }
  pageCache.close();
  const page = formatPage(
    {
      machine: describeMachine(),
      date: new Date().toISOString().slice(0, 10),
      settings: `${request.rounds} rounds (some measures fewer), big upload ${request.sizeBytes} bytes, ${request.files} small files`,
    },
    reports,
  );
  mkdirSync(resultsFolder, { recursive: true });
  writeFileSync(join(resultsFolder, `${request.out}.md`), page);
  say(`Written: bench/results/${request.out}.md`);
}

await main();
