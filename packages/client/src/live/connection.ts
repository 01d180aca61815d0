import { HawserError, type LiveMessage, liveLimits, type Subject, type WatcherMessage } from "@hawser/protocol";
import { abortable } from "../abortable.ts";
import type { Platform } from "../platform.ts";
import { afterCut, afterFailedPoll, afterPoll, type Course, type Cut, type Decision, newCourse } from "./course.ts";
import type { LiveStanding, LiveStatus } from "./live-api.ts";
import { parseMessage } from "./messages.ts";
import { Poller } from "./poller.ts";
import { Positions } from "./positions.ts";
import type { LiveRequests } from "./requests.ts";
import { type OpenSocket, socketUrl } from "./socket.ts";

export interface ConnectionParts {
  readonly endpoint: string;
  readonly requests: LiveRequests;
  readonly openSocket: OpenSocket;
  readonly platform: Pick<Platform, "monotonic" | "sleep" | "random" | "online" | "onOnlineChange">;
  /** Null when the app cannot get new credentials. */
  readonly refresh: (() => Promise<void>) | null;
}

export interface LiveListener {
  /** Every message but `alive`; an event with a number comes once. Neither may throw. */
  heard(message: LiveMessage): void;
  stood(standing: LiveStanding): void;
}

/** From the asking for a socket to the first message on it. */
const openingMs = 10_000;
/** Two signs of life are missing. */
const silenceMs = 2 * liveLimits.heartbeatMs;

/**
 * What the server tells of some subjects, without a gap, for as long as it runs: over a socket where one can be had,
 * and by asking where not. It never gives up, and nothing is kept for a listener: what is heard is told at once.
 */
export class LiveConnection {
  readonly #parts: ConnectionParts;
  readonly #subjects: readonly Subject[];
  readonly #listener: LiveListener;
  readonly #positions = new Positions();
  readonly #poller: Poller;
  #standing: LiveStanding | null = null;
  /** Why it polls. */
  #refusal: HawserError | null = null;
  /** Messages that were none. */
  malformedCount = 0;

  constructor(parts: ConnectionParts, subjects: readonly Subject[], listener: LiveListener) {
    this.#parts = parts;
    this.#subjects = subjects;
    this.#listener = listener;
    this.#poller = new Poller(parts.requests, subjects);
  }

  /** Runs until the signal is aborted, and then resolves. May be called again, and goes on where it was. */
  async run(signal: AbortSignal): Promise<void> {
    let decision: Decision = { course: newCourse, next: { way: "socket", delayMs: 0 } };
    this.#stand("connecting", null);
    try {
      for (;;) {
        const { course, next } = decision;
        await this.#pause(next.delayMs, signal);
        decision = next.way === "socket" ? await this.#listen(course, signal) : await this.#ask(course, signal);
      }
    } catch (thrown) {
      if (!signal.aborted) throw thrown;
    }
  }

