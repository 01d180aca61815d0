/** How often the others are asked. */
export const rollCallMs = 4_000;
/** Whoever gave no answer for so long stands still. */
const patienceMs = 10_000;

/**
 * Who has not answered for how long. Timers of hidden tabs come late, answers do not; and after a sleep of the whole
 * machine a timer may come before the answers. So silence counts only as far as it was watched: one round of the roll
 * call counts for two at most, however late it comes.
 */
export class RollCall {
  readonly #silentMs = new Map<string, number>();
  #calledAt: number;

  /** @param at monotonic milliseconds */
  constructor(at: number) {
    this.#calledAt = at;
  }

  /** It has been heard of. */
  heard(name: string): void {
    this.#silentMs.set(name, 0);
  }

  forget(name: string): void {
    this.#silentMs.delete(name);
  }

  /**
   * One round: all are going to be asked.
   * @returns those whose silence has become too long with it
   */
  call(at: number): readonly string[] {
    const watchedMs = Math.min(at - this.#calledAt, 2 * rollCallMs);
    this.#calledAt = at;
    const fallenSilent: string[] = [];
    for (const [name, silentMs] of this.#silentMs) {
      this.#silentMs.set(name, silentMs + watchedMs);
      if (silentMs < patienceMs && silentMs + watchedMs >= patienceMs) fallenSilent.push(name);
    }
    return fallenSilent;
  }
}
