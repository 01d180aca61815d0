import type { FileSystem } from "../adapters/disk/file-system.ts";
import type { Clock } from "../ports/clock.ts";
import type { Ledger } from "../ports/ledger.ts";

/** What a module for fault injection may export. Each thread loads it for itself. */
export interface Faults {
  readonly wrapLedger?: (ledger: Ledger) => Ledger;
  readonly wrapFileSystem?: (fileSystem: FileSystem) => FileSystem;
  /** The clock by which uploads expire. */
  readonly wrapClock?: (clock: Clock) => Clock;
}

/** @param url of the module; nothing is wrapped without one */
export async function loadFaults(url: string | undefined): Promise<Faults> {
  return url === undefined ? {} : ((await import(url)) as Faults);
}
