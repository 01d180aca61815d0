import { LiveLine } from "../live-line.ts";
import type { Output } from "../output.ts";
import { renderProgress, SpeedMeter } from "../progress.ts";
import type { PushEvent, Report } from "../push/events.ts";
import { printable } from "../text.ts";
import { formatCountdown, formatPercent, formatSize } from "../values.ts";

/** How often a line about progress is written where none can be drawn anew. */
const plainProgressMs = 5_000;

/** Tells a push to whoever watches: JSON lines, a live line on a terminal, or plain lines. */
export interface PushReport {
  /** A reporter for one file. */
  forFile(path: string): Report;
  end(): void;
}

export function createPushReport(output: Output, monotonic: () => number): PushReport {
  if (output.json) return { forFile: (path) => recordEvents(output, path), end: () => {} };
  const lines = new PushLines(output, monotonic);
  return { forFile: () => (event) => lines.show(event), end: () => lines.end() };
}

function recordEvents(output: Output, path: string): Report {
  return (event) => {
    const { event: name, ...facts } = event;
    if (name !== "sent") output.record({ event: name, path, ...facts });
  };
}

class PushLines {
  readonly #output: Output;
  readonly #now: () => number;
  readonly #live: LiveLine | undefined;
  #name = "";
  #sizeBytes = 0;
  #receivedBytes = 0;
  #sentBytes = 0;
  #speed = new SpeedMeter();
  #busy = false;
  #sentence: (() => string) | undefined;
  #plainProgressAt: number;
  #troubleSaid = "";

  constructor(output: Output, monotonic: () => number) {
    this.#output = output;
    this.#now = monotonic;
    this.#plainProgressAt = monotonic();
    if (output.terminal !== undefined) {
      const { style } = output.terminal;
      this.#live = new LiveLine(output.terminal, (columns) => this.#render(columns, style));
    }
  }

  end(): void {
    this.#live?.end();
  }

  show(event: PushEvent): void {
    switch (event.event) {
      case "started":
        this.#start(event.filename, event.sizeBytes);
        break;
      case "upload":
        if (event.resumed) this.#say(`Goes on from ${formatPercent(event.receivedBytes, this.#sizeBytes)}`);
        break;
      case "progress":
        this.#advance(event.receivedBytes);
        break;
      case "sent":
        this.#sentBytes += event.bytes;
        this.#speed.add(event.bytes, this.#now());
        this.#sentence = undefined;
        break;
      case "resending":
        this.#say(
          event.chunks === 1
            ? "1 chunk arrived damaged and is sent again"
            : `${event.chunks} chunks arrived damaged and are sent again`,
        );
        break;
      case "waiting":
        this.#wait(event.delayMs, event.message);
        break;
      case "anew":
        this.#say(event.message.replace(/\.$/, ""));
        this.#receivedBytes = 0;
        break;
      case "comparing":
        this.#sentence = () => `Comparing with what was sent before. ${formatSize(event.comparedBytes)}`;
        break;
      case "checking":
        this.#sentence = () => "Checking the whole file.";
        break;
      case "completed":
        this.#finish();
        this.#output.result(
          [
            `Safe: ${printable(event.filename)}, ${formatSize(event.sizeBytes)}`,
            `  digest  ${event.digest}`,
            `  id      ${event.id}`,
            `  link    ${event.url}`,
          ].join("\n"),
        );
        break;
      case "failed":
        this.#finish();
        this.#output.problem(`${this.#name}: ${event.message}`);
        break;
    }
  }

  #start(filename: string, sizeBytes: number): void {
    this.#name = printable(filename);
    this.#sizeBytes = sizeBytes;
    this.#receivedBytes = 0;
    this.#sentBytes = 0;
    this.#speed = new SpeedMeter();
    this.#sentence = undefined;
    this.#troubleSaid = "";
    this.#busy = true;
    if (this.#live === undefined) this.#say(`Sending ${formatSize(sizeBytes)}`);
  }

  #advance(receivedBytes: number): void {
    const gained = Math.max(0, receivedBytes - this.#receivedBytes);
    if (gained > 0) this.#troubleSaid = "";
    this.#sentBytes = Math.max(0, this.#sentBytes - gained);
    this.#receivedBytes = receivedBytes;
    if (this.#live !== undefined || this.#now() - this.#plainProgressAt < plainProgressMs) return;
    this.#plainProgressAt = this.#now();
    const share = formatPercent(receivedBytes, this.#sizeBytes);
    this.#say(`${share}, ${formatSize(receivedBytes)} of ${formatSize(this.#sizeBytes)}`);
  }

  #wait(delayMs: number, message: string): void {
    const until = this.#now() + delayMs;
    this.#sentBytes = 0;
    this.#sentence = () => `Trying again in ${formatCountdown(until - this.#now())}. ${message}`;
    // Lines that cannot be drawn anew say the same trouble once.
    if (this.#live === undefined && this.#troubleSaid !== message) {
      this.#say(`${message.replace(/\.$/, "")}. Goes on by itself`);
    }
    this.#troubleSaid = message;
  }

  #say(sentence: string): void {
    this.#live?.clear();
    this.#output.note(`${this.#name}: ${sentence}.`);
  }

  #finish(): void {
    this.#busy = false;
    this.#live?.clear();
  }

  #render(columns: number, style: { colour: boolean; unicode: boolean }): string | undefined {
    if (!this.#busy) return undefined;
    return renderProgress(
      {
        name: this.#name,
        sizeBytes: this.#sizeBytes,
        doneBytes: this.#receivedBytes,
        flyingBytes: Math.min(this.#sentBytes, this.#sizeBytes - this.#receivedBytes),
        bytesPerSecond: this.#speed.bytesPerSecond(this.#now()),
        sentence: this.#sentence?.(),
      },
      columns,
      style,
    );
  }
}
