import { useSyncExternalStore } from "react";

const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  addEventListener("popstate", listener);
  return () => {
    listeners.delete(listener);
    removeEventListener("popstate", listener);
  };
}

/** The path of the page's address, without a slash at its end. */
export function usePath(): string {
  return useSyncExternalStore(subscribe, () => location.pathname.replace(/(?<=.)\/$/, ""));
}

/** Goes to another page of the app without loading anew. */
export function goTo(path: string): void {
  history.pushState(null, "", path);
  for (const listener of listeners) listener();
  scrollTo(0, 0);
}
