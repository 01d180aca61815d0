import type { Clock } from "./clock.ts";

/** What the browser believes about the network. */
export interface Network {
  readonly snapshot: NetworkSnapshot;
  subscribe(listener: () => void): () => void;
}

export interface NetworkSnapshot {
  readonly isOnline: boolean;
  /** Since when, wall time in milliseconds. */
  readonly sinceMs: number;
}

export function browserNetwork(clock: Clock): Network {
  let snapshot: NetworkSnapshot = { isOnline: navigator.onLine, sinceMs: clock.now() };
  return {
    get snapshot() {
      return snapshot;
    },
    subscribe(listener) {
      const change = () => {
        if (navigator.onLine === snapshot.isOnline) return;
        snapshot = { isOnline: navigator.onLine, sinceMs: clock.now() };
        listener();
      };
      change();
      addEventListener("online", change);
      addEventListener("offline", change);
      return () => {
        removeEventListener("online", change);
        removeEventListener("offline", change);
      };
    },
  };
}
