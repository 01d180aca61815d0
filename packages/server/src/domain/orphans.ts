import { isUploadId } from "@hawser/protocol";
import type { ByteKeeper } from "../ports/byte-keeper.ts";
import type { Clock } from "../ports/clock.ts";
import type { Ledger, UploadRecord } from "../ports/ledger.ts";
import { hasEnded } from "./standing.ts";

/** Suspicious ids that are remembered from round to round; the others have to wait until these are gone. */
const maxMarks = 10_000;

export interface OrphanSearch {
  /** Looks at the next ids of the blob store; returns how many orphans it removed, and how many it failed to. */
  round(): Promise<{ removed: number; failures: number }>;
}

/**
 * Finds bytes that no upload owns: the row is gone, or it says that there are none. An id is only taken for an orphan
 * when two rounds, at least `graceMs` of monotonic time apart, both found it so.
 * @param batch ids that one round looks at; the next one goes on where it ended
 */
export function createOrphanSearch(
  { ledger, bytes, clock }: { readonly ledger: Ledger; readonly bytes: ByteKeeper; readonly clock: Clock },
  { graceMs, batch }: { readonly graceMs: number; readonly batch: number },
): OrphanSearch {
  const firstSeen = new Map<string, number>();
  let after = "";

  function nextIds(stored: readonly string[]): string[] {
    const sorted = stored.filter(isUploadId).sort();
    const ahead = sorted.filter((id) => id > after);
    const ids = (ahead.length > 0 ? ahead : sorted).slice(0, batch);
    after = ids.at(-1) ?? "";
    return ids;
  }

  /** Those of `ids` that were suspicious for long enough. */
  async function findRipe(ids: readonly string[]): Promise<string[]> {
    const at = clock.monotonic();
    const suspicious = await ledger.read(async (reader) => {
      const found: string[] = [];
      for (const id of ids) if (isOrphan(await reader.anyUpload(id))) found.push(id);
      return new Set(found);
    });
    return ids.filter((id) => {
      const seenAt = firstSeen.get(id);
      if (!suspicious.has(id)) firstSeen.delete(id);
      else if (seenAt === undefined && firstSeen.size < maxMarks) firstSeen.set(id, at);
      return suspicious.has(id) && seenAt !== undefined && at - seenAt >= graceMs;
    });
  }

  return {
    async round() {
      const stored = await bytes.storedIds();
      const present = new Set(stored);
      for (const id of firstSeen.keys()) if (!present.has(id)) firstSeen.delete(id);
      const ripe = await findRipe(nextIds(stored));
      const results = await Promise.allSettled(ripe.map((id) => bytes.discard(id)));
      const failures = results.filter(({ status }) => status === "rejected").length;
      return { removed: ripe.length - failures, failures };
    },
  };
}

/** An upload that is on its way may have bytes of which its row does not speak yet; one that ended may not. */
function isOrphan(record: UploadRecord | undefined): boolean {
  if (record === undefined) return true;
  return record.bytesIn === "none" && (hasEnded(record) || record.state === "completed");
}
