import type { LiveEvent, LiveMessage, NumberedEvent, Upload } from "@hawser/protocol";

/** An upload on its way as the server told it last. Sizes are bytes, times monotonic milliseconds. */
export interface Watched {
  readonly upload: Upload;
  readonly bytesPerSecond: number | null;
  /** When bytes arrived last, as far as it was seen. */
  readonly movedAt: number;
  /** Number of what was told last. */
  readonly seq: number;
}

/** What is worth a word. */
export type News =
  | { readonly kind: "began" | "progress" | "checking"; readonly watched: Watched }
  /** Its content was refused, or chunks of it were; it can be sent again. */
  | { readonly kind: "refused"; readonly watched: Watched; readonly chunks: number; readonly detail: string }
  | { readonly kind: "resumed"; readonly watched: Watched }
  | { readonly kind: "ended"; readonly upload: Upload }
  /** Something has happened to a file, maybe long after its upload. */
  | { readonly kind: "file"; readonly upload: Upload; readonly type: NumberedEvent["type"] };

const endStates: readonly Upload["state"][] = ["completed", "failed", "cancelled", "expired"];
const fileEvents: readonly NumberedEvent["type"][] = ["damaged", "repaired", "file_deleted"];
/** Ends that are remembered, so that none is told twice when it comes on two ways. */
const maxRemembered = 10_000;

export const hasEnded = ({ state }: Pick<Upload, "state">): boolean => endStates.includes(state);

/** The uploads on their way, and what is new of them with each message of the server. */
export class Roster {
  readonly #watched = new Map<string, Watched>();
  readonly #ended = new Set<string>();
  /** What the pages of a list have named so far. */
  #listed = new Set<string>();

  /** In the order in which they began. */
  get watched(): readonly Watched[] {
    return [...this.#watched.values()].sort((a, b) => (a.upload.createdAt < b.upload.createdAt ? -1 : 1));
  }

  /** @param at monotonic milliseconds */
  hear(message: LiveMessage, at: number): News[] {
    if (message.type === "events") return message.events.flatMap((event) => this.#hearEvent(event, at));
    if (message.type !== "uploads") return [];
    const news = message.uploads.flatMap((upload) => this.#see(upload, message.seq, at));
    if (message.subject.startsWith("upload:")) return news;
    for (const { id } of message.uploads) this.#listed.add(id);
    if (message.isLast) this.#leaveOut(message.seq);
    return news;
  }

  #hearEvent(event: LiveEvent, at: number): News[] {
    if ("upload" in event) {
      if (fileEvents.includes(event.type)) return [{ kind: "file", upload: event.upload, type: event.type }];
      return this.#see(event.upload, event.seq, at);
    }
    const before = this.#watched.get(event.id);
    if (before === undefined) return [];
    if (event.type === "failed") {
      const chunks = event.ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0);
      return [{ kind: "refused", watched: before, chunks, detail: event.code }];
    }
    if (event.type === "chunk_uploaded") return [];
    const { receivedBytes, missingCount } = event;
    const upload = { ...before.upload, receivedBytes, missingCount };
    const isProgress = event.type === "progress";
    const bytesPerSecond = isProgress ? event.bytesPerSecond : null;
    const watched = {
      ...before,
      upload: isProgress ? { ...upload, size: event.size } : upload,
      bytesPerSecond,
      movedAt: at,
    };
    this.#watched.set(event.id, watched);
    return [{ kind: isProgress ? "progress" : "resumed", watched }];
  }

  #see(upload: Upload, seq: number, at: number): News[] {
    const before = this.#watched.get(upload.id);
    if (this.#ended.has(upload.id) || (before !== undefined && seq < before.seq)) return [];
    if (hasEnded(upload)) {
      this.#watched.delete(upload.id);
      this.#remember(upload.id);
      return [{ kind: "ended", upload }];
    }
    const hasMoved = before?.upload.receivedBytes !== upload.receivedBytes;
    const movedAt = hasMoved ? at : (before?.movedAt ?? at);
    const watched = { upload, bytesPerSecond: before?.bytesPerSecond ?? null, movedAt, seq };
    this.#watched.set(upload.id, watched);
    if (before === undefined) return [{ kind: "began", watched }];
    if (before.upload.state !== upload.state) {
      if (upload.state === "assembling") return [{ kind: "checking", watched }];
      return [{ kind: "refused", watched, chunks: 0, detail: upload.failure?.detail ?? "" }];
    }
    return hasMoved ? [{ kind: "progress", watched }] : [];
  }

  /** What a complete list does not name is on its way no more, and nobody can say how it ended. */
  #leaveOut(seq: number): void {
    for (const [id, watched] of this.#watched) {
      if (watched.seq <= seq && !this.#listed.has(id)) this.#watched.delete(id);
    }
    this.#listed = new Set();
  }

  #remember(id: string): void {
    this.#ended.add(id);
    const [oldest] = this.#ended;
    if (this.#ended.size > maxRemembered && oldest !== undefined) this.#ended.delete(oldest);
  }
}
