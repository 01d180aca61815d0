import type { UploadState } from "@hawser/client";
import type { Terminal } from "../output.ts";
import { type ProgressView, renderHint, renderRows } from "../progress.ts";
import type { Timing } from "../remote/backoff.ts";
import { printable } from "../text.ts";
import { formatCountdown, formatSize } from "../values.ts";
import type { PushEvent } from "./events.ts";
import type { Subject } from "./subject.ts";

const maxRows = 8;
const narrowColumns = 60;
/** Lines of the terminal that stay free for what was said before. */
const freeRows = 4;

type Row = Omit<ProgressView, "sentence"> & { sentence: (() => string) | undefined };

/** A row for each file that travels, and one for all of them. */
export class LiveRows {
  readonly #terminal: Terminal;
  readonly #timing: Timing;
  readonly #hasKeys: boolean;
  readonly #rows = new Map<Subject, Row>();
  /** Confirmed bytes by file, and their sum. */
  readonly #confirmed = new Map<Subject, number>();
  #confirmedBytes = 0;
  #files = 0;
  #safe = 0;
  #sizeBytes: number | null = null;
  #isPaused = false;
  /** Speed of all together, bytes a second. */
  readonly #speed: () => number | null;

  constructor(terminal: Terminal, timing: Timing, hasKeys: boolean, speed: () => number | null) {
    this.#terminal = terminal;
    this.#timing = timing;
    this.#hasKeys = hasKeys;
    this.#speed = speed;
  }

  begin(files: number, sizeBytes: number | null): void {
    this.#files = files;
    this.#sizeBytes = sizeBytes;
  }

  setPaused(isPaused: boolean): void {
    this.#isPaused = isPaused;
  }

  show(subject: Subject, state: UploadState): void {
    this.#count(subject, state.confirmedBytes);
    const { status } = state;
    const isAtWork =
      status === "preparing" || status === "creating" || status === "uploading" || status === "verifying";
    // What waits keeps its row, unless it never had one.
    const isStanding = status === "waiting" || status === "paused";
    const row = this.#rows.get(subject);
    if (isAtWork || (isStanding && row !== undefined)) this.#rows.set(subject, rowOf(subject, state, row));
    else if (!isStanding) this.#rows.delete(subject);
  }

  tell(subject: Subject, event: PushEvent): void {
    if (event.event === "completed") this.#safe++;
    if (event.event === "completed" || event.event === "failed") this.#rows.delete(subject);
    if (event.event !== "waiting") return;
    const { message } = event;
    const until = this.#timing.monotonic() + event.delayMs;
    const sentence = () => `Trying again in ${formatCountdown(until - this.#timing.monotonic())}. ${message}`;
    const row = this.#rows.get(subject) ?? emptyRow(subject);
    this.#rows.set(subject, { ...row, flyingBytes: 0, sentence });
  }

  lines(columns: number): string[] {
    const { style, rows: height } = this.#terminal;
    const rows = [...this.#rows.values()];
    const room = Math.max(1, Math.min(maxRows, height - freeRows));
    const pause = this.#isPaused ? () => "Paused." : undefined;
    const views = rows.slice(0, room).map((row): ProgressView => ({ ...row, sentence: (pause ?? row.sentence)?.() }));
    if (this.#files > 1 && this.#safe < this.#files) views.push(this.#total(rows, columns));
    const lines = renderRows(views, columns, style);
    if (lines.length > 0 && this.#hasKeys) lines.push(renderHint(this.#hints(), columns, style));
    return lines;
  }

  #total(rows: readonly Row[], columns: number): ProgressView {
    const unit = columns < narrowColumns ? "" : " files";
    return {
      name: `${this.#safe} of ${this.#files}${unit}`,
      sizeBytes: this.#sizeBytes,
      doneBytes: this.#confirmedBytes,
      flyingBytes: rows.reduce((sum, { flyingBytes }) => sum + flyingBytes, 0),
      // While all of them wait, the last speed is no promise.
      bytesPerSecond: rows.some(({ sentence }) => sentence === undefined) ? (this.#speed() ?? 0) : 0,
      ...(this.#isPaused && { sentence: "Paused." }),
    };
  }

  #hints(): readonly string[] {
    const space = this.#isPaused ? "space goes on" : "space pauses";
    return [`${space} · q stops; what arrived stays`, `${space} · q stops`];
  }

  #count(subject: Subject, confirmedBytes: number): void {
    this.#confirmedBytes += confirmedBytes - (this.#confirmed.get(subject) ?? 0);
    this.#confirmed.set(subject, confirmedBytes);
  }
}

function emptyRow({ relativePath, filename, sizeBytes }: Subject): Row {
  const name = printable(relativePath ?? filename);
  return { name, sizeBytes, doneBytes: 0, flyingBytes: 0, bytesPerSecond: 0, sentence: undefined };
}

function rowOf(subject: Subject, state: UploadState, before: Row | undefined): Row {
  const figures = { ...emptyRow(subject), sizeBytes: state.sizeBytes, doneBytes: state.confirmedBytes };
  switch (state.status) {
    case "uploading":
      return { ...figures, flyingBytes: state.inFlightBytes, bytesPerSecond: state.bytesPerSecond ?? 0 };
    case "preparing":
      if (state.work !== "comparing") return figures;
      return { ...figures, sentence: () => `Comparing with what was sent before. ${formatSize(state.doneBytes)}` };
    case "verifying":
      return { ...figures, sentence: () => "Checking the whole file." };
    default:
      return { ...figures, sentence: before?.sentence };
  }
}
