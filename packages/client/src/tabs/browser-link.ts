import type { PageEvent, TabLink, TabLock } from "./tab-link.ts";

/** What is used of the page or worker, so that nothing else of the DOM is needed. */
interface BrowserScope {
  readonly navigator: { readonly locks?: LockManager };
  readonly document?: PageEvents & { readonly visibilityState: string };
  addEventListener?: PageEvents["addEventListener"];
}

interface PageEvents {
  addEventListener(
    type: string,
    listener: (event: { readonly persisted?: boolean }) => void,
    options: { readonly signal: AbortSignal },
  ): void;
}

interface LockManager {
  request(name: string, options: LockOptions, granted: (lock: object | null) => Promise<void>): Promise<void>;
  query(): Promise<{ readonly held?: readonly { readonly name?: string }[] }>;
}

interface LockOptions {
  readonly signal?: AbortSignal;
  readonly steal?: boolean;
  readonly ifAvailable?: boolean;
}

/**
 * The locks and channels of this browser; null where there are no locks: in pages that came over plain HTTP from
 * another machine.
 */
export function browserLink(scope: BrowserScope = globalThis as unknown as BrowserScope): TabLink | null {
  const { locks } = scope.navigator;
  if (locks === undefined) return null;
  return {
    // A lock that is stolen takes no signal.
    hold: async (name, signal, steal = false) =>
      (await request(locks, name, steal ? { steal } : { signal })) as TabLock,
    holdIfFree: (name) => request(locks, name, { ifAvailable: true }),
    held: async () => ((await locks.query()).held ?? []).map(({ name = "" }) => name),
    open: (name, onMessage) => {
      const channel = new BroadcastChannel(name);
      channel.onmessage = ({ data }) => onMessage(data);
      return {
        post: (message) => channel.postMessage(message),
        close: () => channel.close(),
      };
    },
    onPage: (listener) => onPage(scope, listener),
  };
}

function request(locks: LockManager, name: string, options: LockOptions): Promise<TabLock | null> {
  return new Promise((resolve, reject) => {
    const held = Promise.withResolvers<void>();
    const lost = Promise.withResolvers<void>();
    const granted = (lock: object | null) => {
      if (lock === null) resolve(null);
      else resolve({ lost: lost.promise, release: held.resolve });
      return lock === null ? Promise.resolve() : held.promise;
    };
    // Once it is held, it rejects only when somebody steals it.
    locks.request(name, options, granted).catch((reason) => {
      lost.resolve();
      reject(reason);
    });
  });
}

function onPage(scope: BrowserScope, listener: (event: PageEvent) => void): () => void {
  const stop = new AbortController();
  const { document } = scope;
  scope.addEventListener?.("pagehide", () => listener("away"), stop);
  scope.addEventListener?.("pageshow", ({ persisted }) => persisted && listener("back"), stop);
  document?.addEventListener("resume", () => listener("woken"), stop);
  document?.addEventListener(
    "visibilitychange",
    () => document.visibilityState === "visible" && listener("woken"),
    stop,
  );
  return () => stop.abort();
}
