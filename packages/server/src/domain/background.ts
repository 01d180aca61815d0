/** Work that goes on after the request that started it was answered: who owns it, and how it ends. */
export interface Background {
  /** Aborted by `close`. */
  readonly signal: AbortSignal;
  /**
   * Takes `work` over. Its failure is not told to anybody: only such work belongs here whose durable state says
   * that it is still to be done, so that the sweep, a repeated request or the next start does it again.
   */
  own(work: Promise<unknown>): void;
  /** Aborts what runs and waits until it has ended. */
  close(): Promise<void>;
}

export function createBackground(): Background {
  const controller = new AbortController();
  const works = new Set<Promise<void>>();
  return {
    signal: controller.signal,
    own(work) {
      const owned: Promise<void> = work.then(
        () => {
          works.delete(owned);
        },
        () => {
          works.delete(owned);
        },
      );
      works.add(owned);
    },
    async close() {
      controller.abort();
      while (works.size > 0) await Promise.all(works);
    },
  };
}
