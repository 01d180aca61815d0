import { type RunningClient, startClient } from "../client-process.ts";
import type { ClientJobs } from "../clients/job.ts";
import { Content } from "../load/content.ts";
import { startLine } from "../load/line.ts";
import { type LinkScenario, lineOf, oracleMs, scenarios } from "../load/scenarios.ts";
import { writeContent } from "../load/source-files.ts";
import { type Bench, type Measure, say } from "../measure.ts";
import { type RunningServer, startServer } from "../process.ts";
import { type Findings, percent } from "../report.ts";
import { median, pairedRounds } from "../rounds.ts";
import { hashStored } from "../stored.ts";

const maxRounds = 3;
const wantedShare = 0.85;
const warmUpBytes = 8 * 1_048_576;
/** Nobody may take longer than this many times what the oracle needs. */
const patience = 3;

const variants = ["engine", "tus", "uppy"] as const;
type Variant = (typeof variants)[number];

/** Whole ways over bad lines, each as a share of what was possible. */
export const links: Measure = { name: "links", title: "Goodput over bad lines", run };

async function run(bench: Bench): Promise<Findings> {
  const rounds = Math.min(bench.settings.rounds, maxRounds);
  const chosen = scenarios.filter(({ name }) => name.includes(bench.settings.scenario));
  await using ways = await openWays(bench);
  const shares: Record<Variant, number>[] = [];
  const rows: string[][] = [];
  for (const scenario of chosen) {
    const content = new Content(scenario.fileBytes);
    writeContent(ways.sourceFolder, scenario.seed, content);
    const bestMs = oracleMs(scenario);
    const samples = await pairedRounds(variants, rounds, async (variant, round) => {
      const tookMs = await ways.send(variant, scenario, content);
      const share = tookMs === null ? 0 : bestMs / tookMs;
      say(`round ${round}, ${scenario.name}, ${variant}: ${percent(share)} of the oracle`);
      return share;
    });
    const medians = { engine: median(samples.engine), tus: median(samples.tus), uppy: median(samples.uppy) };
    shares.push(medians);
    rows.push(rowOf(scenario, bestMs, medians));
  }
  return { targets: [target(shares)], tables: [table(rounds, rows), summary(shares)], notes };
}

interface Ways extends AsyncDisposable {
  readonly sourceFolder: string;
  /** From the first request to the final answer in milliseconds; null when it gave up, or took far too long. */
  send(variant: Variant, scenario: LinkScenario, content: Content): Promise<number | null>;
}

/** Servers and clients that live through the whole measure: what they once learned of a line they may keep. */
async function openWays(bench: Bench): Promise<Ways> {
  const sourceFolder = bench.scratch.keptFolder();
  writeContent(sourceFolder, 0, new Content(warmUpBytes));
  const folders = { hawser: bench.scratch.keptFolder(), peer: bench.scratch.keptFolder() };
  const servers = {
    hawser: await startServer("hawser", folders.hawser),
    peer: await startServer("peer", folders.peer),
  };
  const clients = new Map<Variant, RunningClient<Variant>>();
  const serverOf = (variant: Variant): RunningServer => servers[variant === "engine" ? "hawser" : "peer"];
  const clientOf = async (variant: Variant) => {
    const running = clients.get(variant);
    if (running !== undefined) return running;
    const client: RunningClient<Variant> = await startClient(variant);
    clients.set(variant, client);
    // Past the line: this is about code that has not run yet, not about connections.
    await client.work(jobOf(variant, serverOf(variant).port, 0));
    return client;
  };
  const jobOf = (variant: Variant, port: number, first: number): ClientJobs[Variant]["job"] => {
    const files = { port, folder: sourceFolder, first, count: 1 };
    if (variant === "engine") return { ...files, journalFolder: bench.scratch.folder(0), options: {} };
    return variant === "tus" ? { ...files, way: "enduring", width: 1 } : files;
  };
  const send = async (variant: Variant, scenario: LinkScenario, content: Content) => {
    const client = await clientOf(variant);
    const line = await startLine(serverOf(variant).port, lineOf(scenario));
    try {
      const startedAt = performance.now();
      const answer = await answered(
        client.work(jobOf(variant, line.port, scenario.seed)),
        patience * oracleMs(scenario),
      );
      const tookMs = performance.now() - startedAt;
      if (answer === null) {
        clients.delete(variant);
        await client.kill();
        return null;
      }
      const kind = variant === "engine" ? "hawser" : "peer";
      const stored = await hashStored({ kind, port: servers[kind].port, folder: folders[kind] }, answer[0] ?? "");
      if (stored !== content.sha256()) throw new Error(`The ${kind} server did not store what was sent.`);
      return tookMs;
    } finally {
      await line.close();
    }
  };
  return {
    sourceFolder,
    send,
    [Symbol.asyncDispose]: async () => {
      for (const process of [...clients.values(), ...Object.values(servers)]) await process.stop();
    },
  };
}

