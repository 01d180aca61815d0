import type { Handle } from "../handle.ts";
import type { HandleContext } from "../handle-context.ts";
import { loadPart } from "../part.ts";
import { Watchers } from "../watchers.ts";
import type { Live, LiveStanding, LiveUpload } from "./live-api.ts";
import type { Room } from "./room.ts";
import type { OpenSocket } from "./socket.ts";

/** What the live view needs of the uploader. */
export interface LiveHost {
  readonly context: HandleContext;
  /** Absent: the `WebSocket` of this browser or Node. */
  readonly openSocket: OpenSocket | undefined;
  handles(): Iterable<Handle>;
  /** Calls `listener` when uploads change, until the returned function is called. */
  watch(listener: () => void): () => void;
}

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
    this.#room ??= loadPart(import("./room.ts")).then(({ Room }) => new Room(this, this.#host));
    const leaving = this.#room.then((room) => room.enter());
    // It is tried again with the next listener.
    leaving.catch((cause) => {
      this.#room = null;
      this.standing = { status: "off", cause };
      this.changes.changed();
    });
    return () => {
      stop();
      leaving.then(
        (leave) => leave(),
        () => {},
      );
    };
  }
}
