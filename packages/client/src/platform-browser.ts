import { createLazySha256 } from "./lazy-sha256.ts";
import type { Platform } from "./platform.ts";

/** What is used of the window or worker, so that nothing else of the DOM is needed. */
interface BrowserScope {
  readonly navigator: { readonly onLine?: boolean };
  addEventListener(type: "online" | "offline", listener: () => void): void;
  removeEventListener(type: "online" | "offline", listener: () => void): void;
}

const scope = globalThis as unknown as BrowserScope;

/** A browser's window or worker. */
export const browserPlatform: Platform = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (delayMs, signal) => {
    if (signal.aborted) return Promise.reject(signal.reason);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const abort = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", abort);
      resolve();
    }, delayMs);
    signal.addEventListener("abort", abort, { once: true });
    return promise;
  },
  random: () => Math.random(),
  createId: () => Array.from(crypto.getRandomValues(new Uint8Array(16)), toHexPair).join(""),
  sha256: async (bytes) => {
    // Pages that came over plain HTTP from another machine have no `crypto.subtle`.
    if (crypto.subtle === undefined) return digestWithoutSubtle(bytes);
    return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>));
  },
  createSha256: createLazySha256,
  online: () => scope.navigator.onLine !== false,
  onOnlineChange: (listener) => {
    const goOnline = () => listener(true);
    const goOffline = () => listener(false);
    scope.addEventListener("online", goOnline);
    scope.addEventListener("offline", goOffline);
    return () => {
      scope.removeEventListener("online", goOnline);
      scope.removeEventListener("offline", goOffline);
    };
  },
};

function toHexPair(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}

async function digestWithoutSubtle(bytes: Uint8Array): Promise<Uint8Array> {
  const hash = createLazySha256();
  await hash.update(bytes);
  return hash.digest();
}
