import { liveCloses, liveLimits, WatcherMessage } from "@hawser/protocol";
import { Compile } from "typebox/compile";
import type { RawData, WebSocket } from "ws";
import type { Clock } from "../../ports/clock.ts";
import { type Frame, frameOf } from "./frames.ts";
import type { Hub } from "./hub.ts";
import type { Line } from "./lifeline.ts";
import { Pulse } from "./pulse.ts";
import { TokenBucket } from "./token-bucket.ts";
import type { Watcher } from "./watcher.ts";

const messages = Compile(WatcherMessage);
/** Time for the other side to answer a close. */
const farewellMs = 2_000;

/** One WebSocket: reads what its watcher says, and sends what the hub tells. */
export class SocketLine implements Line {
  readonly closed: Promise<void>;
  readonly #socket: WebSocket;
  readonly #clock: Clock;
  readonly #watcher: Watcher;
  readonly #pulse: Pulse;
  readonly #bucket: TokenBucket;
  #closingSince: number | null = null;

  constructor(socket: WebSocket, hub: Hub, owner: string, clock: Clock) {
    const now = clock.monotonic();
    this.#socket = socket;
    this.#clock = clock;
    this.#pulse = new Pulse(now);
    this.#bucket = new TokenBucket(liveLimits.maxMessages, liveLimits.messagesPerSecond, now);
    const sink = {
      send: (frame: Frame) => this.#send(frame),
      get bufferedBytes() {
        return socket.bufferedAmount;
      },
    };
    this.#watcher = hub.watch(owner, sink);
    socket.on("message", (data, isBinary) => this.#read(data, isBinary));
    socket.on("pong", () => this.#pulse.heard(clock.monotonic()));
    socket.on("ping", () => this.#isTooMuch());
    // What was no WebSocket frame, or too long: the library has closed with the reason that the RFC gives it.
    socket.on("error", () => this.#noteClosing());
    this.closed = new Promise((resolve) => {
      socket.once("close", () => void this.#watcher.close().then(resolve));
    });
  }

  check(at: number): void {
    if (this.#closingSince !== null) {
      if (at - this.#closingSince >= farewellMs) this.#socket.terminate();
      return;
    }
    const beat = this.#pulse.decide(at);
    if (beat === "idle") this.#close(liveCloses.idle, "Nothing was subscribed to.");
    else if (beat === "silent") this.#socket.terminate();
    else if (beat === "alive") this.#beat();
  }

  end(): void {
    this.#close(liveCloses.stopping, "The server stops.");
  }

  cut(): void {
    this.#socket.terminate();
  }

  #beat(): void {
    this.#socket.ping();
    const { position } = this.#watcher;
    if (position !== null) this.#watcher.send(frameOf({ type: "alive", seq: position }));
  }

  #send({ bytes }: Frame): void {
    this.#socket.send(bytes, { binary: false }, () => this.#watcher.drained());
  }

  #read(data: RawData, isBinary: boolean): void {
    const now = this.#clock.monotonic();
    this.#pulse.heard(now);
    if (this.#closingSince !== null || this.#isTooMuch()) return;
    const message = isBinary ? undefined : parse(data);
    if (!messages.Check(message)) this.#close(liveCloses.malformed, "That is no message of this protocol.");
    else this.#obey(message);
    this.#pulse.watches(this.#watcher.subscriptionCount > 0, now);
  }

  #obey(message: WatcherMessage): void {
    const watcher = this.#watcher;
    if (message.type === "unsubscribe") watcher.unsubscribe(message.subject);
    else if (watcher.isSubscribedTo(message.subject) || watcher.subscriptionCount < liveLimits.maxSubscriptions) {
      watcher.subscribe(message.subject, message.after ?? null);
    } else this.#close(liveCloses.tooMany, "Too many subscriptions.");
  }

  /** Counts what came; a flood ends the connection. */
  #isTooMuch(): boolean {
    if (this.#bucket.take(this.#clock.monotonic())) return false;
    this.#close(liveCloses.tooMany, "Too many messages.");
    return true;
  }

  #close(code: number, reason: string): void {
    if (this.#closingSince !== null) return;
    this.#noteClosing();
    this.#socket.close(code, reason);
  }

  #noteClosing(): void {
    this.#closingSince ??= this.#clock.monotonic();
  }
}

function parse(data: RawData): unknown {
  try {
    return JSON.parse(data.toString());
  } catch {
    return undefined;
  }
}
