import { readFileSync } from "node:fs";
import { describeOptions, helpColumns, readArguments } from "./arguments.ts";
import { type Command, exitCodes, InterruptedError } from "./command.ts";
import { commands } from "./command-table.ts";
import { describeFailure } from "./failures.ts";
import { openKeyboard } from "./keyboard.ts";
import { createOutput, type Output } from "./output.ts";
import { nodeTiming } from "./timing.ts";
import { UsageError } from "./values.ts";

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === "--version" || name === "-v") return print(readVersion());
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    process[name === undefined ? "stderr" : "stdout"].write(`${describeCommands()}\n`);
    return name === undefined ? exitCodes.usage : exitCodes.done;
  }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  let output: Output = createOutput(process.stdout, process.stderr, process.env, { json: false, quiet: false });
  try {
    if (command === undefined) throw new UsageError(`There is no command "${name}"; hawser --help lists them.`);
    const { values, positionals, help } = readArguments(rest, command.options, process.env);
    if (help) return print(describeCommand(command));
    const { json = false, quiet = false } = values;
    output = createOutput(process.stdout, process.stderr, process.env, { json, quiet });
    const { run } = await command.load();
    const { signal, interrupt } = listenForInterrupts();
    const { stdin } = process;
    // Opened only where its keys can be shown what they did.
    const keyboard = output.terminal === undefined ? undefined : openKeyboard(stdin, interrupt);
    try {
      return await run({ values, positionals, output, timing: nodeTiming, signal, stdin, keyboard });
    } finally {
      keyboard?.close();
    }
  } catch (error) {
    const { code, message, exitCode } = describeFailure(error);
    output.problem(`hawser ${name}: ${message}`);
    output.record({ event: "failed", code, message });
    return exitCode;
  }
}

/** The first Ctrl+C asks, the second one ends. Nobody reading stdout any more (`hawser list | head`) ends quietly. */
function listenForInterrupts(): { signal: AbortSignal; interrupt: () => void } {
  const controller = new AbortController();
  const interrupt = () => {
    if (controller.signal.aborted) process.exit(exitCodes.interrupted);
    controller.abort(new InterruptedError("Interrupted. What arrived stays; the same command goes on from there."));
  };
  process.on("SIGINT", interrupt).on("SIGTERM", interrupt);
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(exitCodes.done);
    throw error;
  });
  return { signal: controller.signal, interrupt };
}

function print(text: string): number {
  process.stdout.write(`${text}\n`);
  return exitCodes.done;
}

function readVersion(): string {
  const text = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

function describeCommands(): string {
  const width = Math.max(...Object.values(commands).map(({ usage }) => usage.length)) + 3;
  const rows = Object.values(commands).map(({ usage, summary }) => `  ${usage.padEnd(width)}${summary}`);
  return [
    "Hawser gets files into durable storage, whatever happens on the way.",
    "",
    "usage: hawser COMMAND [options]",
    "",
    ...rows,
    "",
    "hawser COMMAND --help shows its options; each is an environment variable too.",
    "",
    describeExitCodes(),
  ].join("\n");
}

function describeCommand({ usage, summary, details, examples = [], options }: Command): string {
  return [
    `usage: hawser ${usage} [options]`,
    "",
    `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`,
    "",
    ...(details === undefined ? [] : [details, ""]),
    ...(examples.length === 0 ? [] : ["examples:", ...describeExamples(examples), ""]),
    "options:",
    describeOptions(options),
    "",
    "In brackets: what holds unless given, and the variable that can give it.",
    "",
    describeExitCodes(),
  ].join("\n");
}

/** The meaning beside the command, or below it where that gets too long. */
function describeExamples(examples: NonNullable<Command["examples"]>): string[] {
  const width = Math.max(...examples.map(([command]) => command.length)) + 3;
  const fits = examples.every(([, meaning]) => width + meaning.length + 2 < helpColumns);
  return examples.map(([command, meaning]) => {
    return fits ? `  ${command.padEnd(width)}${meaning}` : `  ${command}\n      ${meaning}`;
  });
}

function describeExitCodes(): string {
  return [
    "exit codes:",
    `  ${exitCodes.done}    done`,
    `  ${exitCodes.failed}    failed`,
    `  ${exitCodes.usage}    the command line cannot be understood`,
    `  ${exitCodes.someFailed}    some files failed`,
    `  ${exitCodes.sourceChanged}    a file changed while it was sent`,
    `  ${exitCodes.gaveUp}    stopped waiting; the same command goes on`,
    `  ${exitCodes.interrupted}  interrupted`,
  ].join("\n");
}
