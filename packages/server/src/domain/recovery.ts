import type { Ledger } from "../ports/ledger.ts";
import type { Assembly } from "./assembly.ts";
import type { Background } from "./background.ts";

/** Uploads that are brought on at a time. */
const batch = 50;
/** Uploads that may fail to be brought on before recovery gives up; each is tried again by finalize, or the next start. */
const maxFailures = 1_000;

/**
 * Brings on the uploads that a dying process left in `assembling`: forward to a file, or back to active when the
 * bytes prove wrong. Nothing else needs recovering: every other step is one transaction.
 */
export async function recoverAssembling(ledger: Ledger, assembly: Assembly, background: Background): Promise<void> {
  const failed = new Set<string>();
  while (!background.signal.aborted && failed.size < maxFailures) {
    const found = await ledger.read((reader) => reader.uploadsInState("assembling", batch + failed.size));
    const open = found.filter(({ id }) => !failed.has(id));
    if (open.length === 0) return;
    const results = await Promise.allSettled(open.map((record) => assembly.join(record)));
    results.forEach((result, i) => {
      const id = open[i]?.id;
      if (result.status === "rejected" && id !== undefined) failed.add(id);
    });
  }
}
