import type { Source, Uploader } from "@hawser/client";
import { HawserError, limits } from "@hawser/protocol";
import { type Choice, chooseFor } from "./choose-match.ts";

/** Files up to this size travel in one request: looking for what is there of them would cost as much. */
const smallBytes = limits.chunkSizeBytes;
const mostAtOnce = 4;
/** Whoever adds files waits no longer than this for a server that does not answer. */
const longestMs = 4_000;

/**
 * Looks on the server for what may be there of files that are added, a few at a time. It never holds up sending: when
 * the server does not answer, that file and the others of the same batch are new.
 */
export class Lookups {
  readonly #uploader: Uploader;
  readonly #running = new Set<Promise<void>>();
  #isAnswered = true;

  constructor(uploader: Uploader) {
    this.#uploader = uploader;
  }

  /** A batch begins: the server is asked again. */
  begin(): void {
    this.#isAnswered = true;
  }

  isWorthIt({ facts, replayable }: Source): boolean {
    return this.#isAnswered && replayable && facts.sizeBytes !== null && facts.sizeBytes > smallBytes;
  }

  /** Resolves when another one may start. */
  async room(): Promise<void> {
    while (this.#running.size >= mostAtOnce) await Promise.race(this.#running);
  }

  /** Starts one; `use` gets its outcome. Neither may reject. */
  start(source: Source, use: (choice: Choice) => Promise<void>): void {
    const run = this.#find(source).then(use);
    this.#running.add(run);
    void run.finally(() => this.#running.delete(run));
  }

  /** Resolves when all that were started are through. */
  async settled(): Promise<void> {
    await Promise.all(this.#running);
  }

  async #find(source: Source): Promise<Choice> {
    if (!this.#isAnswered) return { kind: "new" };
    try {
      const matches = await this.#uploader.match(source, { maxAttempts: 1, signal: AbortSignal.timeout(longestMs) });
      const states = this.#uploader.uploads.map(({ state }) => state);
      return chooseFor(source.facts.name, matches, states);
    } catch (error) {
      // A file that cannot be read says so by its own upload.
      if (HawserError.from(error).code !== "source_unreadable") this.#isAnswered = false;
      return { kind: "new" };
    }
  }
}
