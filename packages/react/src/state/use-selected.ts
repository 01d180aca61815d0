import { useEffect, useMemo, useRef, useSyncExternalStore } from "react";
import { useProvided } from "./context.ts";
import { emptySnapshot, type UploadsSnapshot } from "./uploads-store.ts";

/**
 * A part of the snapshot. Whoever uses it renders only when that part has changed: the same object, or an array or
 * plain object with the same members, counts as unchanged.
 */
export function useSelected<T>(select: (snapshot: UploadsSnapshot) => T): T {
  const { store } = useProvided();
  const shown = useRef<{ readonly value: T }>(undefined);
  const [read, readFirst] = useMemo(() => {
    const reader = (getSnapshot: () => UploadsSnapshot) => {
      let from: UploadsSnapshot | undefined;
      let kept = shown.current;
      return () => {
        const snapshot = getSnapshot();
        if (from !== snapshot) {
          from = snapshot;
          const value = select(snapshot);
          if (kept === undefined || !isSame(kept.value, value)) kept = { value };
        }
        return (kept as { readonly value: T }).value;
      };
    };
    // The first render in a page shows what the server has rendered: nothing.
    return [reader(store.getSnapshot), reader(() => emptySnapshot)];
  }, [store, select]);
  const value = useSyncExternalStore(store.subscribe, read, readFirst);
  useEffect(() => {
    shown.current = { value };
  });
  return value;
}

function isSame(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true;
  if (!isPlain(one) || !isPlain(other)) return false;
  const keys = Object.keys(one);
  return keys.length === Object.keys(other).length && keys.every((key) => Object.is(one[key], other[key]));
}

/** Members of others (maps, dates) cannot be seen from outside. */
function isPlain(value: unknown): value is Record<string, unknown> {
  return Array.isArray(value) || (value as object | null)?.constructor === Object;
}
