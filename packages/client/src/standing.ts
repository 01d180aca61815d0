import type { HawserError } from "@hawser/protocol";
import { nothingKept } from "./source/keeper.ts";
import type { StorageStanding } from "./uploader-api.ts";

/** How well things are kept, as it changes. */
export class Standing {
  readonly #onChange: (now: StorageStanding) => void;
  #now = nothingKept;

  constructor(onChange: (now: StorageStanding) => void) {
    this.#onChange = onChange;
  }

  change(change: Partial<StorageStanding>): void {
    const names = Object.keys(change) as (keyof StorageStanding)[];
    if (names.every((name) => this.#now[name] === change[name])) return;
    this.#now = { ...this.#now, ...change };
    this.#onChange(this.#now);
  }

  trouble(error: HawserError): void {
    this.change({ trouble: error });
  }
}
