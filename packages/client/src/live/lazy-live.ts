import type { Handle } from "../handle.ts";
import type { HandleContext } from "../handle-context.ts";
import type { Uploader } from "../uploader-api.ts";
import { Watchers } from "../watchers.ts";
import type { Live, LiveStanding, LiveUpload } from "./live-api.ts";
import type { Room } from "./room.ts";
import type { OpenSocket } from "./socket.ts";

/** What the live view needs of the uploader. */
export interface LiveHost {
  readonly uploader: Pick<Uploader, "subscribe">;
  readonly context: HandleContext;
  /** Absent: the `WebSocket` of this browser or Node. */
  readonly openSocket: OpenSocket | undefined;
  handles(): Iterable<Handle>;
}

/** Between two attempts to load the code. */
const loadDelayMs = 5_000;

/** Empty until its code, which is loaded for the first listener, fills it. */
export class LazyLive implements Live {
  standing: LiveStanding = { status: "off", cause: null };
  uploads: readonly LiveUpload[] = [];
  readonly changes: Watchers;
  readonly #host: LiveHost;
  #room: Promise<Room> | null = null;

  constructor(host: LiveHost) {
    this.#host = host;
    this.changes = new Watchers(host.context.platform, host.context.closing);
  }

  subscribe(listener: () => void): () => void {
    const stop = this.changes.watch(listener);
    this.#room ??= this.#load();
    // It rejects when the uploader is closed.
    const leaving = this.#room.then((room) => room.enter()).catch(() => () => {});
    return () => {
      stop();
      void leaving.then((leave) => leave());
    };
  }

  #load(): Promise<Room> {
    const { platform, closing } = this.#host.context;
    return import("./room.ts").then(
      ({ Room }) => new Room(this, this.#host),
      () => platform.sleep(loadDelayMs, closing).then(() => this.#load()),
    );
  }
}