  /** Waits, but not longer than until the network is back. */
  async #pause(delayMs: number, signal: AbortSignal): Promise<void> {
    const { platform } = this.#parts;
    const woken = new AbortController();
    const stop = platform.onOnlineChange((online) => online && woken.abort());
    const ends = AbortSignal.any([signal, woken.signal]);
    try {
      if (platform.online()) await platform.sleep(delayMs, ends);
      else {
        this.#stand("offline", null);
        await abortable(new Promise<never>(() => undefined), ends);
      }
    } catch {
      signal.throwIfAborted();
    } finally {
      stop();
    }
  }

  /** One socket, from its ticket to its end. */
  async #listen(course: Course, signal: AbortSignal): Promise<Decision> {
    const { platform } = this.#parts;
    const life = new AbortController();
    // On another network the old line may be dead without a word.
    const stop = platform.onOnlineChange((online) => online && life.abort());
    const visit: Visit = { phase: "asking", startedAt: platform.monotonic(), heardAt: platform.monotonic() };
    try {
      return await this.#hearSocket(visit, AbortSignal.any([signal, life.signal]));
    } catch (thrown) {
      signal.throwIfAborted();
      if (life.signal.aborted) return { course, next: { way: "socket", delayMs: 0 } };
      const error = HawserError.from(thrown);
      const isPolling = this.#standing?.status === "polling";
      if (!isPolling) this.#stand("connecting", error);
      const cut: Cut = { phase: visit.phase, error, livedMs: visit.heardAt - visit.startedAt };
      const decision = afterCut(course, cut, await this.#situation(error, signal));
      if (decision.next.way === "poll") this.#refusal = error;
      return decision;
    } finally {
      stop();
      life.abort();
    }
  }

  /** @throws HawserError why it ended */
  async #hearSocket(visit: Visit, signal: AbortSignal): Promise<never> {
    const { endpoint, requests, openSocket, platform } = this.#parts;
    const ticket = await requests.ticket(signal);
    visit.phase = "opening";
    visit.startedAt = visit.heardAt = platform.monotonic();
    const ended = Promise.withResolvers<never>();
    const socket = openSocket(socketUrl(endpoint, ticket), {
      opened: () => {
        for (const message of this.#subscriptions()) socket?.send(JSON.stringify(message));
      },
      heard: (text) => this.#hear(text, visit),
      closed: (code) => ended.reject(new HawserError("connection_lost", { detail: detailOf(code) })),
    });
    if (socket === null) throw new HawserError("connection_lost", { detail: "There are no WebSockets here." });
    const watch = new AbortController();
    try {
      return await Promise.race([
        abortable(ended.promise, signal),
        this.#untilSilent(visit, AbortSignal.any([signal, watch.signal])),
      ]);
    } finally {
      watch.abort();
      socket.close();
    }
  }

  #subscriptions(): WatcherMessage[] {
    this.#positions.begin();
    return this.#subjects.map((subject) => {
      const after = this.#positions.after(subject);
      return { type: "subscribe", subject, ...(after !== undefined && { after }) };
    });
  }

  async #untilSilent(visit: Visit, signal: AbortSignal): Promise<never> {
    const { platform } = this.#parts;
    for (;;) {
      const leftMs = visit.heardAt + (visit.phase === "hearing" ? silenceMs : openingMs) - platform.monotonic();
      if (leftMs <= 0) throw new HawserError("connection_lost", { detail: "The live connection fell silent." });
      await platform.sleep(leftMs, signal);
    }
  }

  #hear(text: string, visit: Visit): void {
    const message = parseMessage(text);
    if (message === null) {
      this.malformedCount++;
      return;
    }
    visit.heardAt = this.#parts.platform.monotonic();
    visit.phase = "hearing";
    this.#stand("live", null);
    const fresh = this.#positions.accept(message);
    if (fresh !== null) this.#tell(fresh);
  }

  async #ask(course: Course, signal: AbortSignal): Promise<Decision> {
    const { platform } = this.#parts;
    try {
      const isMoving = await this.#poller.ask((message) => {
        this.#positions.polled(message);
        this.#tell(message);
      }, signal);
      this.#stand("polling", this.#refusal);
      return afterPoll(course, isMoving, { now: platform.monotonic(), random: platform.random(), isRenewed: false });
    } catch (thrown) {
      signal.throwIfAborted();
      const error = HawserError.from(thrown);
      this.#stand("connecting", error);
      return afterFailedPoll(course, error, await this.#situation(error, signal));
    }
  }

  /** The situation after trouble, in which new credentials are asked for where they are missing. */
  async #situation({ retry }: HawserError, signal: AbortSignal) {
    const { platform, refresh } = this.#parts;
    const isRenewed =
      retry === "auth" &&
      refresh !== null &&
      (await abortable(
        refresh().then(
          () => true,
          () => false,
        ),
        signal,
      ));
    return { now: platform.monotonic(), random: platform.random(), isRenewed };
  }

  #tell(message: LiveMessage): void {
    this.#poller.note(message);
    this.#listener.heard(message);
  }

  #stand(status: LiveStatus, cause: HawserError | null): void {
    if (this.#standing?.status === status && this.#standing.cause === cause) return;
    this.#standing = { status, cause };
    this.#listener.stood(this.#standing);
  }
}

interface Visit {
  phase: Cut["phase"];
  startedAt: number;
  heardAt: number;
}

/** What a close code says (RFC 6455, 7.4); 1006 stands for a line that broke without a word. */
function detailOf(code: number): string {
  return code === 1006 ? "The live connection broke." : `The server closed the live connection (${code}).`;
}
