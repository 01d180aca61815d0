import type { LiveEvent, LiveMessage, NumberedEvent, Upload } from "@hawser/protocol";
import type { LiveUpload } from "./live-api.ts";
import { isOver } from "./messages.ts";

/** How long an upload that has ended is shown, and how many of them. */
const endShownMs = 30_000;
const maxEnds = 100;
/** Without a word for so long nothing moves any more. */
const stillMs = 10_000;

/** What happens to a file later: that makes no upload known that was not. */
const later: readonly NumberedEvent["type"][] = ["damaged", "repaired", "file_deleted"];

interface Entry {
  shown: LiveUpload;
  /** Number of what was told last. */
  seq: number;
  /** When it moved last, and when it ended; monotonic milliseconds. */
  movedAt: number;
  endedAt: number | null;
}

/** All uploads of the owner that are on their way on the server, and those that ended just now. */
export class Book {
  readonly #entries = new Map<string, Entry>();
  /** What the pages of a list have named so far. */
  #listed = new Set<string>();

  /** @param at monotonic milliseconds */
  hear(message: LiveMessage, at: number): void {
    if (message.type === "events") for (const event of message.events) this.#hearEvent(event, at);
    if (message.type !== "uploads") return;
    for (const upload of message.uploads) this.#note(upload, message.seq, at);
    if (message.subject !== "uploads") return;
    for (const { id } of message.uploads) this.#listed.add(id);
    if (!message.isLast) return;
    // Nobody told how it ended, so that nobody can say it.
    for (const [id, { seq, endedAt }] of this.#entries) {
      if (endedAt === null && seq <= message.seq && !this.#listed.has(id)) this.#entries.delete(id);
    }
    this.#listed = new Set();
  }

  /** Lets go of what has been shown for long enough, and stops what does not move. */
  age(at: number): void {
    const ends = [...this.#entries].filter(([, { endedAt }]) => endedAt !== null);
    for (const [index, [id, { endedAt }]] of ends.entries()) {
      if (at - (endedAt as number) >= endShownMs || index < ends.length - maxEnds) this.#entries.delete(id);
    }
    for (const entry of this.#entries.values()) {
      if (at - entry.movedAt >= stillMs) this.#stop(entry);
    }
  }

  /** Newest first. */
  list(isShown: (upload: LiveUpload) => boolean): readonly LiveUpload[] {
    return [...this.#entries.values()]
      .map(({ shown }) => shown)
      .filter(isShown)
      .sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? -1 : 1));
  }

  #hearEvent(event: LiveEvent, at: number): void {
    if ("upload" in event) {
      const isKnown = this.#entries.has(event.id);
      if (isKnown || !later.includes(event.type)) this.#note(event.upload, event.seq, at);
      return;
    }
    const entry = this.#entries.get(event.id);
    if (entry === undefined || entry.endedAt !== null || !("receivedBytes" in event)) return;
    const { receivedBytes, missingCount } = event;
    const speed = event.type === "progress" ? event : { bytesPerSecond: null, timeLeftMs: null };
    const { bytesPerSecond, timeLeftMs } = speed;
    const sizeBytes = event.type === "progress" ? event.size : entry.shown.sizeBytes;
    const lastActivityAt = Date.parse(event.at);
    const now = { sizeBytes, receivedBytes, missingChunks: missingCount, bytesPerSecond, timeLeftMs, lastActivityAt };
    entry.shown = { ...entry.shown, ...now };
    entry.movedAt = at;
  }

  #note(upload: Upload, seq: number, at: number): void {
    const before = this.#entries.get(upload.id);
    // What is told late was overtaken by what is known.
    if (before !== undefined && seq < before.seq) return;
    if (upload.deletedAt !== undefined) {
      this.#entries.delete(upload.id);
      return;
    }
    const shown = { ...toLiveUpload(upload), ...(!isOver(upload) && speedOf(before?.shown)) };
    const isSame = before !== undefined && JSON.stringify(before.shown) === JSON.stringify(shown);
    const endedAt = isOver(upload) ? (before?.endedAt ?? at) : null;
    const movedAt = before !== undefined && before.shown.receivedBytes === shown.receivedBytes ? before.movedAt : at;
    this.#entries.set(upload.id, { shown: isSame ? before.shown : shown, seq, movedAt, endedAt });
  }

  #stop(entry: Entry): void {
    if (entry.shown.bytesPerSecond === null && entry.shown.timeLeftMs === null) return;
    entry.shown = { ...entry.shown, bytesPerSecond: null, timeLeftMs: null };
  }
}

function speedOf(before: LiveUpload | undefined): Pick<LiveUpload, "bytesPerSecond" | "timeLeftMs"> {
  return { bytesPerSecond: before?.bytesPerSecond ?? null, timeLeftMs: before?.timeLeftMs ?? null };
}

function toLiveUpload(upload: Upload): LiveUpload {
  const { id, filename, contentType, size, receivedBytes, totalChunks, missingCount, state } = upload;
  return {
    id,
    name: filename,
    contentType,
    sizeBytes: size,
    receivedBytes,
    totalChunks,
    missingChunks: missingCount,
    state,
    bytesPerSecond: null,
    timeLeftMs: null,
    bundle: upload.bundle ?? null,
    createdAt: Date.parse(upload.createdAt),
    lastActivityAt: Date.parse(upload.lastActivityAt),
    file: upload.file ?? null,
    failure: upload.failure ?? null,
  };
}
