import type { FileJournal, Journal, JournalRecord } from "@hawser/client";
import { limits } from "@hawser/protocol";
import { RefusedError } from "../values.ts";
import type { LocalFile } from "./subject.ts";

/** Files up to this size go in one request; of those the server has all or nothing. */
export const oneShotBytes = limits.chunkSizeBytes;

/** What the journal says about one file. */
export interface Claim {
  /** The record that goes on: the same file, as it was when it was last sent. */
  readonly record: JournalRecord | undefined;
  /** Records of the same path that do not. */
  readonly stale: readonly JournalRecord[];
}

/** The records of one server, found by path. */
export class OwedRecords {
  readonly all: readonly JournalRecord[];
  readonly #byPath: Map<string, JournalRecord[]>;

  constructor(records: readonly JournalRecord[], endpoint: string) {
    this.all = records.filter((record) => record.endpoint === endpoint);
    this.#byPath = Map.groupBy(this.all, ({ origin }) => (origin?.kind === "path" ? origin.path : ""));
  }

  /**
   * Certain is a record of this path with the same size and time, when the server has named its upload. Of one that it
   * has not, the server may know more than this journal; small files need no more than the record's key.
   */
  claim({ realPath, sizeBytes, lastModified }: LocalFile): Claim {
    const records = this.#byPath.get(realPath) ?? [];
    const record = records.find(({ source, upload }) => {
      const isSame = source.sizeBytes === sizeBytes && source.lastModified === lastModified;
      return isSame && (upload !== null || sizeBytes <= oneShotBytes);
    });
    return { record, stale: records.filter((other) => other !== record) };
  }

  /** What standard input of that name left, newest first. */
  ofStream(name: string): JournalRecord[] {
    return this.all
      .filter(({ origin, source }) => origin === null && source.name === name)
      .sort((a, b) => b.createdAt - a.createdAt);
  }

  /** The record of an upload on the server. */
  ofUpload(id: string): JournalRecord | undefined {
    return this.all.find(({ upload }) => upload?.id === id);
  }
}

/** Refused, since another program is at it. `process` is null where that one has come to its end meanwhile. */
export function carriedElsewhere(process: number | null): RefusedError {
  if (process === null) return new RefusedError("Another hawser has finished with this file just now.");
  const how = "It goes on there; nothing is sent twice.";
  return new RefusedError(`Another hawser (process ${process}) is sending this file now. ${how}`);
}

/** Which of the records another program carries now, whatever was so when the push began. */
export async function heldUploads(journal: FileJournal): Promise<ReadonlyMap<string, HeldUpload>> {
  const { records, holders } = await journal.peek();
  const held = new Map<string, HeldUpload>();
  for (const { id, upload, origin } of records) {
    const process = holders.get(id);
    if (upload === null || process === undefined) continue;
    held.set(upload.id, { process, path: origin?.kind === "path" ? origin.path : null });
  }
  return held;
}

/** An upload that another process carries, and the path that it reads. */
export interface HeldUpload {
  readonly process: number;
  readonly path: string | null;
}

/** `journal`, but what it owes is `records` alone: a push goes on with what was named, not with everything. */
export function owing(journal: Journal, records: readonly JournalRecord[]): Journal {
  return {
    load: async () => ({ records, unreadable: 0 }),
    put: (record) => journal.put(record),
    remove: (id) => journal.remove(id),
    close: () => journal.close(),
  };
}
