import type { Terminal } from "./output.ts";

const redrawMs = 100;

/** Some lines at the bottom of a terminal that are drawn anew, ten times a second at most. */
export class LiveArea {
  readonly #terminal: Terminal;
  readonly #render: (columns: number) => readonly string[];
  readonly #timer: NodeJS.Timeout;
  #drawn: readonly string[] = [];

  /** @param render the lines, each short enough for a row of `columns`; none while there is nothing to show */
  constructor(terminal: Terminal, render: (columns: number) => readonly string[]) {
    this.#terminal = terminal;
    this.#render = render;
    this.#timer = setInterval(() => this.draw(), redrawMs);
    this.#timer.unref();
  }

  /** Takes the lines away, so that other text can be written; they come back by themselves. */
  clear(): void {
    if (this.#drawn.length > 0) this.#terminal.write(`${this.#home()}\u001b[J`);
    this.#drawn = [];
  }

  draw(): void {
    const lines = this.#render(this.#terminal.columns);
    if (lines.length === this.#drawn.length && lines.every((line, index) => line === this.#drawn[index])) return;
    const text = lines.map((line) => `${line}\u001b[K`).join("\n");
    this.#terminal.write(`${this.#home()}${text}\u001b[J`);
    this.#drawn = lines;
  }

  end(): void {
    clearInterval(this.#timer);
    this.clear();
  }

  /** Back to the start of the first line. */
  #home(): string {
    return this.#drawn.length > 1 ? `\r\u001b[${this.#drawn.length - 1}A` : "\r";
  }
}
