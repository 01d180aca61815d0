import type { Journal } from "../journal/journal.ts";
import type { Platform } from "../platform.ts";
import type { PageEvent, TabLink, TabLock } from "../tabs/tab-link.ts";
import type { Transport } from "../transport/transport.ts";

interface Claim {
  readonly tab: WorldTab;
  readonly granted: (lock: TabLock) => void;
}

interface Held {
  readonly tab: WorldTab;
  readonly lost: () => void;
}

/** The tabs of a browser in memory: locks, channels, and pages that may freeze, be put away or die at any moment. */
export class TabWorld {
  readonly #platform: Platform;
  readonly #held = new Map<string, Held>();
  readonly #waiting = new Map<string, Claim[]>();
  readonly channels = new Set<{ readonly tab: WorldTab; readonly name: string; hear(message: unknown): void }>();

  /** @param platform its clock is every tab's */
  constructor(platform: Platform) {
    this.#platform = platform;
  }

  openTab(): WorldTab {
    return new WorldTab(this, this.#platform);
  }

  /** Names of the locks that are held. */
  get locks(): readonly string[] {
    return [...this.#held.keys()];
  }

  request(name: string, claim: Claim, steal: boolean): void {
    if (steal) {
      this.#held.get(name)?.lost();
      this.#grant(name, claim);
    } else if (this.#held.has(name)) {
      this.#waiting.set(name, [...(this.#waiting.get(name) ?? []), claim]);
    } else this.#grant(name, claim);
  }

  withdraw(claim: Claim): void {
    for (const [name, claims] of this.#waiting) {
      this.#waiting.set(
        name,
        claims.filter((other) => other !== claim),
      );
    }
  }

  /** All locks of a page that is no more. */
  end(tab: WorldTab): void {
    for (const [name, claims] of this.#waiting) {
      this.#waiting.set(
        name,
        claims.filter((claim) => claim.tab !== tab),
      );
    }
    for (const [name, held] of [...this.#held]) if (held.tab === tab) this.#release(name, held);
    for (const channel of this.channels) if (channel.tab === tab) this.channels.delete(channel);
  }

  #grant(name: string, { tab, granted }: Claim): void {
    const lost = Promise.withResolvers<void>();
    const held = { tab, lost: lost.resolve };
    this.#held.set(name, held);
    granted({ lost: tab.pass(lost.promise), release: () => this.#release(name, held) });
  }

  #release(name: string, held: Held): void {
    if (this.#held.get(name) !== held) return;
    this.#held.delete(name);
    const [next, ...others] = this.#waiting.get(name) ?? [];
    this.#waiting.set(name, others);
    if (next !== undefined) this.#grant(name, next);
  }
}

/** One page. While it is frozen nothing reaches its program; once it is killed, nothing ever does. */
export class WorldTab {
  readonly #world: TabWorld;
  readonly #dead = new AbortController();
  readonly link: TabLink;
  readonly platform: Platform;
  /** Nothing that other tabs say reaches it. */
  isDeaf = false;
  #thawing: (() => void)[] | null = null;
  #inbox: Promise<void> = Promise.resolve();
  readonly #listeners = new Set<(event: PageEvent) => void>();

  constructor(world: TabWorld, platform: Platform) {
    this.#world = world;
    this.platform = {
      now: () => platform.now(),
      monotonic: () => platform.monotonic(),
      sleep: (delayMs, signal) => this.pass(platform.sleep(delayMs, AbortSignal.any([signal, this.#dead.signal]))),
      random: () => platform.random(),
      createId: () => platform.createId(),
      sha256: (bytes) => this.pass(platform.sha256(bytes)),
      createSha256: () => platform.createSha256(),
      online: () => platform.online(),
      onOnlineChange: (listener) => platform.onOnlineChange((online) => this.isAwake && listener(online)),
    };
    this.link = {
      hold: (name, signal, steal = false) => this.#hold(name, signal, steal),
      holdIfFree: async (name) => (world.locks.includes(name) ? null : this.#hold(name, this.#dead.signal, false)),
      held: () => this.pass(Promise.resolve(world.locks)),
      open: (name, onMessage) => this.#open(name, onMessage),
      onPage: (listener) => {
        this.#listeners.add(listener);
        return () => void this.#listeners.delete(listener);
      },
    };
  }

  get isAwake(): boolean {
    return this.#thawing === null && !this.#dead.signal.aborted;
  }

  /** What the promise becomes, once this page runs. */
  async pass<T>(promise: Promise<T>): Promise<T> {
    const settled = await promise.then(
      (value) => () => value,
      (reason) => () => {
        throw reason;
      },
    );
    while (!this.isAwake) await new Promise<void>((resolve) => this.#thawing?.push(resolve));
    return settled();
  }

  transport({ send }: Transport): Transport {
    return {
      send: ({ onSent, ...request }, signal) =>
        this.pass(
          send(
            { ...request, ...(onSent && { onSent: (bytes) => this.isAwake && onSent(bytes) }) },
            AbortSignal.any([signal, this.#dead.signal]),
          ),
        ),
    };
  }

  /** @param delayMs how long everything takes, before and after it is done */
  journal(journal: Journal, delayMs = 2): Journal {
    const { shared } = journal;
    const rest = () => this.platform.sleep(delayMs, this.#dead.signal);
    const slow = async <T>(work: () => Promise<T>): Promise<T> => {
      await rest();
      const done = await work();
      await rest();
      return done;
    };
    return {
      load: () => slow(() => journal.load()),
      put: (record) => slow(() => journal.put(record)),
      remove: (id) => slow(() => journal.remove(id)),
      close: () => slow(() => journal.close()),
      ...(shared && {
        shared: {
          ...shared,
          peek: () => slow(() => shared.peek()),
          claim: (seen) => slow(() => shared.claim(seen)),
        },
      }),
    };
  }

  /** Nothing runs any more; locks stay held, and what was under way goes on without it. */
  freeze(): void {
    this.#thawing ??= [];
  }

  /** All that has come meanwhile reaches it now, in an order of its own. */
  thaw(): void {
    const waiting = this.#thawing ?? [];
    this.#thawing = null;
    while (waiting.length > 0) {
      const [next] = waiting.splice(Math.floor(this.platform.random() * waiting.length), 1);
      next?.();
    }
  }

  /** The process ends without a word. */
  kill(): void {
    this.#dead.abort();
    this.#world.end(this);
  }

  /** The page is left, and kept to be shown again; the browser takes its locks. */
  putAway(): void {
    this.#tell("away");
    this.#world.end(this);
    this.freeze();
  }

  bringBack(): void {
    this.thaw();
    this.#tell("back");
  }

  #tell(event: PageEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  #hold(name: string, signal: AbortSignal, steal: boolean): Promise<TabLock> {
    const { promise, resolve, reject } = Promise.withResolvers<TabLock>();
    const claim = { tab: this, granted: resolve };
    if (signal.aborted) reject(signal.reason);
    else {
      signal.addEventListener("abort", () => {
        this.#world.withdraw(claim);
        reject(signal.reason);
      });
      this.#world.request(name, claim, steal);
    }
    return this.pass(promise);
  }

  #open(name: string, onMessage: (message: unknown) => void): ReturnType<TabLink["open"]> {
    const { channels } = this.#world;
    const channel = {
      tab: this,
      name,
      hear: (message: unknown) => {
        if (this.isDeaf) return;
        this.#inbox = this.#inbox
          .then(() => this.pass(Promise.resolve()))
          .then(() => {
            if (channels.has(channel)) onMessage(message);
          });
      },
    };
    channels.add(channel);
    return {
      post: (message) => {
        for (const other of channels) {
          if (other !== channel && other.name === name) other.hear(structuredClone(message));
        }
      },
      close: () => void channels.delete(channel),
    };
  }
}
