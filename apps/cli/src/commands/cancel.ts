import { existsSync } from "node:fs";
import { openFileJournal } from "@hawser/client";
import { type CommandInput, exitCodes } from "../command.ts";
import { OwedRecords } from "../push/owed.ts";
import { readId, withServer } from "./ask.ts";

/** Ends an unfinished upload and has its bytes removed; this computer owes it no longer. */
export async function run(input: CommandInput): Promise<number> {
  const id = readId(input);
  await withServer(input, (api) => api.cancel(id, input.signal));
  await forget(id, input);
  input.output.result(`Cancelled: ${id}. What had arrived is removed.`);
  input.output.record({ id, state: "cancelled" });
  return exitCodes.done;
}

async function forget(id: string, { values }: CommandInput): Promise<void> {
  if (!existsSync(values.journal)) return;
  const journal = await openFileJournal(values.journal);
  const { records } = await journal.peek();
  const record = new OwedRecords(records, values.server.href).ofUpload(id);
  if (record !== undefined) await journal.remove(record.id);
  await journal.close();
}
