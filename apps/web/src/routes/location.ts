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

/** A part of the address after `?`; null where it is not there. */
export function useQuery(name: string): string | null {
  return useSyncExternalStore(subscribe, () => new URLSearchParams(location.search).get(name));
}

/** Shows something within the page under an address of its own, so that going back hides it again. */
export function openQuery(name: string, value: string): void {
  const query = new URLSearchParams(location.search);
  query.set(name, value);
  history.pushState({ opened: name }, "", `?${query}`);
  for (const listener of listeners) listener();
}

/** Hides it again: back to where it was opened, or the same address without it when it was opened from outside. */
export function closeQuery(name: string): void {
  if ((history.state as { opened?: string } | null)?.opened === name) {
    history.back();
    return;
  }
  const query = new URLSearchParams(location.search);
  query.delete(name);
  const rest = query.toString();
  history.replaceState(null, "", rest === "" ? location.pathname : `?${rest}`);
  for (const listener of listeners) listener();
}
