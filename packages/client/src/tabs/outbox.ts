import type { JournalRecord } from "../journal/journal.ts";
import type { UploadState } from "../upload-state.ts";
import { type Body, type Command, type Told, tellState } from "./messages.ts";

/** Least time between two messages about states. */
const statesIntervalMs = 200;
/** Uploads in one message: the clone of a message must not be felt. */
const maxUploads = 500;

export interface OutboxParts {
  post(body: Body): void;
  /** Resolves when it is sure that what is carried here still is. */
  ready(): Promise<void>;
  /** Null when it is not carried here, or not on the list any more. */
  look(id: string): { readonly state: UploadState; readonly record: JournalRecord } | null;
  sleep(delayMs: number): Promise<void>;
}

/** What is told to other tabs about the uploads that are carried here: the last state of each, throttled. */
export class Outbox {
  readonly #parts: OutboxParts;
  /** Whose state is to be told, and whether with the record. */
  readonly #changed = new Map<string, boolean>();
  #commands: Command[] = [];
  #isResting = false;

  constructor(parts: OutboxParts) {
    this.#parts = parts;
  }

  changed(id: string, withRecord = false): void {
    this.#changed.set(id, withRecord || this.#changed.get(id) === true);
    if (!this.#isResting) this.#tellSoon();
  }

  /** Goes out at once, with all others of this turn of the loop. */
  ask(command: Command): void {
    this.#commands.push(command);
    if (this.#commands.length > 1) return;
    queueMicrotask(() => {
      const commands = this.#commands;
      this.#commands = [];
      this.#parts.post({ type: "commands", commands });
    });
  }

  /** Tells what was not told yet. */
  flush(): void {
    while (this.#changed.size > 0) this.#tell();
  }

  #tellSoon(): void {
    this.#isResting = true;
    queueMicrotask(() => void this.#tellAndRest());
  }

  async #tellAndRest(): Promise<void> {
    const { ready, sleep } = this.#parts;
    await ready().catch(() => undefined);
    this.#tell();
    await sleep(statesIntervalMs).catch(() => undefined);
    this.#isResting = false;
    if (this.#changed.size > 0) this.#tellSoon();
  }

  #tell(): void {
    const uploads: Told[] = [];
    for (const [id, withRecord] of this.#changed) {
      if (uploads.length === maxUploads) break;
      this.#changed.delete(id);
      const found = this.#parts.look(id);
      if (found !== null) uploads.push({ state: tellState(found.state), ...(withRecord && { record: found.record }) });
    }
    if (uploads.length > 0) this.#parts.post({ type: "states", uploads });
  }
}
