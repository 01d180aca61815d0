import { countInRanges } from "@hawser/protocol";
import { type CommandInput, exitCodes } from "../command.ts";
import { readId, withServer } from "./ask.ts";

/** Has the server read an upload's stored bytes again and compare them with the receipts. */
export async function run(input: CommandInput): Promise<number> {
  const id = readId(input);
  const { output, signal } = input;
  const { checked, damaged } = await withServer(input, (api) => api.verify(id, signal));
  const [checkedCount, damagedCount] = [countInRanges(checked), countInRanges(damaged)];
  output.record({ id, checked, damaged });
  if (damagedCount === 0) {
    output.result(`Whole: ${checkedCount} ${checkedCount === 1 ? "chunk" : "chunks"} read back, none damaged.`);
    return exitCodes.done;
  }
  output.problem(`Damaged: ${damagedCount} of ${checkedCount} chunks. Nobody gets the file until they are sent again.`);
  return exitCodes.failed;
}
