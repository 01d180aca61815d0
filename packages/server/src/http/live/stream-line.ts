import type { ServerResponse } from "node:http";
import { liveLimits } from "@hawser/protocol";
import type { Clock } from "../../ports/clock.ts";
import type { Frame } from "./frames.ts";
import type { Hub } from "./hub.ts";
import type { Line } from "./lifeline.ts";
import type { Watcher } from "./watcher.ts";

/** When a client comes back after a broken line. */
const retryMs = 1_000;

/** One stream of server-sent events about one upload. It ends when the upload's end was told. */
export class StreamLine implements Line {
  readonly closed: Promise<void>;
  readonly #response: ServerResponse;
  readonly #watcher: Watcher;
  /** What came after the client's number has been told, and how things stand. */
  #isCurrent = false;
  #beatAt: number;
  /** Since when the client takes nothing of what waits; null while nothing waits. */
  #stuckSince: number | null = null;

  /** @param response whose head was written */
  constructor(response: ServerResponse, hub: Hub, owner: string, clock: Clock) {
    this.#response = response;
    this.#beatAt = clock.monotonic();
    const sink = {
      send: (frame: Frame) => this.#send(frame),
      get bufferedBytes() {
        return response.writableLength;
      },
    };
    this.#watcher = hub.watch(owner, sink);
    this.closed = new Promise((resolve) => {
      response.once("close", () => void this.#watcher.close().then(resolve));
    });
  }

  /** @param after tell what came after this number first */
  begin(uploadId: string, after: number | null): void {
    this.#write(`retry: ${retryMs}\n\n`);
    this.#watcher.subscribe(`upload:${uploadId}`, after);
  }

  check(at: number): void {
    if (this.#response.writableLength === 0) this.#stuckSince = null;
    else this.#stuckSince ??= at;
    if (this.#stuckSince !== null) {
      if (at - this.#stuckSince >= 2 * liveLimits.heartbeatMs) this.cut();
    } else if (at - this.#beatAt >= liveLimits.heartbeatMs) {
      this.#beatAt = at;
      this.#write(": alive\n\n");
    }
  }

  end(): void {
    this.#response.end();
  }

  cut(): void {
    this.#response.destroy();
  }

  #send({ type, seq, bytes, isFinal }: Frame): void {
    if (this.#response.writableEnded) return;
    const id = seq === null ? "" : `id: ${seq}\n`;
    this.#write(Buffer.concat([Buffer.from(`${id}event: ${type}\ndata: `), bytes, Buffer.from("\n\n")]));
    if (type === "uploads") this.#isCurrent = true;
    if (type === "refused" || (this.#isCurrent && isFinal)) this.end();
  }

  #write(text: string | Uint8Array): void {
    if (!this.#response.writableEnded) this.#response.write(text, () => this.#watcher.drained());
  }
}
