import type { Clock } from "../ports/clock.ts";

/** How long peers may keep the server waiting. */
export interface PeerLimits {
  /** Longest wait for the next bytes of a body, milliseconds. */
  readonly idleTimeoutMs: number;
  /** Least bytes a second, averaged over {@link rateWindowMs} of waiting; above 0. */
  readonly minBytesPerSecond: number;
}

/** Waiting time over which a body's rate is averaged. Time that the server itself takes does not count. */
const rateWindowMs = 60_000;
/** How often all waits are looked at. */
const watchIntervalMs = 1_000;

/** Something that waits for a peer. `giveUp` is called at most once, when the peer proved too slow. */
export interface PeerWait {
  isTooSlow(): boolean;
  giveUp(): void;
}

/** Waiting for a body: never idle for too long, and never below the least rate. */
export class BodyWait implements PeerWait {
  readonly giveUp: () => void;
  readonly #clock: Clock;
  readonly #limits: PeerLimits;
  #since: number | null = null;
  /** All waiting up to `#since`; what of it was judged already; bytes since then. */
  #waitedMs = 0;
  #judgedMs = 0;
  #unjudgedBytes = 0;

  constructor(clock: Clock, limits: PeerLimits, giveUp: () => void) {
    this.#clock = clock;
    this.#limits = limits;
    this.giveUp = giveUp;
  }

  begin(): void {
    this.#since = this.#clock.monotonic();
  }

  end(): void {
    this.#waitedMs += this.#waitingMs();
    this.#since = null;
  }

  count(sizeBytes: number): void {
    this.#unjudgedBytes += sizeBytes;
  }

  isTooSlow(): boolean {
    const waitingMs = this.#waitingMs();
    if (this.#since !== null && waitingMs >= this.#limits.idleTimeoutMs) return true;
    const totalMs = this.#waitedMs + waitingMs;
    const windowMs = totalMs - this.#judgedMs;
    if (windowMs < rateWindowMs) return false;
    const tooSlow = this.#unjudgedBytes < (this.#limits.minBytesPerSecond * windowMs) / 1000;
    this.#judgedMs = totalMs;
    this.#unjudgedBytes = 0;
    return tooSlow;
  }

  #waitingMs(): number {
    return this.#since === null ? 0 : this.#clock.monotonic() - this.#since;
  }
}

/** Waiting for a peer to take `sizeBytes`: as long as they need at the least rate, and the idle time on top. */
export class WriteWait implements PeerWait {
  readonly giveUp: () => void;
  readonly #clock: Clock;
  readonly #until: number;

  constructor(clock: Clock, limits: PeerLimits, sizeBytes: number, giveUp: () => void) {
    this.#clock = clock;
    this.#until = clock.monotonic() + limits.idleTimeoutMs + (sizeBytes / limits.minBytesPerSecond) * 1000;
    this.giveUp = giveUp;
  }

  isTooSlow(): boolean {
    return this.#clock.monotonic() >= this.#until;
  }
}

/** Looks at all waits with one timer, so that a wait costs next to nothing. */
export class PeerWatch {
  readonly #clock: Clock;
  readonly #limits: PeerLimits;
  readonly #waits = new Set<PeerWait>();

  constructor(clock: Clock, limits: PeerLimits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  body(giveUp: () => void): BodyWait {
    const wait = new BodyWait(this.#clock, this.#limits, giveUp);
    this.#waits.add(wait);
    return wait;
  }

  write(sizeBytes: number, giveUp: () => void): WriteWait {
    const wait = new WriteWait(this.#clock, this.#limits, sizeBytes, giveUp);
    this.#waits.add(wait);
    return wait;
  }

  done(wait: PeerWait): void {
    this.#waits.delete(wait);
  }

  check(): void {
    for (const wait of this.#waits) {
      if (!wait.isTooSlow()) continue;
      this.#waits.delete(wait);
      wait.giveUp();
    }
  }

  /** Checks again and again until `signal` is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#clock.sleep(watchIntervalMs, signal).catch(() => undefined);
      this.check();
    }
  }
}
