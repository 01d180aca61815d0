import type { UploadState } from "@hawser/client";
import { LiveArea } from "../live-area.ts";
import type { Output } from "../output.ts";
import type { Timing } from "../remote/backoff.ts";
import { printable } from "../text.ts";
import { formatPercent, formatSize } from "../values.ts";
import type { PushEvent } from "./events.ts";
import { LiveRows } from "./live-rows.ts";
import type { PushReport } from "./report.ts";
import type { Subject } from "./subject.ts";

/** How often a line about progress is written where none can be drawn anew. */
const plainProgressMs = 5_000;

export interface TextReportParts {
  readonly output: Output;
  readonly timing: Timing;
  /** Whether keys are listened to, so that the person is told which. */
  readonly hasKeys: boolean;
  /** Speed of all uploads together, bytes a second. */
  readonly speed: () => number | null;
}

/** Sentences for a person; on a terminal with rows that move below them. */
export class TextReport implements PushReport {
  readonly #output: Output;
  readonly #timing: Timing;
  readonly #rows: LiveRows | undefined;
  readonly #live: LiveArea | undefined;
  /** What is to be said when the terminal is free again; undefined while it is. */
  #unsaid: (() => void)[] | undefined;
  #files = 0;
  #safe = 0;
  #sizeBytes: number | null = null;
  readonly #received = new Map<Subject, number>();
  #receivedBytes = 0;
  #plainProgressAt: number;
  #troubleSaid = "";
  /** Files that were still owed when the push ended early, and why it did. */
  #owed = 0;
  #owedMessage = "";

  constructor({ output, timing, hasKeys, speed }: TextReportParts) {
    this.#output = output;
    this.#timing = timing;
    this.#plainProgressAt = timing.monotonic();
    const { terminal } = output;
    if (terminal === undefined) return;
    const rows = new LiveRows(terminal, timing, hasKeys, speed);
    this.#rows = rows;
    this.#live = new LiveArea(terminal, (columns) => (this.#unsaid === undefined ? rows.lines(columns) : []));
  }

  begin(files: number, sizeBytes: number | null): void {
    this.#files = files;
    this.#sizeBytes = sizeBytes;
    this.#rows?.begin(files, sizeBytes);
    if (this.#live !== undefined || files < 2) return;
    this.#output.note(`Sending ${files} files${sizeBytes === null ? "" : `, ${formatSize(sizeBytes)}`}.`);
  }

  show(subject: Subject, state: UploadState): void {
    this.#rows?.show(subject, state);
  }

  setPaused(isPaused: boolean): void {
    this.#rows?.setPaused(isPaused);
    this.#live?.draw();
  }

  async aside<T>(work: () => Promise<T>): Promise<T> {
    this.#live?.clear();
    this.#unsaid = [];
    try {
      return await work();
    } finally {
      const unsaid = this.#unsaid;
      this.#unsaid = undefined;
      for (const write of unsaid) write();
    }
  }

  end(): void {
    this.#live?.end();
    if (this.#owed > 0) {
      const count = this.#owed === 1 ? "1 file is" : `${this.#owed} files are`;
      this.#output.problem(`${this.#owedMessage} ${count} still owed.`);
    }
    if (this.#files > 1) this.#output.note(`${this.#safe} of ${this.#files} files are safe on the server.`);
  }

  tell(subject: Subject, event: PushEvent): void {
    this.#rows?.tell(subject, event);
    switch (event.event) {
      case "started":
        if (this.#live === undefined && this.#files < 2) this.#say(subject, sendingSentence(event.sizeBytes));
        break;
      case "upload":
        if (event.resumed) this.#say(subject, `Goes on from ${shareOf(event.receivedBytes, subject.sizeBytes)}`);
        break;
      case "progress":
        this.#advance(subject, event.receivedBytes);
        break;
      case "resending":
        this.#say(subject, resendingSentence(event.chunks));
        break;
      case "waiting":
        this.#wait(subject, event.message);
        break;
      case "anew":
        this.#say(subject, event.message.replace(/\.$/, ""));
        break;
      case "completed":
        this.#complete(subject, event);
        break;
      case "failed":
        this.#fail(subject, event);
        break;
    }
  }

  #complete(subject: Subject, event: Extract<PushEvent, { event: "completed" }>): void {
    this.#safe++;
    const headline = `Safe: ${this.#files > 1 ? nameOf(subject) : printable(event.filename)}, ${formatSize(event.sizeBytes)}`;
    const facts = [`  digest  ${event.digest}`, `  id      ${event.id}`, `  link    ${event.url}`];
    this.#write(() => this.#output.result([headline, ...(this.#files > 1 ? [] : facts)].join("\n")));
  }

  #fail(subject: Subject, { code, message }: Extract<PushEvent, { event: "failed" }>): void {
    // When all end for one reason, it is said once.
    if (this.#files > 1 && (code === "interrupted" || code === "gave_up")) {
      this.#owed++;
      this.#owedMessage = message;
    } else this.#write(() => this.#output.problem(`${nameOf(subject)}: ${message}`));
  }

  #advance(subject: Subject, receivedBytes: number): void {
    const before = this.#received.get(subject) ?? 0;
    if (receivedBytes > before) this.#troubleSaid = "";
    this.#received.set(subject, receivedBytes);
    this.#receivedBytes += receivedBytes - before;
    if (this.#live !== undefined || this.#timing.monotonic() - this.#plainProgressAt < plainProgressMs) return;
    this.#plainProgressAt = this.#timing.monotonic();
    const share = shareOf(this.#receivedBytes, this.#sizeBytes);
    const amount =
      this.#sizeBytes === null ? "" : `, ${formatSize(this.#receivedBytes)} of ${formatSize(this.#sizeBytes)}`;
    if (this.#files < 2) this.#say(subject, share + amount);
    else this.#output.note(`${this.#safe} of ${this.#files} files: ${share}${amount}.`);
  }

  /** The same trouble is said once; rows that are drawn anew say it by themselves. */
  #wait(subject: Subject, message: string): void {
    if (this.#live !== undefined || this.#troubleSaid === message) return;
    this.#troubleSaid = message;
    this.#say(subject, `${message.replace(/\.$/, "")}. Goes on by itself`);
  }

  #say(subject: Subject, sentence: string): void {
    this.#write(() => this.#output.note(`${nameOf(subject)}: ${sentence}.`));
  }

  /** Above the rows, and never into a question. */
  #write(write: () => void): void {
    if (this.#unsaid !== undefined) return void this.#unsaid.push(write);
    this.#live?.clear();
    write();
  }
}

function nameOf({ relativePath, filename }: Subject): string {
  return printable(relativePath ?? filename);
}

function shareOf(receivedBytes: number, sizeBytes: number | null): string {
  return sizeBytes === null ? formatSize(receivedBytes) : formatPercent(receivedBytes, sizeBytes);
}

function sendingSentence(sizeBytes: number | null): string {
  return sizeBytes === null ? "Sending" : `Sending ${formatSize(sizeBytes)}`;
}

function resendingSentence(chunks: number): string {
  return chunks === 1
    ? "1 chunk arrived damaged and is sent again"
    : `${chunks} chunks arrived damaged and are sent again`;
}
