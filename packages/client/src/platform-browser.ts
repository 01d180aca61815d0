import { toHex } from "@hawser/protocol";
import { abortable } from "./abortable.ts";
import { createLazySha256 } from "./lazy-sha256.ts";
import type { Platform } from "./platform.ts";

/** What is used of the window or worker, so that nothing else of the DOM is needed. */
interface BrowserScope {
  readonly navigator: { readonly onLine?: boolean };
  readonly document?: { readonly visibilityState: string };
  addEventListener(
    type: "online" | "offline" | "pagehide" | "visibilitychange",
    listener: () => void,
    options: { readonly signal: AbortSignal },
  ): void;
}

const scope = globalThis as unknown as BrowserScope;

/** A browser's window or worker. */
export const browserPlatform: Platform = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (delayMs, signal) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, delayMs);
    return abortable(promise, signal).finally(() => clearTimeout(timer));
  },
  random: () => Math.random(),
  createId: () => toHex(crypto.getRandomValues(new Uint8Array(16))),
  sha256: async (bytes) => {
    // Pages that came over plain HTTP from another machine have no `crypto.subtle`.
    if (crypto.subtle === undefined) return digestWithoutSubtle(bytes);
    return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>));
  },
  createSha256: createLazySha256,
  online: () => scope.navigator.onLine !== false,
  onOnlineChange: (listener) => {
    const stop = new AbortController();
    for (const type of ["online", "offline"] as const) {
      scope.addEventListener(type, () => listener(type === "online"), stop);
    }
    return () => stop.abort();
  },
  onHide: (listener) => {
    const stop = new AbortController();
    scope.addEventListener("pagehide", listener, stop);
    // Nothing else is told where a system ends pages that nobody sees. It bubbles up to the window.
    scope.addEventListener("visibilitychange", () => scope.document?.visibilityState === "hidden" && listener(), stop);
    return () => stop.abort();
  },
};

async function digestWithoutSubtle(bytes: Uint8Array): Promise<Uint8Array> {
  const hash = createLazySha256();
  await hash.update(bytes);
  return hash.digest();
}
