import { liveLimits, type NumberedEvent, type Subject, type Upload } from "@hawser/protocol";
import type { EventKind, UploadEvent } from "../ports/event-bus.ts";
import type { Ledger, LedgerReader, UploadRecord } from "../ports/ledger.ts";
import type { Happening, LiveFacts, Watched } from "../ports/live.ts";
import { cutPage, readCursor } from "./cursor.ts";
import type { ResolvedOptions } from "./options.ts";
import { findUpload } from "./standing.ts";
import { formatTime, readView } from "./views.ts";

export type Watching = Pick<LiveFacts, "eventsAfter" | "snapshot">;

/** What watchers are told: the ledger's event rows in their order, and uploads as they stand. */
export function createWatching(ledger: Ledger, options: ResolvedOptions): Watching {
  return {
    eventsAfter(seq, limit, watched) {
      return ledger.read(async (reader) => {
        const rows = await readRows(reader, seq, limit, watched);
        const views = new Views(reader, options.expiryMs);
        const happenings: Happening[] = [];
        for (const row of rows) {
          if (watched !== undefined && row.owner !== watched.owner) continue;
          const record = await views.record(row.uploadId);
          const bundleId = record.bundle?.id ?? null;
          if (watched !== undefined && !isOf(watched.subject, row.uploadId, bundleId)) continue;
          const events = tellEvents(row, await views.view(record));
          happenings.push({ seq: row.seq, owner: row.owner, uploadId: row.uploadId, bundleId, events });
        }
        const isLast = rows.length < limit;
        return { happenings, seq: isLast ? await reader.lastEventSeq() : (rows.at(-1)?.seq ?? seq), isLast };
      });
    },

    snapshot({ owner, subject }, cursor) {
      return ledger.read(async (reader) => {
        const seq = await reader.lastEventSeq();
        const id = named(subject, "upload");
        if (id !== undefined) {
          const record = await findUpload(reader, owner, id);
          return { uploads: [await readView(reader, record, options.expiryMs)], seq };
        }
        const limit = liveLimits.maxUploadsPerPage;
        const bundleId = named(subject, "bundle");
        const found = await reader.uploadsOnTheirWay(owner, limit + 1, readCursor(cursor), bundleId);
        const { page, next } = cutPage(found, limit);
        const uploads: Upload[] = [];
        for (const record of page) uploads.push(await readView(reader, record, options.expiryMs));
        return { uploads, seq, ...next };
      });
    },
  };
}

/** Rows of one upload are found by its key; others are read in their order and sifted. */
async function readRows(
  reader: LedgerReader,
  seq: number,
  limit: number,
  watched: Watched | undefined,
): Promise<UploadEvent[]> {
  const id = watched && named(watched.subject, "upload");
  if (watched === undefined || id === undefined) return reader.eventsAfter(seq, limit);
  const { key } = await findUpload(reader, watched.owner, id);
  return reader.eventsAfter(seq, limit, key);
}

/** The id in `upload:ID` or `bundle:ID`. */
function named(subject: Subject, kind: "upload" | "bundle"): string | undefined {
  return subject.startsWith(`${kind}:`) ? subject.slice(kind.length + 1) : undefined;
}

function isOf(subject: Subject, uploadId: string, bundleId: string | null): boolean {
  return subject === "uploads" || subject === `upload:${uploadId}` || subject === `bundle:${bundleId}`;
}

/** Each upload of a page is read once. */
class Views {
  readonly #reader: LedgerReader;
  readonly #expiryMs: number;
  readonly #records = new Map<string, UploadRecord>();
  readonly #views = new Map<string, Upload>();

  constructor(reader: LedgerReader, expiryMs: number) {
    this.#reader = reader;
    this.#expiryMs = expiryMs;
  }

  /** Rows go together with their upload, so it is there. */
  async record(id: string): Promise<UploadRecord> {
    const record = this.#records.get(id) ?? ((await this.#reader.anyUpload(id)) as UploadRecord);
    this.#records.set(id, record);
    return record;
  }

  async view(record: UploadRecord): Promise<Upload> {
    const view = this.#views.get(record.id) ?? (await readView(this.#reader, record, this.#expiryMs));
    this.#views.set(record.id, view);
    return view;
  }
}

/** A refused content brings an upload back to `active`: for watchers it is a failure that can be mended. */
const toldAs: Readonly<Partial<Record<EventKind, NumberedEvent["type"]>>> = { reactivated: "failed" };

/** A row as watchers are told of it. That a file is there means that its content was found right. */
function tellEvents({ kind, seq, at, data }: UploadEvent, upload: Upload): NumberedEvent[] {
  const type = toldAs[kind] ?? (kind as NumberedEvent["type"]);
  const { code, detail } = data as { readonly code?: string; readonly detail?: string };
  const event: NumberedEvent = {
    type,
    id: upload.id,
    seq,
    at: formatTime(at),
    upload,
    ...(code === undefined ? {} : { code }),
    ...(detail === undefined ? {} : { detail }),
  };
  return kind === "completed" ? [{ ...event, type: "validation_complete" }, event] : [event];
}
