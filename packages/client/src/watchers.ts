import { abortable } from "./abortable.ts";
import type { Platform } from "./platform.ts";

/**
 * All that watch one thing. Each is told that something changed at its own pace: at once, then at most every
 * `intervalMs`, and always after the last change. Who watches costs; who does not, costs nothing.
 */
export class Watchers {
  readonly #platform: Pick<Platform, "sleep">;
  readonly #signal: AbortSignal;
  readonly #watchers = new Set<() => void>();

  /** @param signal ends the throttle: what is left to tell is told then */
  constructor(platform: Pick<Platform, "sleep">, signal: AbortSignal) {
    this.#platform = platform;
    this.#signal = signal;
  }

  changed(): void {
    for (const changed of this.#watchers) changed();
  }

  /** Listeners ask for the state themselves. */
  watch(listener: () => void, intervalMs = 100): () => void {
    let isResting = false;
    let isDirty = false;
    const tell = async () => {
      isDirty = false;
      if (this.#watchers.has(changed)) listener();
      await this.#platform.sleep(intervalMs, this.#signal).catch(() => undefined);
      isResting = false;
      if (isDirty) changed();
    };
    const changed = () => {
      isDirty = true;
      if (isResting) return;
      isResting = true;
      queueMicrotask(() => void tell());
    };
    this.#watchers.add(changed);
    return () => void this.#watchers.delete(changed);
  }

  values<T>(
    read: () => T,
    isLast: (value: T) => boolean,
    { minIntervalMs, signal }: { minIntervalMs?: number; signal?: AbortSignal },
  ): AsyncIterable<T> {
    const ends = signal === undefined ? this.#signal : AbortSignal.any([this.#signal, signal]);
    return valuesOf(read, isLast, (listener) => this.watch(listener, minIntervalMs), ends);
  }
}

/**
 * Each new value of `read`, at most one every `intervalMs`, until one is `isLast`. What changes in between is passed
 * over; the last one never is.
 */
async function* valuesOf<T>(
  read: () => T,
  isLast: (value: T) => boolean,
  onChange: (listener: () => void) => () => void,
  signal: AbortSignal,
): AsyncGenerator<T, void, undefined> {
  let wake = Promise.withResolvers<void>();
  const stop = onChange(() => wake.resolve());
  try {
    for (let told: T | undefined; !signal.aborted; ) {
      const value = read();
      if (value !== told) {
        told = value;
        yield value;
        if (isLast(value)) return;
      }
      await abortable(wake.promise, signal).catch(() => undefined);
      wake = Promise.withResolvers();
    }
  } finally {
    stop();
  }
}
