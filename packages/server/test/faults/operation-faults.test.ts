import type { ErrorCode } from "@hawser/protocol";
import { describe, expect, test } from "vitest";
import type { FaultPlan } from "../simulation/fault-file-system.ts";
import { noFault } from "../support/disk.ts";
import { liveThrough } from "./operation-faults.ts";

type Kind = NonNullable<FaultPlan["kind"]>;
/** What clients may hear, and somebody hears, when operations of a kind fail. */
type Codes = Partial<Record<Kind, readonly ErrorCode[]>>;

const broken: Codes = {
  open: ["unavailable"],
  write: ["unavailable"],
  read: ["unavailable"],
  syncData: ["storage_fenced"],
  // What a close could report, the sync before it has reported.
  close: [],
  makeDirectory: ["unavailable"],
  syncDirectory: ["storage_fenced"],
  // Removing goes on in the background, and is tried again.
  unlink: [],
  listDirectory: ["unavailable"],
  capacity: ["unavailable"],
};
const full: Codes = {
  open: ["storage_full"],
  write: ["storage_full"],
  syncData: ["storage_fenced"],
  makeDirectory: ["storage_full"],
  syncDirectory: ["storage_fenced"],
};
/** Of two requests for a chunk the one that gave way hears 503 when the other one fails. */
const refused: readonly ErrorCode[] = ["storage_full", "unavailable"];
const fullForGood: Codes = { ...full, open: refused, write: refused, makeDirectory: refused };

describe("operation N fails, for every N: nothing acknowledged is lost, and who is refused is told why", () => {
  test.each<[FaultPlan["outcome"], FaultPlan["lasts"], Codes]>([
    ["EIO", "once", broken],
    ["EIO", "forever", broken],
    ["ENOSPC", "once", full],
    ["ENOSPC", "forever", fullForGood],
    // Once, idle files are closed and the descriptor is there.
    ["EMFILE", "once", { open: [], syncDirectory: [] }],
    // A folder that cannot be opened was not synced, so no sync has failed: it may be tried again.
    ["EMFILE", "forever", { open: ["unavailable"], syncDirectory: ["unavailable"] }],
    ["short", "once", { write: [], read: [] }],
    ["short", "forever", { write: [], read: [] }],
  ])("[S15] [R8] [X1] %s, %s", async (outcome, lasts, codes) => {
    for (const kind of Object.keys(codes) as Kind[]) {
      const { operations, violations } = await liveThrough({ ...noFault, kind });
      expect(violations, "without a fault").toEqual([]);
      expect(operations, `operations of ${kind}`).toBeGreaterThan(0);
      const heard = new Set<ErrorCode>();
      for (let operation = 1; operation <= operations; operation++) {
        const findings = await liveThrough({ kind, operation, lasts, outcome });
        expect(findings.violations, `${kind} ${operation} of ${operations}`).toEqual([]);
        for (const code of findings.codes) heard.add(code);
      }
      expect([...heard].sort(), `refusals when ${kind} fails`).toEqual(codes[kind]);
    }
  });
});
