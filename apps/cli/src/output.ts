import type { WriteStream } from "node:tty";
import { wrap } from "./text.ts";

/** Where a command writes: results on stdout, everything about the way there on stderr. */
export interface Output {
  /** A result, for people: one line or several, without the last line feed. */
  result(text: string): void;
  /** A result, for programs: one JSON object on a line of its own. */
  record(value: object): void;
  /** A sentence about the way there; nothing with `--quiet`. */
  note(text: string): void;
  /** What went wrong; always shown. */
  problem(text: string): void;
  /** The terminal that can show a line that changes, or undefined. */
  readonly terminal: Terminal | undefined;
  /** Columns for results. */
  readonly columns: number;
  readonly json: boolean;
  readonly quiet: boolean;
}

export interface Terminal {
  readonly columns: number;
  readonly rows: number;
  readonly style: Style;
  write(text: string): void;
}

/** What the terminal can show. */
export interface Style {
  readonly colour: boolean;
  readonly unicode: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;
type Stream = Pick<WriteStream, "write" | "columns" | "rows"> & { readonly isTTY?: boolean };

const defaultColumns = 80;
const defaultRows = 24;

export function createOutput(
  stdout: Stream,
  stderr: Stream,
  environment: Environment,
  { json, quiet }: { readonly json: boolean; readonly quiet: boolean },
): Output {
  const live = stderr.isTTY === true && environment.TERM !== "dumb" && !json && !quiet;
  // Sentences are broken between words; lines in a file stay whole.
  const say = (text: string) => {
    const columns = stderr.isTTY === true ? stderr.columns || defaultColumns : Number.POSITIVE_INFINITY;
    stderr.write(
      `${text
        .split("\n")
        .map((line) => wrap(line, columns))
        .join("\n")}\n`,
    );
  };
  return {
    json,
    quiet,
    result: (text) => quiet || json || stdout.write(`${text}\n`),
    record: (value) => json && stdout.write(`${JSON.stringify(value)}\n`),
    note: (text) => quiet || json || say(text),
    problem: say,
    columns: stdout.isTTY === true ? stdout.columns || defaultColumns : defaultColumns * 2,
    terminal: live
      ? {
          get columns() {
            return stderr.columns || defaultColumns;
          },
          get rows() {
            return stderr.rows || defaultRows;
          },
          style: styleOf(environment),
          write: (text) => stderr.write(text),
        }
      : undefined,
  };
}

function styleOf(environment: Environment): Style {
  const locale = environment.LC_ALL || environment.LC_CTYPE || environment.LANG || "";
  return {
    colour: !environment.NO_COLOR,
    unicode: process.platform === "win32" ? environment.WT_SESSION !== undefined : /utf-?8/i.test(locale),
  };
}
