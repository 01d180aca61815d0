import type { File } from "@hawser/protocol";
import { type CommandInput, exitCodes } from "../command.ts";
import { cutMiddle, printable } from "../text.ts";
import { formatSize, formatTime } from "../values.ts";
import { refusePositionals, withServer } from "./ask.ts";

const narrowColumns = 76;
const sizeColumns = 7;

/** Shows the files on the server, page by page. */
export async function run(input: CommandInput): Promise<number> {
  refusePositionals(input);
  const { output, signal } = input;
  const narrow = output.columns < narrowColumns;
  await withServer(input, async (api) => {
    let count = 0;
    for (let cursor: string | undefined, more = true; more; ) {
      const page = await api.files(cursor, signal);
      if (count === 0 && page.files.length > 0 && !narrow) {
        output.result(`${"ID".padEnd(32)}  ${"SIZE".padStart(sizeColumns)}  ${"COMPLETED".padEnd(16)}  NAME`);
      }
      for (const file of page.files) {
        output.result(narrow ? describeNarrow(file, output.columns) : describeWide(file, output.columns));
        output.record({ ...file, url: api.fileUrl(file) });
      }
      count += page.files.length;
      cursor = page.next;
      more = cursor !== undefined;
    }
    if (count === 0) output.note("No files yet. Send one:  hawser push FILE");
  });
  return exitCodes.done;
}

function describeWide({ id, size, completedAt, filename }: File, columns: number): string {
  const facts = `${id}  ${formatSize(size).padStart(sizeColumns)}  ${formatTime(completedAt).padEnd(16)}  `;
  return facts + cutMiddle(printable(filename), Math.max(8, columns - facts.length), "…");
}

function describeNarrow({ id, size, completedAt, filename }: File, columns: number): string {
  const name = cutMiddle(printable(filename), columns, "…");
  return `${name}\n  ${formatSize(size)}, ${formatTime(completedAt)}\n  ${id}`;
}
