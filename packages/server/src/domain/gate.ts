import { HawserError } from "@hawser/protocol";

/** Lets `lanes` works run at a time and the others wait in the order in which they came. */
export type Gate = <T>(work: () => Promise<T>) => Promise<T>;

/**
 * @param maxWaiting works that may wait; one more is refused with `unavailable`
 * @param signal when it is aborted, those who wait are refused with `unavailable`
 */
export function createGate(lanes: number, maxWaiting: number, signal: AbortSignal): Gate {
  const waiting: { enter(): void; refuse(): void }[] = [];
  let running = 0;
  const refusal = () => new HawserError("unavailable", { retryAfterSeconds: 5 });
  signal.addEventListener("abort", () => {
    for (const { refuse } of waiting.splice(0)) refuse();
  });

  function enter(): Promise<void> {
    if (signal.aborted || waiting.length >= maxWaiting) return Promise.reject(refusal());
    if (running < lanes) {
      running++;
      return Promise.resolve();
    }
    // Whoever leaves hands its lane on, so `running` stays as it is.
    return new Promise((resolve, reject) => {
      waiting.push({ enter: resolve, refuse: () => reject(refusal()) });
    });
  }

  return async (work) => {
    await enter();
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running--;
      else next.enter();
    }
  };
}
