import { HawserError, type LiveMessage } from "@hawser/protocol";
import { Book } from "./book.ts";
import { LiveConnection } from "./connection.ts";
import type { LazyLive, LiveHost } from "./lazy-live.ts";
import type { LiveStanding } from "./live-api.ts";
import { OwnUploads } from "./own-uploads.ts";
import { liveRequests } from "./requests.ts";
import { openWebSocket } from "./socket.ts";
import { followVisibility } from "./visibility.ts";

/** A line outlives its last listener by so much: views come and go. */
const lingerMs = 5_000;
/** A page that nobody sees keeps its line for so long. */
const hiddenMs = 60_000;
/** Between two looks at what is old. */
const ageMs = 5_000;
/** What comes within so long is shown together. */
const gatherMs = 50;

/** Fills the live view as long as somebody is in it. */
export class Room {
  readonly #live: LazyLive;
  readonly #host: LiveHost;
  readonly #connection: LiveConnection;
  readonly #book = new Book();
  readonly #own: OwnUploads;
  #listeners = 0;
  /** From the first listener to the last. */
  #stay: AbortController | null = null;
  #lingering: AbortController | null = null;
  #line: AbortController | null = null;
  #isGathering = false;

  constructor(live: LazyLive, host: LiveHost) {
    const { api, platform, refresh, options } = host.context;
    this.#live = live;
    this.#host = host;
    this.#own = new OwnUploads(host);
    const parts = {
      endpoint: options.endpoint,
      requests: liveRequests(api),
      openSocket: host.openSocket ?? openWebSocket,
      platform,
      refresh,
    };
    this.#connection = new LiveConnection(parts, ["uploads"], {
      heard: (message) => this.#hear(message),
      stood: (standing) => this.#stand(standing),
    });
  }

  /** @returns how to leave */
  enter(): () => void {
    this.#listeners++;
    this.#lingering?.abort();
    if (this.#stay === null && !this.#host.context.closing.aborted) this.#open();
    let isIn = true;
    return () => {
      if (!isIn) return;
      isIn = false;
      if (--this.#listeners === 0) this.#linger();
    };
  }

  #open(): void {
    const stay = new AbortController();
    this.#stay = stay;
    const signal = AbortSignal.any([stay.signal, this.#host.context.closing]);
    const stop = this.#host.uploader.subscribe(() => this.#gather(signal));
    signal.addEventListener("abort", () => {
      stop();
      this.#stay = null;
      this.#cut();
    });
    followVisibility((isVisible) => (isVisible ? this.#connect(signal) : this.#hide(signal)), signal);
    void this.#age(signal);
  }

  #linger(): void {
    this.#lingering = new AbortController();
    this.#host.context.platform.sleep(lingerMs, this.#lingering.signal).then(
      () => this.#stay?.abort(),
      () => undefined,
    );
  }

  #connect(signal: AbortSignal): void {
    if (this.#line !== null) return;
    const line = new AbortController();
    this.#line = line;
    this.#connection.run(AbortSignal.any([signal, line.signal])).catch((thrown) => {
      this.#cut();
      this.#stand({ status: "off", cause: HawserError.from(thrown) });
    });
  }

  #hide(signal: AbortSignal): void {
    const seen = new AbortController();
    const ends = AbortSignal.any([signal, seen.signal]);
    followVisibility((isVisible) => isVisible && seen.abort(), ends);
    this.#host.context.platform.sleep(hiddenMs, ends).then(
      () => this.#cut(),
      () => undefined,
    );
  }

  #cut(): void {
    this.#line?.abort();
    this.#line = null;
    this.#stand({ status: "off", cause: null });
  }

  #hear(message: LiveMessage): void {
    const { platform, closing } = this.#host.context;
    this.#book.hear(message, platform.monotonic());
    this.#own.hear(message, closing);
    this.#gather(closing);
  }

  #stand(standing: LiveStanding): void {
    const { status, cause } = this.#live.standing;
    if (status === standing.status && cause === standing.cause) return;
    this.#live.standing = standing;
    this.#live.changes.changed();
  }

  /** Never rejects. */
  async #age(signal: AbortSignal): Promise<void> {
    const { platform } = this.#host.context;
    while (!signal.aborted) {
      await platform.sleep(ageMs, signal).catch(() => undefined);
      this.#show();
    }
  }

  #gather(signal: AbortSignal): void {
    if (this.#isGathering) return;
    this.#isGathering = true;
    this.#host.context.platform.sleep(gatherMs, signal).then(
      () => this.#show(),
      () => {
        this.#isGathering = false;
      },
    );
  }

  #show(): void {
    this.#isGathering = false;
    this.#book.age(this.#host.context.platform.monotonic());
    const isOwn = this.#own.judge();
    const before = this.#live.uploads;
    const uploads = this.#book.list((upload) => !isOwn(upload));
    if (uploads.length === before.length && uploads.every((upload, index) => upload === before[index])) return;
    this.#live.uploads = uploads;
    this.#live.changes.changed();
  }
}
