import { useCallback, useSyncExternalStore } from "react";

/** Wall time for what a person reads. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls `listener` about once a second until the returned function is called. */
  onSecond(listener: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  onSecond(listener) {
    const timer = setInterval(listener, 1_000);
    return () => clearInterval(timer);
  },
};

/** The time in whole seconds (as milliseconds), renewed once a second while `isTicking`. */
export function useNow(clock: Clock, isTicking: boolean): number {
  const subscribe = useCallback(
    (listener: () => void) => (isTicking ? clock.onSecond(listener) : () => undefined),
    [clock, isTicking],
  );
  return useSyncExternalStore(subscribe, () => (isTicking ? Math.floor(clock.now() / 1_000) * 1_000 : 0));
}
