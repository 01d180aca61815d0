import { type CommandInput, exitCodes } from "../command.ts";
import { readId, withServer } from "./ask.ts";

/** Ends an unfinished upload and has its bytes removed. */
export async function run(input: CommandInput): Promise<number> {
  const id = readId(input);
  await withServer(input, (api) => api.cancel(id, input.signal));
  input.output.result(`Cancelled: ${id}. What had arrived is removed.`);
  input.output.record({ id, state: "cancelled" });
  return exitCodes.done;
}
