import { HawserError, isErrorCode, type Upload } from "@hawser/protocol";
import type { JournalRecord } from "../journal/journal.ts";
import type { UploadState } from "../upload-state.ts";
import { figuresOf, unknownEnd } from "./mirror.ts";

/** How long the other tabs get to tell. */
const patienceMs = 1_000;
/** Ids in one question, and questions to the server at once. */
const maxIds = 500;
const maxQuestions = 4;

export interface UnknownEndsParts {
  /** Asks all other tabs; whoever knows tells the state. */
  ask(ids: readonly string[]): void;
  /** Those of the journal. */
  owed(): Promise<ReadonlySet<string>>;
  /**
   * How an upload stands on the server.
   * @throws HawserError when it is not known there, or does not answer
   */
  look(uploadId: string, signal: AbortSignal): Promise<Upload>;
  /** Null once it is known how it ended, or it is carried here, or off the list. */
  record(id: string): JournalRecord | null;
  found(id: string, state: UploadState): void;
  sleep(delayMs: number, signal: AbortSignal): Promise<void>;
}

/**
 * Finds out how uploads ended that are out of the journal and of whose end nothing was heard: the tab that knew died
 * first, or this one slept. The other tabs are asked, then the server.
 */
export class UnknownEnds {
  readonly #parts: UnknownEndsParts;
  readonly #asked = new Set<string>();

  constructor(parts: UnknownEndsParts) {
    this.#parts = parts;
  }

  /** Resolves when it is known of each, or nobody is left to ask. Rejects with the signal's reason. */
  async find(ids: readonly string[], signal: AbortSignal): Promise<void> {
    const fresh = ids.filter((id) => !this.#asked.has(id));
    if (fresh.length === 0) return;
    for (const id of fresh) this.#asked.add(id);
    try {
      for (let at = 0; at < fresh.length; at += maxIds) this.#parts.ask(fresh.slice(at, at + maxIds));
      await this.#parts.sleep(patienceMs, signal);
      // What stands in the journal after all goes on: it was begun while this was asked.
      const owed = await this.#parts.owed();
      const open = fresh.filter((id) => !owed.has(id)).values();
      await Promise.all(Array.from({ length: maxQuestions }, () => this.#askServer(open, signal)));
    } finally {
      for (const id of fresh) this.#asked.delete(id);
    }
  }

  async #askServer(ids: Iterable<string>, signal: AbortSignal): Promise<void> {
    for (const id of ids) {
      const uploadId = this.#parts.record(id)?.upload?.id;
      const upload = uploadId === undefined ? null : await this.#parts.look(uploadId, signal).catch(() => null);
      signal.throwIfAborted();
      const record = this.#parts.record(id);
      if (record !== null) this.#parts.found(id, endOf(record, upload));
    }
  }
}

/** The end as the server has it. One that never reached the server stays unknown. */
function endOf(record: JournalRecord, upload: Upload | null): UploadState {
  const figures = figuresOf(record);
  if (upload?.file !== undefined) {
    const { file } = upload;
    return { ...figures, sizeBytes: file.size, confirmedBytes: file.size, status: "completed", file };
  }
  if (upload?.state === "cancelled") return { ...figures, status: "cancelled" };
  if (upload?.state === "failed" || upload?.state === "expired") {
    const { code = "gone", detail } = upload.failure ?? {};
    const error = new HawserError(isErrorCode(code) ? code : "internal", detail === undefined ? {} : { detail });
    return { ...figures, status: "failed", error };
  }
  return unknownEnd(record);
}
