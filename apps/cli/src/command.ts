import type { Readable } from "node:stream";
import type { Keyboard } from "./keyboard.ts";
import type { OptionName, OptionValues } from "./options.ts";
import type { Output } from "./output.ts";
import type { Timing } from "./remote/backoff.ts";

/** Why a program ends; `--help` lists them. */
export const exitCodes = {
  done: 0,
  failed: 1,
  usage: 2,
  someFailed: 3,
  sourceChanged: 4,
  gaveUp: 5,
  interrupted: 130,
} as const;

/** The person or the system asked the program to end. */
export class InterruptedError extends Error {
  override readonly name = "InterruptedError";
}

export interface CommandInput {
  readonly values: OptionValues;
  readonly positionals: readonly string[];
  readonly output: Output;
  readonly timing: Timing;
  /** Aborted with InterruptedError by the first Ctrl+C; the second one ends the program at once. */
  readonly signal: AbortSignal;
  readonly stdin: Readable;
  /** The person's keys; undefined where nobody sits in front of a terminal, and then nothing is asked. */
  readonly keyboard: Keyboard | undefined;
}

export interface Command {
  readonly usage: string;
  readonly summary: string;
  /** Paragraphs below the summary, in lines of at most 79 columns. */
  readonly details?: string;
  /** What to type, and what it does. */
  readonly examples?: readonly (readonly [command: string, meaning: string])[];
  readonly options: readonly OptionName[];
  /** What shells offer for its arguments: the names of files, or these words. */
  readonly completes?: "files" | readonly string[];
  /** Loaded only when it runs, so that each command starts as fast as it can. */
  readonly load: () => Promise<{ run: (input: CommandInput) => Promise<number> }>;
}
