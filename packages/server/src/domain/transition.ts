import { HawserError, transitions } from "@hawser/protocol";
import type { EventKind } from "../ports/event-bus.ts";
import type { LedgerTransaction, UploadPatch, UploadRecord } from "../ports/ledger.ts";

/** A change to an upload with the event that tells of it. */
export interface Change {
  readonly kind: EventKind;
  readonly at: number;
  readonly patch: UploadPatch;
  readonly data?: Record<string, unknown>;
}

/**
 * Makes one change by compare-and-set and writes its event beside it. This is the only place where a state
 * changes, so an impossible move cannot be made.
 * @throws HawserError `state_conflict` when somebody else was first
 */
export async function applyChange(tx: LedgerTransaction, record: UploadRecord, change: Change): Promise<UploadRecord> {
  const { kind, at, patch, data = {} } = change;
  if (patch.state !== undefined && !transitions[record.state].includes(patch.state)) {
    throw new HawserError("internal", { detail: `An upload cannot go from ${record.state} to ${patch.state}.` });
  }
  if (!(await tx.updateUpload(record.key, record.state, patch))) {
    throw new HawserError("state_conflict", { state: record.state });
  }
  await tx.insertEvent(record, kind, at, data);
  return { ...record, ...patch };
}
