import { parseArgs } from "node:util";
import { type OptionName, type OptionSpec, type OptionValues, optionTable } from "./options.ts";
import { UsageError } from "./values.ts";

type Environment = Readonly<Record<string, string | undefined>>;

export interface Arguments {
  readonly values: OptionValues;
  readonly positionals: readonly string[];
  /** `--help` was among the arguments; nothing else was checked. */
  readonly help: boolean;
}

const specOf = (name: OptionName): OptionSpec => optionTable[name];

/**
 * Reads a command's arguments: a flag goes before its environment variable, the variable before the fallback.
 * @throws UsageError for unknown flags and for values that cannot be understood
 */
export function readArguments(
  args: readonly string[],
  accepted: readonly OptionName[],
  environment: Environment,
): Arguments {
  const flags = readFlags(args, accepted);
  const help = flags.values.help === true;
  const values: Partial<Record<OptionName, unknown>> = {};
  for (const name of help ? [] : accepted) {
    const spec = specOf(name);
    const given = flags.values[spec.flag];
    const [text, source] =
      given !== undefined
        ? [textOf(given), `--${spec.flag}`]
        : [(spec.env && environment[spec.env]) || spec.fallback, spec.env];
    if (text !== undefined) values[name] = parseValue(spec, text, source ?? spec.flag);
  }
  return { values: values as OptionValues, positionals: flags.positionals, help };
}

type FlagValue = string | boolean | (string | boolean)[];

function readFlags(
  args: readonly string[],
  accepted: readonly OptionName[],
): { values: Readonly<Record<string, FlagValue | undefined>>; positionals: string[] } {
  const known = Object.fromEntries(
    accepted.map(specOf).map((spec) => [
      spec.flag,
      {
        type: spec.placeholder === undefined ? ("boolean" as const) : ("string" as const),
        multiple: spec.many === true,
        ...(spec.short === undefined ? {} : { short: spec.short }),
      },
    ]),
  );
  try {
    return parseArgs({
      args: [...args],
      options: { ...known, help: { type: "boolean", short: "h" } },
      allowPositionals: true,
    });
  } catch (error) {
    throw new UsageError((error as Error).message.replace(/\. To specify .*$/s, "."));
  }
}

function textOf(given: FlagValue): string {
  return Array.isArray(given) ? given.join(",") : given === true ? "1" : String(given);
}

function parseValue(spec: OptionSpec, text: string, source: string): unknown {
  try {
    return spec.parse(text);
  } catch (error) {
    throw error instanceof UsageError ? new UsageError(`${source}: ${error.message}`) : error;
  }
}

/** Lines of help are shorter than this. */
export const helpColumns = 80;

/** The help lines of some options, from the table. */
export function describeOptions(names: readonly OptionName[]): string {
  const rows = names.map(specOf).map((spec) => {
    const short = spec.short === undefined ? "    " : `-${spec.short}, `;
    const placeholder = spec.placeholder === undefined ? "" : ` ${spec.placeholder}`;
    const notes = [spec.fallback, spec.env].filter((note) => note !== undefined);
    return { left: `  ${short}--${spec.flag}${placeholder}`, help: spec.help, note: notes.join(", ") };
  });
  rows.push({ left: "  -h, --help", help: "show this", note: "" });
  const width = Math.max(...rows.map((row) => row.left.length)) + 2;
  return rows
    .map(({ left, help, note }) => {
      const line = left.padEnd(width) + help;
      if (note === "") return line;
      const fits = line.length + note.length + 3 < helpColumns;
      return fits ? `${line} [${note}]` : `${line}\n${" ".repeat(width)}[${note}]`;
    })
    .join("\n");
}
