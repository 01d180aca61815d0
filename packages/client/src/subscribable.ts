import type { Platform } from "./platform.ts";

/**
 * Tells listeners that something changed: at once, then at most every `intervalMs`, and always after the last change.
 * Listeners ask for the state themselves.
 */
export class Subscribable {
  readonly #platform: Pick<Platform, "sleep">;
  readonly #intervalMs: number;
  readonly #signal: AbortSignal;
  readonly #listeners = new Set<() => void>();
  #isResting = false;
  #isDirty = false;

  /** @param signal ends the throttle: what is left to tell is told then */
  constructor(platform: Pick<Platform, "sleep">, signal: AbortSignal, intervalMs = 100) {
    this.#platform = platform;
    this.#signal = signal;
    this.#intervalMs = intervalMs;
  }

  subscribe(listener: () => void): () => void {
    // Its own function, so that the same listener may subscribe twice.
    const entry = () => listener();
    this.#listeners.add(entry);
    return () => void this.#listeners.delete(entry);
  }

  changed(): void {
    if (this.#listeners.size === 0) return;
    this.#isDirty = true;
    if (this.#isResting) return;
    this.#isResting = true;
    queueMicrotask(() => this.#tell());
  }

  #tell(): void {
    this.#isDirty = false;
    for (const listener of [...this.#listeners]) listener();
    void this.#platform
      .sleep(this.#intervalMs, this.#signal)
      .catch(() => undefined)
      .then(() => {
        this.#isResting = false;
        if (this.#isDirty) this.changed();
      });
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
  const abort = () => wake.resolve();
  signal.addEventListener("abort", abort);
  try {
    for (let told: T | undefined; !signal.aborted; ) {
      const value = read();
      if (value !== told) {
        told = value;
        yield value;
        if (isLast(value)) return;
      }
      await wake.promise;
      wake = Promise.withResolvers();
    }
  } finally {
    stop();
    signal.removeEventListener("abort", abort);
  }
}

/** All that watch one thing, each at its own pace. Who watches costs; who does not, costs nothing. */
export class Watchers {
  readonly #platform: Pick<Platform, "sleep">;
  readonly #signal: AbortSignal;
  #watchers: Subscribable[] = [];

  /** @param signal ends all watching */
  constructor(platform: Pick<Platform, "sleep">, signal: AbortSignal) {
    this.#platform = platform;
    this.#signal = signal;
  }

  changed(): void {
    for (const watcher of this.#watchers) watcher.changed();
  }

  watch(listener: () => void, intervalMs?: number): () => void {
    const watcher = new Subscribable(this.#platform, this.#signal, intervalMs);
    watcher.subscribe(listener);
    this.#watchers = [...this.#watchers, watcher];
    return () => {
      this.#watchers = this.#watchers.filter((other) => other !== watcher);
    };
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
