import type { Clock } from "../../ports/clock.ts";

/** A connection as far as its life is concerned. */
export interface Line {
  /** Resolves when it is over and nothing is done for it any more. */
  readonly closed: Promise<void>;
  /** Does what is due by now: a heartbeat, or the end. */
  check(at: number): void;
  /** Ends it in peace. */
  end(): void;
  /** Ends it now. */
  cut(): void;
}

const checkIntervalMs = 1_000;
/** Time for connections to end in peace. */
const farewellMs = 1_000;

/** Looks after all connections with one timer, while there are any. */
export class Lifeline {
  readonly #clock: Clock;
  readonly #onCheck: () => void;
  readonly #lines = new Set<Line>();
  readonly #stop = new AbortController();
  #running: Promise<void> | null = null;

  /** @param onCheck called each time, before the connections are looked at */
  constructor(clock: Clock, onCheck: () => void) {
    this.#clock = clock;
    this.#onCheck = onCheck;
  }

  add(line: Line): void {
    this.#lines.add(line);
    void line.closed.then(() => this.#lines.delete(line));
    this.#running ??= this.#run();
  }

  /** Tells all that it ends. */
  end(): void {
    for (const line of this.#lines) line.end();
  }

  /** Waits a moment for the connections to end, then cuts what is left. */
  async close(): Promise<void> {
    const timer = new AbortController();
    const lines = [...this.#lines];
    const allClosed = Promise.all(lines.map(({ closed }) => closed));
    await Promise.race([allClosed, this.#clock.sleep(farewellMs, timer.signal).catch(() => undefined)]);
    timer.abort();
    for (const line of lines) line.cut();
    await allClosed;
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted && this.#lines.size > 0) {
      await this.#clock.sleep(checkIntervalMs, signal).catch(() => undefined);
      this.#onCheck();
      const now = this.#clock.monotonic();
      for (const line of this.#lines) line.check(now);
    }
    this.#running = null;
  }
}
