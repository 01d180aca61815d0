/** Who waits for the server to answer again. */
interface Waiting {
  goOn(): void;
}

/**
 * Whether the server answers at all, as far as all uploads know together. While nothing comes back from it, that is no
 * upload's own trouble: it spends no attempt, one upload at a time finds out whether it is over, nobody else sets out,
 * and the first answer lets all go on.
 */
export class Line {
  #answers = 0;
  #silentSince: number | null = null;
  readonly #waiting = new Set<Waiting>();

  /** Answers so far, of whatever kind. */
  get answers(): number {
    return this.#answers;
  }

  /** Something came back. @returns whether that ends a silence, so that the queue moves again */
  answered(): boolean {
    const wasSilent = this.#silentSince !== null;
    this.#answers++;
    this.#silentSince = null;
    for (const each of this.#waiting) each.goOn();
    return wasSilent;
  }

  /**
   * For a request, or a row of them, that failed and began when there were `answers`.
   * @returns how long the server has been silent, milliseconds; null when it has answered somebody since
   */
  silentMs(answers: number, now: number): number | null {
    if (answers !== this.#answers) return null;
    this.#silentSince ??= now;
    return now - this.#silentSince;
  }

  /** Is called at the first answer, until it leaves. */
  wait(waiting: Waiting): void {
    this.#waiting.add(waiting);
  }

  leave(waiting: Waiting): void {
    this.#waiting.delete(waiting);
  }

  /** Somebody believes that it is over: those whose turn it is set out, and find out. */
  hope(): void {
    this.#silentSince = null;
  }

  /** Whether one more may set out while `travelling` are on their way: in silence one alone, once its time has come. */
  admits(travelling: number): boolean {
    return this.#silentSince === null || travelling + this.#waiting.size === 0;
  }
}
