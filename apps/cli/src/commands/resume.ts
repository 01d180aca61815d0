import { type Journal, type JournalRecord, openFileJournal } from "@hawser/client";
import { type CommandInput, exitCodes } from "../command.ts";
import type { Output } from "../output.ts";
import { carry } from "../push/carry.ts";
import { streamPath, whyUnreadable } from "../push/loss.ts";
import { OwedRecords } from "../push/owed.ts";
import type { Subject } from "../push/subject.ts";
import { printable } from "../text.ts";
import { refusePositionals } from "./ask.ts";
import { noteUnreadable } from "./push.ts";

/** Goes on with everything that the journal owes this server. */
export async function run(input: CommandInput): Promise<number> {
  refusePositionals(input);
  const { values, output } = input;
  const journal = await openFileJournal(values.journal);
  const { records, unreadable } = await journal.peek();
  noteUnreadable(unreadable, values.journal, output);
  noteOthers(input, records);
  const here = new OwedRecords(records, values.server.href).all;
  const refused = await journal.claim(here.map(({ id }) => id));
  const all = here.filter(({ id }) => !refused.has(id));
  noteCarried(refused, output);
  const owed = values.forget ? await forgetLost(all, journal, output) : all;
  if (owed.length === 0) {
    output.note(`Nothing is owed to ${values.server.href}`);
    output.record({ event: "ended", files: 0, safe: 0 });
    await journal.close();
    return exitCodes.done;
  }
  return carry(input, journal, owed, async ({ uploader, watch, report }) => {
    await uploader.ready;
    const subjects = new Map(owed.map((record) => [record.id, subjectOf(record)]));
    report.begin(owed.length, totalBytes(owed));
    for (const handle of uploader.uploads) {
      const subject = subjects.get(handle.id);
      if (subject === undefined) continue;
      report.tell(subject, { event: "started", filename: subject.filename, sizeBytes: subject.sizeBytes });
      // Whatever it stood still for in an earlier life, the person wants it now.
      handle.resume();
      watch.follow(subject, handle);
    }
  });
}

function subjectOf({ source, origin, metadata }: JournalRecord): Subject {
  return {
    path: origin?.kind === "path" ? origin.path : streamPath,
    filename: source.name,
    relativePath: typeof metadata.path === "string" ? metadata.path : null,
    sizeBytes: source.sizeBytes,
  };
}

/** Takes what cannot be opened any more out of the journal; returns the rest. What arrived of it expires there. */
async function forgetLost(
  records: readonly JournalRecord[],
  journal: Journal,
  output: Output,
): Promise<readonly JournalRecord[]> {
  const lost = records.filter(({ origin }) => origin?.kind !== "path" || whyUnreadable(origin.path) !== undefined);
  for (const { id, source } of lost) {
    await journal.remove(id);
    output.result(`Forgotten: ${printable(source.name)}`);
    output.record({ event: "forgotten", filename: source.name });
  }
  return records.filter((record) => !lost.includes(record));
}

/** Null when the size of one is not known. */
function totalBytes(records: readonly JournalRecord[]): number | null {
  return records.reduce<number | null>((sum, { source: { sizeBytes } }) => {
    return sum === null || sizeBytes === null ? null : sum + sizeBytes;
  }, 0);
}

function noteCarried(refused: ReadonlyMap<string, number | null>, output: Output): void {
  const counts = Map.groupBy(refused.values(), (process) => process);
  for (const [process, { length }] of counts) {
    if (process === null) continue;
    const what = length === 1 ? "1 file is being sent" : `${length} files are being sent`;
    output.note(`${what} by another hawser (process ${process}). Nothing is sent twice.`);
  }
}

function noteOthers({ values, output }: CommandInput, records: readonly JournalRecord[]): void {
  const others = Map.groupBy(records, ({ endpoint }) => endpoint);
  others.delete(values.server.href);
  for (const [endpoint, { length }] of others) {
    output.note(`${length === 1 ? "1 file is" : `${length} files are`} owed to another server: --server ${endpoint}`);
  }
}
