import {
  countChunks,
  type LiveEvent,
  type LiveMessage,
  limits,
  type NumberedEvent,
  type Subject,
  type Upload,
  type UploadsResponse,
  type WatcherMessage,
} from "@hawser/protocol";
import type { OpenSocket, SocketListener } from "../live/socket.ts";

/** An upload as a server describes it; what is not given is that of a fresh one of 10 MiB. */
export function liveUpload(id: string, given: Partial<Upload> = {}): Upload {
  const size = given.size === undefined ? 10 * limits.chunkSizeBytes : given.size;
  const at = "2026-01-01T00:00:00.000Z";
  return {
    id: id.padStart(32, "0"),
    state: "active",
    filename: `${id}.mov`,
    contentType: "video/quicktime",
    size,
    chunkSize: limits.chunkSizeBytes,
    totalChunks: size === null ? null : countChunks(size),
    receivedBytes: 0,
    missingCount: size === null ? null : countChunks(size),
    metadata: {},
    evidence: {},
    priority: "normal",
    sealed: false,
    inspection: "none",
    jobs: [],
    createdAt: at,
    lastActivityAt: at,
    expiresAt: null,
    ...given,
  };
}

interface Watcher {
  readonly listener: SocketListener;
  readonly subjects: Set<Subject>;
  told: number;
}

/** What a server in memory tells of uploads, over sockets in memory, and where it breaks. */
export class FakeLive {
  readonly uploads = new Map<string, Upload>();
  readonly #events: NumberedEvent[] = [];
  readonly #watchers = new Set<Watcher>();
  /** No socket opens. */
  refusesSockets = false;
  /** Sockets open, and nothing comes through them. */
  isDumb = false;
  /** Messages after which every socket is cut. */
  cutsAfter = Number.POSITIVE_INFINITY;
  /** Uploads of one message. */
  pageUploads = 100;
  /** Sockets that were asked for. */
  socketCount = 0;
  /** What watchers have said. */
  readonly said: WatcherMessage[] = [];

  get seq(): number {
    return this.#events.at(-1)?.seq ?? 0;
  }

  get openSockets(): number {
    return this.#watchers.size;
  }

  readonly openSocket: OpenSocket = (_url, listener) => {
    this.socketCount++;
    const watcher: Watcher = { listener, subjects: new Set(), told: 0 };
    // As on any network, it takes a turn at least.
    queueMicrotask(() => {
      if (this.refusesSockets) listener.closed(1006);
      else if (!isClosed) {
        this.#watchers.add(watcher);
        listener.opened();
      }
    });
    let isClosed = false;
    return {
      send: (text) => this.#listen(watcher, JSON.parse(text) as WatcherMessage),
      close: () => {
        isClosed = true;
        this.#watchers.delete(watcher);
      },
    };
  };

  /** Something durable has happened. */
  change(type: NumberedEvent["type"], upload: Upload, more: Partial<NumberedEvent> = {}): NumberedEvent {
    const event = { type, id: upload.id, seq: this.seq + 1, at: upload.lastActivityAt, upload, ...more };
    this.uploads.set(upload.id, upload);
    this.#events.push(event);
    this.pass(upload.id, [event]);
    return event;
  }

  /** Bytes have arrived. */
  progress(id: string, receivedBytes: number, bytesPerSecond: number | null = null): void {
    const upload = this.uploads.get(id);
    if (upload === undefined) throw new Error(`There is no upload ${id}.`);
    const { size, lastActivityAt: at } = upload;
    const missingCount = size === null ? null : countChunks(size - receivedBytes);
    this.uploads.set(id, { ...upload, receivedBytes, missingCount });
    const timeLeftMs = size === null || !bytesPerSecond ? null : ((size - receivedBytes) / bytesPerSecond) * 1_000;
    this.pass(id, [{ type: "progress", id, at, size, receivedBytes, missingCount, bytesPerSecond, timeLeftMs }]);
  }

  /** Tells events without writing them down. */
  pass(id: string, events: LiveEvent[]): void {
    for (const watcher of [...this.#watchers]) {
      for (const subject of watcher.subjects) {
        if (isAbout(subject, this.uploads.get(id))) {
          this.#tell(watcher, { type: "events", subject, seq: this.seq, events });
        }
      }
    }
  }

  /** Says it to everybody, whatever it is. */
  say(text: string): void {
    for (const { listener } of [...this.#watchers]) listener.heard(text);
  }

  alive(): void {
    this.say(JSON.stringify({ type: "alive", seq: this.seq }));
  }

  /** Every line breaks. */
  cut(): void {
    for (const watcher of [...this.#watchers]) this.#end(watcher);
  }

  /** Everything is lost: it counts from 1 again. */
  wipe(): void {
    this.cut();
    this.uploads.clear();
    this.#events.length = 0;
  }

  page(): UploadsResponse {
    return { uploads: this.#underWay("uploads"), seq: this.seq };
  }

  #listen(watcher: Watcher, message: WatcherMessage): void {
    this.said.push(message);
    if (message.type !== "subscribe" || this.isDumb) return;
    const { subject, after } = message;
    const isMissed = ({ seq, upload }: NumberedEvent) => seq > (after ?? seq) && isAbout(subject, upload);
    const events = this.#events.filter(isMissed).map((event) => ({
      ...event,
      upload: this.uploads.get(event.id) ?? event.upload,
    }));
    if (events.length > 0) this.#tell(watcher, { type: "events", subject, seq: this.seq, events });
    const uploads = this.#underWay(subject);
    for (let start = 0; start === 0 || start < uploads.length; start += this.pageUploads) {
      const page = uploads.slice(start, start + this.pageUploads);
      const isLast = start + this.pageUploads >= uploads.length;
      this.#tell(watcher, { type: "uploads", subject, seq: this.seq, uploads: page, isLast });
    }
    watcher.subjects.add(subject);
  }

  #underWay(subject: Subject): Upload[] {
    const isListed = ({ state }: Upload) =>
      subject.startsWith("upload:") || state === "active" || state === "assembling";
    return [...this.uploads.values()].filter((upload) => isAbout(subject, upload) && isListed(upload)).reverse();
  }

  #tell(watcher: Watcher, message: LiveMessage): void {
    if (watcher.told >= this.cutsAfter) this.#end(watcher);
    if (!this.#watchers.has(watcher)) return;
    watcher.told++;
    watcher.listener.heard(JSON.stringify(message));
  }

  #end(watcher: Watcher): void {
    if (this.#watchers.delete(watcher)) watcher.listener.closed(1006);
  }
}

function isAbout(subject: Subject, upload: Upload | undefined): boolean {
  if (upload === undefined) return false;
  return subject === "uploads" || subject === `upload:${upload.id}` || subject === `bundle:${upload.bundle?.id}`;
}
