import type { Terminal } from "../output.ts";
import { type ProgressView, renderHint, renderRows } from "../progress.ts";
import { formatDuration } from "../values.ts";
import type { Roster, Watched } from "./roster.ts";
import { nameOf, refusalOf } from "./sentences.ts";

const maxRows = 8;
/** Lines of the terminal that stay free for what was said before. */
const freeRows = 4;
/** Without bytes for so long it is said that none come. */
const stillMs = 10_000;

/** A row for each upload on its way. */
export class WatchRows {
  readonly #terminal: Terminal;
  readonly #roster: Roster;
  readonly #now: () => number;
  /** What is said in place of everything while the server cannot be heard. */
  #trouble: string | undefined;

  constructor(terminal: Terminal, roster: Roster, now: () => number) {
    this.#terminal = terminal;
    this.#roster = roster;
    this.#now = now;
  }

  setTrouble(sentence: string | undefined): void {
    this.#trouble = sentence;
  }

  lines(columns: number): string[] {
    const { style, rows: height } = this.#terminal;
    const { watched } = this.#roster;
    const room = Math.max(1, Math.min(maxRows, height - freeRows));
    // What moves is shown before what stands still.
    const latest = [...watched].sort((a, b) => b.movedAt - a.movedAt).slice(0, room);
    const shown = watched.filter((each) => latest.includes(each));
    const lines = renderRows(
      shown.map((each) => this.#viewOf(each)),
      columns,
      style,
    );
    const hint = this.#hint(watched.length, watched.length - shown.length);
    return hint === undefined ? lines : [...lines, renderHint([hint], columns, style)];
  }

  #hint(count: number, hidden: number): string | undefined {
    if (count === 0) return this.#trouble ?? "Nothing is on its way. Watching.";
    return hidden === 0 ? undefined : `and ${hidden} more`;
  }

  #viewOf({ upload, bytesPerSecond, movedAt }: Watched): ProgressView {
    const stillForMs = this.#now() - movedAt;
    const figures = {
      name: nameOf(upload),
      sizeBytes: upload.size,
      doneBytes: upload.receivedBytes,
      flyingBytes: 0,
      bytesPerSecond: stillForMs < stillMs ? (bytesPerSecond ?? 0) : 0,
    };
    if (this.#trouble !== undefined) return { ...figures, sentence: this.#trouble };
    if (upload.state === "assembling") return { ...figures, sentence: "Checking the whole file." };
    if (stillForMs < stillMs) return figures;
    if (upload.failure !== undefined) return { ...figures, sentence: refusalOf(0, upload.failure.detail) };
    return { ...figures, sentence: `Nothing arrives, for ${formatDuration(stillForMs)} now.` };
  }
}
