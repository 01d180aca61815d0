import { expect, test } from "vitest";
import { sampleRecord } from "../../test/contracts/journal.contract.ts";
import { findOrphans, spoolIdOf } from "./orphans.ts";

const opening = { holder: "me", openedAt: 1_000 };
const copy = (spoolId: string, changedAt = 500) => ({ spoolId, sizeBytes: 5, changedAt });
const kept = (id: string, holder: string, spoolId: string | null) => ({
  id,
  holder,
  record: sampleRecord(id, { origin: spoolId === null ? null : { kind: "spool", spoolId } }),
});

test("[R8] copies of records that are gone are swept, and nothing that a record names", () => {
  const [named, gone] = [copy(spoolIdOf("a", "1")), copy(spoolIdOf("b", "1"))];
  expect(findOrphans([named, gone], [kept("a", "somebody", named.spoolId)], opening)).toEqual([gone]);
  expect(findOrphans([named, gone], [kept("a", "me", named.spoolId)], opening)).toEqual([gone]);
});

test("[X4] what another tab is copying is left alone; what a life before this one left half written is swept", () => {
  const half = copy(spoolIdOf("a", "1"));
  expect(findOrphans([half], [kept("a", "another tab", null)], opening)).toEqual([]);
  expect(findOrphans([half], [kept("a", "me", null)], opening)).toEqual([half]);
  expect(findOrphans([half], [kept("a", "me", spoolIdOf("a", "2"))], opening)).toEqual([half]);
});

test("[R8] nothing is swept that is younger than this opening", () => {
  expect(findOrphans([copy(spoolIdOf("a", "1"), 1_000)], [], opening)).toEqual([]);
});
