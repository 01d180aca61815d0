import type { Style } from "./output.ts";
import { cutMiddle, padEnd, textWidth } from "./text.ts";
import { formatDuration, formatPercent, formatSize } from "./values.ts";

/** One file on its way, as its line shows it. Sizes are bytes. */
export interface ProgressView {
  readonly name: string;
  /** Null while nobody knows it: then there is no percentage. */
  readonly sizeBytes: number | null;
  /** Confirmed; the percentage and the full strand of the bar are these alone. */
  readonly doneBytes: number;
  /** On the line, unconfirmed. */
  readonly flyingBytes: number;
  readonly bytesPerSecond: number;
  /** Said in place of the figures while nothing moves. */
  readonly sentence?: string | undefined;
}

const minBarColumns = 8;
const maxBarColumns = 30;
const minNameColumns = 6;
const maxNameColumns = 28;
const green = "\u001b[32m";
const blue = "\u001b[34m";
const dim = "\u001b[2m";
const plain = "\u001b[0m";

/** Lines for a terminal of `columns`, one column short of it, so that they never wrap; figures below each other. */
export function renderRows(views: readonly ProgressView[], columns: number, style: Style): string[] {
  const longest = Math.max(0, ...views.map(({ name }) => textWidth(name)));
  const nameColumns = Math.min(longest, ...views.map((view) => nameRoom(view, columns, style)));
  return views.map((view) => renderRow(view, columns, style, nameColumns));
}

/** The one line of something that travels alone. */
export function renderProgress(view: ProgressView, columns: number, style: Style): string {
  return renderRows([view], columns, style)[0] as string;
}

function renderRow(view: ProgressView, columns: number, style: Style, nameColumns: number): string {
  const width = widthOf(columns);
  const percent = percentOf(view);
  const name = padEnd(cutMiddle(view.name, nameColumns, style.unicode ? "…" : "~"), nameColumns);
  const room = width - nameColumns - percent.length - 2;
  const sentence = fitting(textsOf(view, style), room);
  const barRoom = room - (sentence === "" ? 0 : textWidth(sentence) + 2);
  // A bar of an unknown length would say nothing.
  if (barRoom < minBarColumns || view.sizeBytes === null) return `${name} ${percent}  ${sentence}`.trimEnd();
  const bar = renderBar(view, Math.min(barRoom, maxBarColumns), style);
  return `${name} ${percent} ${bar}${sentence === "" ? "" : `  ${sentence}`}`;
}

/** Columns that a name may take: what has to be said beside it goes first. */
function nameRoom(view: ProgressView, columns: number, style: Style): number {
  const width = widthOf(columns);
  const shortest = textWidth(textsOf(view, style).at(-1) ?? "") + 2;
  const room = Math.min(maxNameColumns, Math.floor(width / 3), width - percentOf(view).length - 2 - shortest);
  return Math.max(minNameColumns, room);
}

const widthOf = (columns: number): number => Math.max(20, columns - 1);

function percentOf({ doneBytes, sizeBytes }: ProgressView): string {
  return sizeBytes === null ? "" : formatPercent(doneBytes, sizeBytes).padStart(4);
}

/** What may stand beside the bar, longest first. */
function textsOf(view: ProgressView, style: Style): string[] {
  return view.sentence === undefined ? figures(view, style) : sentences(view.sentence);
}

/** The longest text that leaves room for a bar, else the longest that fits at all: a sentence goes before the bar. */
function fitting(longestFirst: readonly string[], room: number): string {
  return (
    longestFirst.find((text) => textWidth(text) + 2 + minBarColumns <= room) ??
    longestFirst.find((text) => textWidth(text) + 2 <= room) ??
    ""
  );
}

function figures({ sizeBytes, doneBytes, flyingBytes, bytesPerSecond }: ProgressView, style: Style): string[] {
  const dot = style.unicode ? " · " : ", ";
  const amount = sizeBytes === null ? formatSize(doneBytes) : `${formatSize(doneBytes)} of ${formatSize(sizeBytes)}`;
  if (bytesPerSecond <= 0) return [amount, ""];
  const speed = `${formatSize(bytesPerSecond)}/s`;
  if (sizeBytes === null) return [[amount, speed].join(dot), amount, ""];
  const left = `${formatDuration(((sizeBytes - doneBytes - flyingBytes) / bytesPerSecond) * 1000)} left`;
  return [[amount, speed, left].join(dot), [speed, left].join(dot), left, ""];
}

/** `Trying again in 0:07. The connection broke.`: the first sentence is the one that has to be seen. */
function sentences(text: string): string[] {
  const end = text.indexOf(". ");
  return end === -1 ? [text] : [text, text.slice(0, end + 1)];
}

/** Thickness is certainty, as everywhere in Hawser: rope, strand, thread. Colour only repeats it. */
function renderBar({ sizeBytes, doneBytes, flyingBytes }: ProgressView, columns: number, style: Style): string {
  const share = (bytes: number) => (sizeBytes ? Math.floor((bytes / sizeBytes) * columns) : columns);
  const rope = share(doneBytes);
  const strand = Math.min(columns, share(doneBytes + flyingBytes)) - rope;
  const thread = columns - rope - strand;
  const [thick, medium, thin] = style.unicode ? ["━", "─", "┈"] : ["#", "-", "."];
  const paint = (colour: string, text: string) => (style.colour && text !== "" ? `${colour}${text}${plain}` : text);
  return paint(green, thick.repeat(rope)) + paint(blue, medium.repeat(strand)) + paint(dim, thin.repeat(thread));
}

/** The longest of `hints` that fits on a line of its own, set back. */
export function renderHint(longestFirst: readonly string[], columns: number, { colour, unicode }: Style): string {
  const hint = longestFirst.find((text) => textWidth(text) < columns) ?? "";
  const text = unicode ? hint : hint.replaceAll("·", "-");
  return colour ? `${dim}${text}${plain}` : text;
}

/** Bytes a second over the last seconds. Time comes in with each call. */
export class SpeedMeter {
  readonly #windowMs = 5_000;
  /** Falling out of the window at its start; at most one sample a tenth of the window. */
  readonly #samples: { at: number; bytes: number }[] = [];
  #startedAt: number | undefined;

  add(bytes: number, now: number): void {
    this.#startedAt ??= now;
    const tail = this.#samples.at(-1);
    if (tail !== undefined && now - tail.at < this.#windowMs / 50) tail.bytes += bytes;
    else this.#samples.push({ at: now, bytes });
  }

  bytesPerSecond(now: number): number {
    if (this.#startedAt === undefined) return 0;
    while (this.#samples[0] !== undefined && now - this.#samples[0].at > this.#windowMs) this.#samples.shift();
    const bytes = this.#samples.reduce((sum, sample) => sum + sample.bytes, 0);
    const spanMs = Math.min(this.#windowMs, now - this.#startedAt);
    return spanMs < 500 ? 0 : (bytes / spanMs) * 1000;
  }
}
