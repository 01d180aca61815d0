import type { JournalRecord } from "./journal/journal.ts";
import { hasEnded, isTravelling, type Model } from "./state.ts";

/** How often the journal hears how far an upload is. */
const noteIntervalMs = 5_000;

/** Says when the journal should hear how far an upload is, so that a later life can show it at once. */
export class ProgressNotes {
  #notedAt = Number.NEGATIVE_INFINITY;

  /** Whether it is time: now and then, and whenever it stops travelling. `at` is monotonic, milliseconds. */
  isDue(before: Model, after: Model, at: number): boolean {
    return at - this.#notedAt >= noteIntervalMs || (isTravelling(before) && !isTravelling(after));
  }

  /** What has to be noted, or null when the record says it already. @param isSmall it is there or not, never in part */
  take(model: Model, record: JournalRecord, isSmall: boolean, at: number): Partial<JournalRecord> | null {
    const { confirmedBytes } = model;
    if (hasEnded(model) || isSmall || confirmedBytes === (record.confirmedBytes ?? 0)) return null;
    this.#notedAt = at;
    return { confirmedBytes };
  }
}
