import { setTimeout as sleep } from "node:timers/promises";
import type { Timing } from "./remote/backoff.ts";

/** The system's own time and chance. */
export const nodeTiming: Timing = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  random: Math.random,
  sleep: async (delayMs, signal) => {
    await sleep(delayMs, undefined, { signal }).catch((error: unknown) => {
      signal.throwIfAborted();
      throw error;
    });
  },
};
