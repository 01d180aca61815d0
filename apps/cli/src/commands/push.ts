import { openFileJournal } from "@hawser/client";
import { normalizeFilename } from "@hawser/protocol";
import type { CommandInput } from "../command.ts";
import type { Output } from "../output.ts";
import { type Carriage, carry } from "../push/carry.ts";
import { Feed, type FeedParts } from "../push/feed.ts";
import { streamPath } from "../push/loss.ts";
import { type Claim, carriedElsewhere, OwedRecords } from "../push/owed.ts";
import type { LocalFile, Subject } from "../push/subject.ts";
import { type Walk, walk } from "../push/walk.ts";
import type { PushWatch } from "../push/watch.ts";
import { UsageError } from "../values.ts";

/** Sends files, everything in folders, or standard input. */
export async function run(input: CommandInput): Promise<number> {
  const { values, positionals, output, signal } = input;
  if (positionals.length === 0) throw new UsageError("push needs a file or folder: hawser push PATH…");
  if (values.yes && values.anew) throw new UsageError("--yes and --anew exclude each other.");
  const stream = readStream(input);
  const { files, failures, skipped } = await walk(stream === undefined ? positionals : [], {
    skipHidden: values.skipHidden ?? false,
    signal,
  });
  const journal = await openFileJournal(values.journal);
  const { records, unreadable, holders } = await journal.peek();
  noteUnreadable(unreadable, values.journal, output);
  noteSkipped(skipped, output);

  const owed = new OwedRecords(records, values.server.href);
  const anew = values.anew ?? false;
  const claims = new Map(files.map((file) => [file, claimOf(owed.claim(file), anew, holders)]));
  const claimed = [...claims.values()].flatMap(({ record }) => record ?? []);
  const ofStream =
    stream !== undefined && values.yes
      ? owed
          .ofStream(stream.filename)
          .filter(({ id }) => !holders.has(id))
          .slice(0, 1)
      : [];
  const wanted = [...claimed, ...ofStream];
  const refused = await journal.claim(wanted.map(({ id }) => id));
  const granted = wanted.filter(({ id }) => !refused.has(id));

  return carry(input, journal, granted, async (carriage) => {
    const { report, watch } = carriage;
    const count = files.length + failures.length + Number(stream !== undefined);
    report.begin(count, stream === undefined ? files.reduce((sum, file) => sum + file.sizeBytes, 0) : null);
    for (const { path, error } of failures) watch.fail(unsendable(path), error);
    const feed = new Feed(feedParts(input, { ...carriage, journal, owed }));
    if (stream !== undefined) await feed.addStream(stream, input.stdin);
    else await feed.addFiles(refuseCarried(files, claims, refused, watch), claims);
  });
}

function feedParts(
  { values, timing, keyboard, output: { terminal } }: CommandInput,
  parts: Carriage & Pick<FeedParts, "journal" | "owed">,
): FeedParts {
  const person = keyboard === undefined || terminal === undefined ? undefined : { keyboard, terminal };
  return { ...parts, timing, person, yes: values.yes ?? false, anew: values.anew ?? false };
}

/**
 * With `--anew` nothing goes on: what was owed for the file is owed no longer. What another program carries is left
 * alone.
 */
function claimOf(claim: Claim, anew: boolean, holders: ReadonlyMap<string, number>): Claim {
  const stale = claim.stale.filter(({ id }) => !holders.has(id));
  if (!anew || claim.record === undefined || holders.has(claim.record.id)) return { ...claim, stale };
  return { record: undefined, stale: [claim.record, ...stale] };
}

/** Tells which files another program carries; returns the rest. */
function refuseCarried(
  files: readonly LocalFile[],
  claims: ReadonlyMap<LocalFile, Claim>,
  refused: ReadonlyMap<string, number | null>,
  watch: PushWatch,
): LocalFile[] {
  return files.filter((file) => {
    const process = refused.get(claims.get(file)?.record?.id ?? "");
    if (process === undefined) return true;
    watch.fail(file, carriedElsewhere(process));
    return false;
  });
}

function readStream({ positionals, values }: CommandInput): Subject | undefined {
  const { name } = values;
  if (!positionals.includes(streamPath)) {
    if (name !== undefined) throw new UsageError("--name is for standard input: … | hawser push - --name NAME");
    return undefined;
  }
  if (positionals.length > 1) throw new UsageError("Standard input goes alone: … | hawser push - --name NAME");
  if (name === undefined) throw new UsageError("Standard input needs a name: … | hawser push - --name NAME");
  const filename = normalizeFilename(name);
  if (filename === undefined) throw new UsageError("--name: it has control characters or is too long.");
  return { path: streamPath, filename, relativePath: null, sizeBytes: null };
}

function unsendable(path: string): Subject {
  return { path, filename: path, relativePath: null, sizeBytes: 0 };
}

function noteSkipped(skipped: Walk["skipped"], output: Output): void {
  const { links, hidden, special } = skipped;
  if (links + hidden + special === 0) return;
  const parts = [
    [links, "link", "links"],
    [hidden, "hidden name", "hidden names"],
    [special, "that is no regular file", "that are no regular files"],
  ] as const;
  const text = parts.flatMap(([count, one, many]) => (count === 0 ? [] : `${count} ${count === 1 ? one : many}`));
  output.note(`Left out in folders: ${text.join(", ")}.`);
  output.record({ event: "skipped", ...skipped });
}

export function noteUnreadable(count: number, folder: string, output: Output): void {
  if (count === 0) return;
  const records = count === 1 ? "1 record of the journal" : `${count} records of the journal`;
  output.note(`${records} cannot be read and stand aside, in ${folder}.`);
}
