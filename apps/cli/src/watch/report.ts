import type { LiveStanding } from "@hawser/client";
import type { LiveMessage } from "@hawser/protocol";
import { describeTrouble } from "../failures.ts";
import { LiveArea } from "../live-area.ts";
import type { Output } from "../output.ts";
import { Roster } from "./roster.ts";
import { sentenceOfEnd, sentenceOfFile, sentenceOfNews } from "./sentences.ts";
import { WatchRows } from "./watch-rows.ts";

/** Least time between two lines about the progress of one upload, where none can be drawn anew. */
const plainProgressMs = 1_000;

/** Tells a watch to whoever sits in front of it, or to a program. */
export interface WatchReport {
  hear(message: LiveMessage): void;
  stand(standing: LiveStanding): void;
  end(): void;
}

/** The server's own messages: one JSON object a line for each event and each list. */
export function createJsonWatch(output: Output): WatchReport {
  const line = new LineTold((sentence) => output.problem(sentence));
  return {
    hear: (message) => {
      if (message.type === "events") for (const event of message.events) output.record(event);
      if (message.type === "uploads") output.record(message);
    },
    stand: (standing) => line.stand(standing),
    end: () => {},
  };
}

/** Sentences; on a terminal with rows that move below them. */
export class TextWatch implements WatchReport {
  readonly #output: Output;
  readonly #now: () => number;
  readonly #roster = new Roster();
  readonly #rows: WatchRows | undefined;
  readonly #live: LiveArea | undefined;
  readonly #line: LineTold;
  /** When progress of an upload was written last. */
  readonly #writtenAt = new Map<string, number>();

  /** @param now monotonic milliseconds */
  constructor(output: Output, now: () => number) {
    this.#output = output;
    this.#now = now;
    this.#line = new LineTold((sentence) => this.#write(() => output.problem(sentence)));
    const { terminal } = output;
    if (terminal === undefined) return;
    const rows = new WatchRows(terminal, this.#roster, now);
    this.#rows = rows;
    this.#live = new LiveArea(terminal, (columns) => rows.lines(columns));
  }

  hear(message: LiveMessage): void {
    for (const news of this.#roster.hear(message, this.#now())) {
      if (news.kind === "ended") {
        this.#writtenAt.delete(news.upload.id);
        this.#say(`${timeOfDay()}  ${sentenceOfEnd(news.upload)}`);
      } else if (news.kind === "file") this.#say(`${timeOfDay()}  ${sentenceOfFile(news)}`);
      // Rows say by themselves what moves.
      else if (this.#live === undefined && this.#isDue(news.kind, news.watched.upload.id)) {
        this.#say(sentenceOfNews(news));
      }
    }
  }

  stand(standing: LiveStanding): void {
    this.#line.stand(standing);
    this.#rows?.setTrouble(standing.status === "connecting" ? "The server cannot be heard." : undefined);
  }

  end(): void {
    this.#live?.end();
  }

  #isDue(kind: string, id: string): boolean {
    const now = this.#now();
    if (kind === "progress" && now - (this.#writtenAt.get(id) ?? Number.NEGATIVE_INFINITY) < plainProgressMs)
      return false;
    this.#writtenAt.set(id, now);
    return true;
  }

  #say(sentence: string): void {
    this.#write(() => this.#output.result(sentence));
  }

  /** Above the rows. */
  #write(write: () => void): void {
    this.#live?.clear();
    write();
    this.#live?.draw();
  }
}

/** Says once that the line broke, and once that it is back. */
class LineTold {
  readonly #say: (sentence: string) => void;
  #said: "broken" | "polling" | undefined;

  constructor(say: (sentence: string) => void) {
    this.#say = say;
  }

  stand({ status, cause }: LiveStanding): void {
    if (status === "connecting" && cause !== null && this.#said !== "broken") {
      this.#said = "broken";
      this.#say(`${describeTrouble(cause)} Watching goes on by itself.`);
    }
    if (status === "polling" && this.#said !== "polling") {
      this.#said = "polling";
      this.#say("No live line gets through to the server. It is asked every few seconds instead.");
    }
    if (status === "live" && this.#said !== undefined) {
      this.#said = undefined;
      this.#say("Watching again, and nothing was missed.");
    }
  }
}

function timeOfDay(): string {
  return new Date().toTimeString().slice(0, 8);
}
