import type { Ratio } from "./rounds.ts";

/** Rows of text under their headings, for people. */
export interface Table {
  readonly caption: string;
  readonly headings: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** One figure that was promised, as it came out. */
export interface Target {
  readonly what: string;
  readonly wanted: string;
  readonly figure: string;
  readonly isMet: boolean;
}

/** What a measure found. */
export interface Findings {
  readonly targets: readonly Target[];
  readonly tables: readonly Table[];
  readonly notes?: readonly string[];
}

export interface MeasureReport extends Findings {
  readonly name: string;
  readonly title: string;
}

export interface RunDescription {
  readonly machine: string;
  readonly date: string;
  readonly settings: string;
}

export function gigabytes(bytes: number): number {
  return bytes / 1e9;
}

export function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(0)} MiB`;
}

export function milliseconds(ms: number): string {
  return `${ms.toFixed(ms < 100 ? 1 : 0)} ms`;
}

export function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

/** The median of the rounds' ratios, with its range. */
export function formatRatio({ median, lowest, highest }: Ratio): string {
  return `${median.toFixed(2)} (${lowest.toFixed(2)} to ${highest.toFixed(2)})`;
}

/** Pipes in cells are none of ours, so nothing is escaped. */
export function formatTable({ caption, headings, rows }: Table): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const rule = line(headings.map((_, column) => (column === 0 ? "---" : "--:")));
  return [`**${caption}**`, "", line(headings), rule, ...rows.map(line)].join("\n");
}

export function formatMeasure(report: MeasureReport): string {
  const parts = [`## ${report.title} (\`--only ${report.name}\`)`, ...report.tables.map(formatTable)];
  if (report.targets.length > 0) parts.push(formatTargets(report.targets));
  if (report.notes !== undefined) parts.push(report.notes.map((note) => `- ${note}`).join("\n"));
  return parts.join("\n\n");
}

function formatTargets(targets: readonly Target[]): string {
  const rows = targets.map(({ what, wanted, figure, isMet }) => [what, wanted, figure, isMet ? "yes" : "**no**"]);
  return formatTable({ caption: "Against the target", headings: ["measure", "target", "here", "met"], rows });
}

/** The whole page: targets first, then how each figure came about. */
export function formatPage(run: RunDescription, reports: readonly MeasureReport[]): string {
  const head = [
    "# Results of `npm run bench`",
    `${run.date}. ${run.machine}. ${run.settings}. Servers and load client share these cores and talk over loopback. ` +
      "GB = 10⁹ bytes. How to read this: [../README.md](../README.md).",
  ];
  const targets = reports.flatMap((report) => report.targets);
  if (targets.length > 0) head.push(formatTargets(targets));
  return `${[...head, ...reports.map(formatMeasure)].join("\n\n")}\n`;
}
