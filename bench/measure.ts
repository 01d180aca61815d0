import type { Findings } from "./report.ts";
import type { Scratch } from "./scratch.ts";

export interface Settings {
  readonly rounds: number;
  /** The big upload; other sizes follow from it (four and eight times as large). */
  readonly sizeBytes: number;
  /** Small files to send or to queue, and uploads that a server knows while another one is measured. */
  readonly files: number;
  /** Part of a line's name: only such lines are measured. Empty: all. */
  readonly scenario: string;
}

/** What a measure works with. */
export interface Bench {
  readonly settings: Settings;
  readonly scratch: Scratch;
  /** Before a timed part: writes dirty pages out and fills memory, so that all variants start from the same ground. */
  settle(): Promise<void>;
}

/** One row of the table of targets. */
export interface Measure {
  readonly name: string;
  readonly title: string;
  run(bench: Bench): Promise<Findings>;
}

/** Progress goes to stderr, so that stdout is the report. */
export function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
