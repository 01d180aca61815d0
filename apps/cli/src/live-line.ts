import type { Terminal } from "./output.ts";

const redrawMs = 100;

/** One line at the bottom of a terminal that is drawn anew, ten times a second at most. */
export class LiveLine {
  readonly #terminal: Terminal;
  readonly #render: (columns: number) => string | undefined;
  readonly #timer: NodeJS.Timeout;
  #drawn = "";

  /** @param render the line's text, or undefined while there is none */
  constructor(terminal: Terminal, render: (columns: number) => string | undefined) {
    this.#terminal = terminal;
    this.#render = render;
    this.#timer = setInterval(() => this.#draw(), redrawMs);
    this.#timer.unref();
  }

  /** Takes the line away, so that other text can be written; it comes back by itself. */
  clear(): void {
    if (this.#drawn !== "") this.#terminal.write("\r\u001b[K");
    this.#drawn = "";
  }

  end(): void {
    clearInterval(this.#timer);
    this.clear();
  }

  #draw(): void {
    const text = this.#render(this.#terminal.columns) ?? "";
    if (text === this.#drawn) return;
    this.#terminal.write(`\r${text}\u001b[K`);
    this.#drawn = text;
  }
}
