import type { Clock } from "../../src/ports/clock.ts";

export interface ManualClock extends Clock {
  /** Lets time pass: both clocks go on, and who slept long enough wakes, in order. */
  advance(durationMs: number): void;
  /** Sets the wall clock by so much, forward or back; no time passes. */
  jump(offsetMs: number): void;
  /** How many sleep. */
  readonly sleepers: number;
}

interface Sleeper {
  readonly wakesAt: number;
  wake(): void;
}

/** A clock that stands still until the test lets time pass. */
export function createManualClock(startMs = Date.UTC(2026, 0, 1)): ManualClock {
  const sleepers = new Set<Sleeper>();
  let wall = startMs;
  let passed = 0;
  return {
    now: () => wall,
    monotonic: () => passed,
    sleep(delayMs, signal) {
      return new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const abort = () => {
          sleepers.delete(sleeper);
          reject(signal?.reason);
        };
        const sleeper = {
          wakesAt: passed + delayMs,
          wake: () => {
            sleepers.delete(sleeper);
            signal?.removeEventListener("abort", abort);
            resolve();
          },
        };
        signal?.addEventListener("abort", abort, { once: true });
        sleepers.add(sleeper);
      });
    },
    advance(durationMs) {
      wall += durationMs;
      passed += durationMs;
      const due = [...sleepers].filter(({ wakesAt }) => wakesAt <= passed);
      for (const sleeper of due.sort((a, b) => a.wakesAt - b.wakesAt)) sleeper.wake();
    },
    jump(offsetMs) {
      wall += offsetMs;
    },
    get sleepers() {
      return sleepers.size;
    },
  };
}
