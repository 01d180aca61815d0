import { HawserError, type LiveMessage, type Upload } from "@hawser/protocol";
import type { Handle } from "../handle.ts";
import type { HandleContext } from "../handle-context.ts";
import { decideRetry } from "../retry.ts";
import { hasEnded, isTravelling } from "../state.ts";
import type { LiveUpload } from "./live-api.ts";
import { isOver } from "./messages.ts";

/** Ids that were on this client's list; more are not remembered. */
const maxRemembered = 10_000;

export interface OwnParts {
  readonly context: Pick<HandleContext, "api" | "options" | "trace">;
  handles(): Iterable<Handle>;
}

/**
 * The uploads of this client, as far as the server tells of them. They believe nothing of it: one that stands still and
 * is told to have ended asks the server itself.
 */
export class OwnUploads {
  readonly #parts: OwnParts;
  /** Server's ids of uploads that are or were on the list here, the latest last. */
  readonly #ids = new Set<string>();
  /** What the list of the server has named so far. */
  #listed = new Set<string>();
  /** Which of them have asked because the list did not name them: that it says once. */
  readonly #asked = new WeakMap<Handle, string>();
  #asking: Promise<void> = Promise.resolve();

  constructor(parts: OwnParts) {
    this.#parts = parts;
  }

  /**
   * Whether an upload is one of this client's. What is being begun here has no name yet: until it has one, whatever
   * looks like it is taken for it.
   */
  judge(): (upload: LiveUpload) => boolean {
    const begun = new Set<string>();
    for (const { record, model } of this.#parts.handles()) {
      const { upload, source } = record;
      const id = upload?.id ?? model.file?.id;
      if (id !== undefined) this.#remember(id);
      else if (!hasEnded(model)) begun.add(lookOf(source.name, source.sizeBytes));
    }
    return ({ id, name, sizeBytes }) => this.#ids.has(id) || begun.has(lookOf(name, sizeBytes));
  }

  /** Lets those ask that the server calls ended, and those that are on its list no more. */
  hear(message: LiveMessage, signal: AbortSignal): void {
    const ended = new Set(endedIn(message));
    if (ended.size > 0) this.#askEach(signal, (id) => ended.has(id));
    if (message.type !== "uploads" || message.subject !== "uploads") return;
    this.#tell(message.uploads);
    for (const { id } of message.uploads) this.#listed.add(id);
    if (!message.isLast) return;
    const listed = this.#listed;
    this.#listed = new Set();
    this.#askEach(signal, (id, handle) => {
      if (listed.has(id) || this.#asked.get(handle) === id) return false;
      this.#asked.set(handle, id);
      return true;
    });
  }

  /** Those that an earlier life left show how much the server has by now: what they noted last may be less. */
  #tell(uploads: readonly Upload[]): void {
    const received = new Map(uploads.map(({ id, receivedBytes }) => [id, receivedBytes]));
    for (const handle of this.#parts.handles()) {
      const { resumedBytes, confirmedBytes: knownBytes } = handle.model;
      const confirmedBytes = received.get(handle.record.upload?.id ?? "") ?? 0;
      if (!handle.isHere || resumedBytes !== null || confirmedBytes <= knownBytes) continue;
      handle.dispatch({ type: "told", confirmedBytes });
    }
  }

  #askEach(signal: AbortSignal, isMeant: (id: string, handle: Handle) => boolean): void {
    for (const handle of this.#parts.handles()) {
      const id = handle.record.upload?.id;
      if (id === undefined || !standsStill(handle) || !isMeant(id, handle)) continue;
      // One after the other: they may be thousands.
      this.#asking = this.#asking.then(() => this.#ask(handle, id, signal));
    }
  }

  /** Never rejects. */
  async #ask(handle: Handle, id: string, signal: AbortSignal): Promise<void> {
    const { api, options, trace } = this.#parts.context;
    if (signal.aborted || !standsStill(handle)) {
      this.#asked.delete(handle);
      return;
    }
    // A wait is cut short: its own next attempt finds out.
    if (handle.model.status === "waiting") {
      handle.goOn();
      return;
    }
    try {
      await api.resume(id, 1, signal);
    } catch (thrown) {
      const error = HawserError.from(thrown);
      // Asked again at the next occasion, unless the server has spoken.
      if (signal.aborted || error.retry !== "restart") this.#asked.delete(handle);
      if (signal.aborted || handle.record.upload?.id !== id) return;
      const situation = { attempt: 0, restarts: 0, online: true, silentMs: null, random: 0 };
      const decision = decideRetry(error, situation, options);
      if (error.retry !== "restart" || decision.kind !== "fail") return;
      trace(handle.id, "ended-on-server", { code: error.code, state: error.details.state ?? null });
      handle.dispatch({ type: "failed", error: decision.error });
    }
  }

  #remember(id: string): void {
    this.#ids.delete(id);
    this.#ids.add(id);
    const [oldest] = this.#ids;
    if (this.#ids.size > maxRemembered && oldest !== undefined) this.#ids.delete(oldest);
  }
}

/** What travels asks the server anyway, and another tab's upload asks there. */
const standsStill = ({ isHere, model }: Handle): boolean => isHere && !hasEnded(model) && !isTravelling(model);
/** Ids of what a message tells to be over. */
function endedIn(message: LiveMessage): string[] {
  if (message.type === "events") {
    return message.events.flatMap((event) => ("upload" in event && isOver(event.upload) ? [event.id] : []));
  }
  return message.type === "uploads" ? message.uploads.filter(isOver).map(({ id }) => id) : [];
}

const lookOf = (name: string, sizeBytes: number | null): string => `${sizeBytes} ${name}`;
