/** Silence of this length means that this tab may have stood still; well below the patience of the others. */
const longestGapMs = 5_000;

/**
 * Whether this tab has been running all the time. Whoever stood still long enough may have been taken for dead: what
 * it carried may be carried elsewhere now.
 */
export class Pulse {
  #monotonicMs: number;
  #wallMs: number;
  #isDoubtful = false;

  constructor(monotonicMs: number, wallMs: number) {
    this.#monotonicMs = monotonicMs;
    this.#wallMs = wallMs;
  }

  /**
   * Something runs. Some clocks stand still while a machine sleeps, others go on, so both are asked.
   * @returns whether it has to be looked who carries what before anything is sent
   */
  beat(monotonicMs: number, wallMs: number): boolean {
    if (Math.max(monotonicMs - this.#monotonicMs, wallMs - this.#wallMs) > longestGapMs) this.#isDoubtful = true;
    this.#monotonicMs = monotonicMs;
    this.#wallMs = wallMs;
    return this.#isDoubtful;
  }

  doubt(): void {
    this.#isDoubtful = true;
  }

  /** It has been looked. */
  trust(): void {
    this.#isDoubtful = false;
  }
}