/** Null when there is none in time, or the client gave up. */
async function answered<T>(working: Promise<readonly T[]>, limitMs: number): Promise<readonly T[] | null> {
  const late = Promise.withResolvers<null>();
  const timer = setTimeout(late.resolve, limitMs, null);
  const given = working.catch((error: unknown) => {
    // Who is too late is ended, which is no news.
    if (performance.now() < endsAt) say(`${error}`);
    return null;
  });
  const endsAt = performance.now() + limitMs;
  try {
    return await Promise.race([given, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

function rowOf(scenario: LinkScenario, bestMs: number, shares: Record<Variant, number>): string[] {
  const { name, cuts, fileBytes } = scenario;
  const breaks = cuts.filter(({ atMs }) => atMs < bestMs).map(({ kind }) => kind);
  const times = [breaks.join(", ") || "–", `${(fileBytes / 1e6).toFixed(1)} MB`, `${(bestMs / 1_000).toFixed(1)} s`];
  return [name, ...times, ...variants.map((variant) => told(shares[variant]))];
}

function told(share: number): string {
  return share === 0 ? "not there" : share.toFixed(2);
}

const headings = ["engine", "tus-js-client", "Uppy"];

function table(rounds: number, rows: readonly string[][]): Findings["tables"][number] {
  return {
    caption: `Share of the oracle's goodput, ${rounds === 1 ? "one round" : `medians of ${rounds} rounds`}`,
    headings: ["line", "cuts that the oracle meets", "file", "oracle", ...headings],
    rows,
  };
}

function summary(shares: readonly Record<Variant, number>[]): Findings["tables"][number] {
  const of = (pick: (values: readonly number[]) => number) =>
    variants.map((variant) => told(pick(shares.map((share) => share[variant]))));
  return {
    caption: `Over these ${shares.length} lines`,
    headings: ["share of the oracle", ...headings],
    rows: [
      ["median", ...of(median)],
      ["lowest", ...of((values) => Math.min(...values))],
    ],
  };
}

function target(shares: readonly Record<Variant, number>[]): Findings["targets"][number] {
  const figure = median(shares.map(({ engine }) => engine));
  return {
    what: `engine's goodput over ${shares.length} bad lines, share of the oracle, median`,
    wanted: `≥ ${wantedShare}`,
    figure: figure.toFixed(2),
    isMet: figure >= wantedShare,
  };
}

const notes = [
  "The oracle knows the line in advance. It pays one round trip to connect, one for the last answer, and the time in which the line carries nothing; it has no slow start and sends no byte twice.",
  "All connections share the line's rate, which wavers by 30 % around what its name says. A new one costs a round trip and may have 14,600 bytes on their way; each byte that arrives makes room for one more, up to 4 MiB. At a cut the line carries nothing for 0.3 to 1.5 s: connections are reset, or dead without anybody being told, or live on; what was on its way over a connection that is lost is gone. Whoever connects meanwhile tries again after 1 and 3 s, as TCP does.",
  "Each client sends to its own project's server, and is told to be patient: `tus-js-client` in one PATCH with its documented waits (0, 1, 3, 5 s, the last one repeated), Uppy with the waits of its own plugin (0.1, 1, 3, 5 s, the last one repeated) and everything else at its defaults. In both a smaller `chunkSize` only adds round trips, because their server keeps what a broken PATCH has brought; their server cannot join parallel parts.",
  "Neither `tus-js-client` nor Uppy notices a connection that is dead and silent: they wait until the system gives it up, here as in a browser, where an `XMLHttpRequest` has no time limit either.",
  "Uppy runs in Node with its core and its tus plugin as published; only how the file is read is replaced, since in Node the plugin reads no Blob. It has nothing of the browser then: no dashboard, no `online` event.",
  `"Not there": gave up, or needed more than ${patience} times what the oracle needs; counted as 0.`,
];
