import { type CommandInput, exitCodes } from "../command.ts";
import { commands } from "../command-table.ts";
import { completionScript, isShell, shells } from "../completion.ts";
import { UsageError } from "../values.ts";

/** Prints what makes a shell complete commands, options and their values. */
export async function run({ positionals }: CommandInput): Promise<number> {
  const [shell = "", ...others] = positionals;
  if (others.length > 0 || !isShell(shell)) throw new UsageError(`completion needs one of ${shells.join(", ")}.`);
  process.stdout.write(completionScript(shell, commands));
  return exitCodes.done;
}
