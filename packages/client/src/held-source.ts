import { HawserError } from "@hawser/protocol";
import type { HandleContext } from "./handle-context.ts";
import type { JournalRecord } from "./journal/journal.ts";
import { loadPart } from "./part.ts";
import type { KeepJob } from "./source/keeper.ts";
import type { Source } from "./source/source.ts";

/** Where one upload's bytes come from: opened again when they are needed, and kept so that later lives find them. */
export class HeldSource {
  readonly #context: HandleContext;
  #source: Source | null;
  /** Ends what is done to find the source again. */
  #keeping: AbortController | null = null;

  constructor(context: HandleContext, source: Source | null) {
    this.#context = context;
    this.#source = source;
  }

  /** Null when it has to be opened, or chosen by a person. */
  get source(): Source | null {
    return this.#source;
  }

  give(source: Source): void {
    this.#source = source;
  }

  /** The source at hand, else the one that the record names. @throws HawserError `source_unreadable`, `source_changed` */
  async open({ origin, source: facts, evidence }: JournalRecord, signal: AbortSignal): Promise<Source> {
    if (this.#source !== null) return this.#source;
    const found = origin === null ? null : await this.#context.openSource(origin, facts, false);
    if (found === null)
      throw new HawserError("source_unreadable", { detail: `${facts.name} cannot be found any more.` });
    try {
      signal.throwIfAborted();
      const { ensureSame } = await loadPart(import("./sameness.ts"));
      await ensureSame(found, facts, evidence, this.#context, signal);
    } catch (error) {
      await found.close();
      throw error;
    }
    this.#source = found;
    return found;
  }

  /** Sees to it that a later life finds the source again, once its record is durable. */
  keep(job: Omit<KeepJob, "source" | "signal">): void {
    if (this.#source === null) return;
    this.stopKeeping();
    this.#keeping = new AbortController();
    this.#context.keeper?.keep({ ...job, source: this.#source, signal: this.#keeping.signal });
  }

  stopKeeping(): void {
    this.#keeping?.abort();
  }

  /** Lets go of it; resolves when it is closed. */
  async drop(): Promise<void> {
    const dropped = this.#source;
    this.#source = null;
    await dropped?.close().catch(() => undefined);
  }
}
