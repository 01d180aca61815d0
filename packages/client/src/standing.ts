import type { HawserError } from "@hawser/protocol";
import type { StorageStanding } from "./uploader-api.ts";

/** How well things are kept, as it changes. */
export class Standing {
  #now: StorageStanding = { isDurable: false, isPersisted: null, spoolBytes: 0, trouble: null };
  readonly #listeners = new Set<() => void>();

  get now(): StorageStanding {
    return this.#now;
  }

  change(change: Partial<StorageStanding>): void {
    const names = Object.keys(change) as (keyof StorageStanding)[];
    if (names.every((name) => this.#now[name] === change[name])) return;
    this.#now = { ...this.#now, ...change };
    for (const listener of this.#listeners) listener();
  }

  trouble(error: HawserError): void {
    this.change({ trouble: error });
  }

  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }
}
