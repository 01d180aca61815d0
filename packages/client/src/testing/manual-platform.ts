import type { Sha256 } from "@hawser/protocol";
import { sha256 } from "@noble/hashes/sha2.js";
import type { IncrementalSha256, Platform } from "../platform.ts";

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly fire: () => void;
}

export interface ManualPlatformOptions {
  /** Wall time at the start, milliseconds since 1970. Default: the start of 2026. */
  readonly now?: number;
  /** Default: always 0.5, so that every jittered delay is half of its ceiling. */
  readonly random?: () => number;
  /** Default: plain JavaScript, which runs everywhere. */
  readonly sha256?: Sha256;
}

/** A platform whose time moves only when a test says so, and whose ids and hashes are the same in every run. */
export class ManualPlatform implements Platform {
  readonly #random: () => number;
  readonly #sha256: Sha256;
  readonly #startedAt: number;
  #elapsedMs = 0;
  #timers: Timer[] = [];
  #timerCount = 0;
  #idCount = 0;
  #isOnline = true;
  readonly #onlineListeners = new Set<(online: boolean) => void>();
  readonly #hideListeners = new Set<() => void>();

  constructor(options: ManualPlatformOptions = {}) {
    const { now = Date.UTC(2026, 0, 1), random = () => 0.5 } = options;
    this.#sha256 = options.sha256 ?? sha256;
    this.#startedAt = now;
    this.#random = random;
  }

  now(): number {
    return this.#startedAt + this.#elapsedMs;
  }

  monotonic(): number {
    return this.#elapsedMs;
  }

  random(): number {
    return this.#random();
  }

  createId(): string {
    return (++this.#idCount).toString(16).padStart(32, "0");
  }

  async sha256(bytes: Uint8Array): Promise<Uint8Array> {
    return this.#sha256(bytes);
  }

  createSha256(): IncrementalSha256 {
    const hash = sha256.create();
    return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest() };
  }

  sleep(delayMs: number, signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    if (signal.aborted) reject(signal.reason);
    else {
      const timer = { at: this.#elapsedMs + delayMs, order: this.#timerCount++, fire: resolve };
      this.#timers.push(timer);
      const abort = () => {
        this.#timers = this.#timers.filter((other) => other !== timer);
        reject(signal.reason);
      };
      signal.addEventListener("abort", abort, { once: true });
      promise.finally(() => signal.removeEventListener("abort", abort)).catch(() => undefined);
    }
    return promise;
  }

  online(): boolean {
    return this.#isOnline;
  }

  onOnlineChange(listener: (online: boolean) => void): () => void {
    this.#onlineListeners.add(listener);
    return () => void this.#onlineListeners.delete(listener);
  }

  onHide(listener: () => void): () => void {
    this.#hideListeners.add(listener);
    return () => void this.#hideListeners.delete(listener);
  }

  /** Nobody sees the page any more. */
  hide(): void {
    for (const listener of [...this.#hideListeners]) listener();
  }

  setOnline(isOnline: boolean): void {
    if (this.#isOnline === isOnline) return;
    this.#isOnline = isOnline;
    for (const listener of [...this.#onlineListeners]) listener(isOnline);
  }

  /** Lets everything run that needs no time. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 3; turn++) await nextTurn();
  }

  /** Moves time on; what falls due meanwhile happens, in its order. */
  async advance(delayMs: number): Promise<void> {
    const until = this.#elapsedMs + delayMs;
    await this.settle();
    for (let timer = this.#nextTimer(); timer !== undefined && timer.at <= until; timer = this.#nextTimer()) {
      await this.#fire(timer);
    }
    this.#elapsedMs = until;
  }

  /**
   * Moves time on, from one thing that falls due to the next, until `isTrue`.
   * @throws Error when nothing will happen any more, or not within `limitMs`
   */
  async runUntil(isTrue: () => boolean, limitMs = 86_400_000): Promise<void> {
    const until = this.#elapsedMs + limitMs;
    for (await this.settle(); !isTrue(); ) {
      const timer = this.#nextTimer();
      if (timer === undefined || timer.at > until) throw new Error("What the test waits for does not happen.");
      await this.#fire(timer);
    }
  }

  async #fire(timer: Timer): Promise<void> {
    this.#timers = this.#timers.filter((other) => other !== timer);
    this.#elapsedMs = Math.max(this.#elapsedMs, timer.at);
    timer.fire();
    await this.settle();
  }

  #nextTimer(): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) {
      if (next === undefined || timer.at < next.at || (timer.at === next.at && timer.order < next.order)) next = timer;
    }
    return next;
  }
}

/** Promises that are ready run before the next task of the event loop. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    if (typeof setImmediate === "function") return void setImmediate(resolve);
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
