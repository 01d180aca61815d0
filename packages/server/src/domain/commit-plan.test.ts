import { describe, expect, test } from "vitest";
import { digestOf, mebibyte } from "../../test/support/domain-stage.ts";
import type { CommitEntry } from "../ports/facts.ts";
import type { UploadRecord } from "../ports/ledger.ts";
import { planCommit, type SlotsKnown } from "./commit-plan.ts";

const nothing: SlotsKnown = { receipts: new Map(), prefixes: new Map(), damages: new Map() };
const active = { state: "active", sizeBytes: 4 * mebibyte, deletedAt: null, bytesIn: "blobs" } as UploadRecord;
const chunk = (number: number, variant = 0, sizeBytes = mebibyte): CommitEntry => ({
  kind: "chunk",
  key: 1,
  chunk: number,
  sizeBytes,
  digest: digestOf(number, variant),
});
const prefix = (number: number, sizeBytes: number): CommitEntry => ({
  kind: "prefix",
  key: 1,
  chunk: number,
  sizeBytes,
});

describe("a batch of one upload", () => {
  test("[R5] the same chunk twice is recorded once; another digest for it is refused", () => {
    const plan = planCommit(active, [chunk(1), chunk(1), chunk(1, 1)], nothing);
    expect(plan.results).toEqual([
      { result: "recorded" },
      { result: "held" },
      { result: "refused", code: "chunk_conflict" },
    ]);
    expect(plan.receipts).toHaveLength(1);
  });

  test("[R5] a chunk that was acknowledged before is held, and its first digest stands", () => {
    const known = { ...nothing, receipts: new Map([[1, digestOf(1)]]) };
    const plan = planCommit(active, [chunk(1), chunk(1, 1), prefix(1, 5)], known);
    expect(plan.results.map(({ result }) => result)).toEqual(["held", "refused", "held"]);
    expect(plan.receipts).toEqual([]);
    expect(plan.prefixes.size).toBe(0);
  });

  test("[S6] a prefix counts only where it is longer, and goes when its chunk is whole", () => {
    const known = {
      ...nothing,
      prefixes: new Map([
        [1, 10],
        [2, 10],
      ]),
    };
    const plan = planCommit(
      active,
      [prefix(1, 10), prefix(1, 20), prefix(1, 15), prefix(3, 7), chunk(2), chunk(3)],
      known,
    );
    expect(plan.results.map(({ result }) => result)).toEqual([
      "held",
      "recorded",
      "held",
      "recorded",
      "recorded",
      "recorded",
    ]);
    expect([...plan.prefixes]).toEqual([[1, 20]]);
    expect(plan.obsoletePrefixes).toEqual([2]);
  });

  test.each([
    ["cancelled", "gone"],
    ["expired", "gone"],
    ["failed", "gone"],
    ["assembling", "state_conflict"],
    ["completed", "state_conflict"],
  ] as const)("[S8] nothing is recorded while %s: %s", (state, code) => {
    const plan = planCommit({ ...active, state }, [chunk(1), prefix(2, 5)], nothing);
    expect(plan.results).toEqual([
      { result: "refused", code },
      { result: "refused", code },
    ]);
    expect(plan.receipts).toEqual([]);
  });

  test("[S8] a held chunk stays held while assembling and completed", () => {
    const known = { ...nothing, receipts: new Map([[1, digestOf(1)]]) };
    for (const state of ["assembling", "completed"] as const) {
      expect(planCommit({ ...active, state }, [chunk(1)], known).results).toEqual([{ result: "held" }]);
    }
  });

  test("[R7] a damaged chunk is filled by its bound digest alone, in a completed file too", () => {
    const known = { ...nothing, damages: new Map([[2, digestOf(2)]]) };
    const completed = { ...active, state: "completed" } as const;
    expect(planCommit(completed, [chunk(2, 1)], known).results).toEqual([
      { result: "refused", code: "chunk_conflict" },
    ]);
    const plan = planCommit(completed, [chunk(2), chunk(3)], known);
    expect(plan.results).toEqual([{ result: "recorded" }, { result: "refused", code: "state_conflict" }]);
    expect(plan.repaired).toEqual([2]);
  });

  test("[S6] what does not fit a size that became known meanwhile is refused", () => {
    const sized = { ...active, sizeBytes: mebibyte + 10 };
    const plan = planCommit(sized, [chunk(2), chunk(3), prefix(2, 11), chunk(2, 0, 10)], nothing);
    expect(plan.results.map(({ code }) => code)).toEqual([
      "size_conflict",
      "size_conflict",
      "size_conflict",
      undefined,
    ]);
  });
});
