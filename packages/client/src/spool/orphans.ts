import type { KeptRecord } from "../journal/journal.ts";
import type { SpoolCopy } from "./spool.ts";

/** Between the id of the record and what makes the copy's name its own. */
const separator = ".";

/** The name of a copy for a record; each copy has another one. */
export function spoolIdOf(recordId: string, random: string): string {
  return `${recordId}${separator}${random}`;
}

/**
 * Copies that nobody needs any more: they are older than this opening of the journal, and their record is gone, or is
 * carried here and names another source. What another tab is copying now has a record that this tab does not carry.
 * @param copies listed before `kept` was read: a record is durable before its copy begins
 */
export function findOrphans(
  copies: readonly SpoolCopy[],
  kept: readonly KeptRecord[],
  { holder, openedAt }: { readonly holder: string; readonly openedAt: number },
): SpoolCopy[] {
  const records = new Map(kept.map((each) => [each.id, each]));
  return copies.filter(({ spoolId, changedAt }) => {
    if (changedAt >= openedAt) return false;
    const owner = records.get(spoolId.slice(0, spoolId.lastIndexOf(separator)));
    if (owner === undefined) return true;
    const { origin } = owner.record;
    return owner.holder === holder && !(origin?.kind === "spool" && origin.spoolId === spoolId);
  });
}
