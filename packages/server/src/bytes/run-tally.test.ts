import { HawserError } from "@hawser/protocol";
import { expect, test } from "vitest";
import { RunTally } from "./run-tally.ts";

function problemOf(tally: RunTally, chunkCount: number): HawserError {
  try {
    tally.answer(chunkCount);
  } catch (error) {
    return error as HawserError;
  }
  throw new Error("the run succeeded");
}

const recorded = (missingCount: number | null) => ({ result: "recorded", missingCount }) as const;

test("[S1] a run whose chunks all have receipts answers ranges and the smallest missing count", () => {
  const tally = new RunTally(9);
  tally.committed(3, recorded(5));
  tally.skipped(2);
  tally.committed(1, recorded(6));
  tally.committed(4, { result: "held", missingCount: 7 });
  expect(tally.answer(4)).toEqual({
    receipts: [
      [1, 1],
      [3, 3],
    ],
    skipped: [
      [2, 2],
      [4, 4],
    ],
    missingCount: 5,
  });
});

test("[S1] the missing count is unknown while the size is, and known from the first commit that knows it", () => {
  const tally = new RunTally(null);
  tally.committed(1, recorded(null));
  expect(tally.answer(1).missingCount).toBe(null);
  tally.committed(2, recorded(3));
  tally.committed(3, recorded(null));
  expect(tally.answer(3).missingCount).toBe(3);
});

test("[R8] a run that lacks a chunk is incomplete, with what was achieved", () => {
  const tally = new RunTally(3);
  tally.committed(1, recorded(2));
  tally.partial(2, 77);
  const { code, details } = problemOf(tally, 2);
  expect(code).toBe("run_incomplete");
  expect(details).toEqual({ receipts: [[1, 1]], skipped: [], missingCount: 2, partialChunks: [[2, 77]] });
});

test("[S1] a prefix on purpose succeeds without a receipt", () => {
  const tally = new RunTally(3);
  tally.partial(1, 77);
  expect(tally.answer(0)).toEqual({ receipts: [], skipped: [], missingCount: 3, partialChunks: [[1, 77]] });
});

test("[S4] rejected chunks are told in rising order, with the receipts of the others", () => {
  const tally = new RunTally(3);
  tally.rejected(3, "digest_mismatch");
  tally.committed(2, recorded(2));
  tally.rejected(1, "digest_mismatch");
  const { code, details } = problemOf(tally, 3);
  expect(code).toBe("digest_mismatch");
  expect(details.rejected).toEqual([
    { chunk: 1, code: "digest_mismatch" },
    { chunk: 3, code: "digest_mismatch" },
  ]);
  expect([details.receipts, details.conflicts]).toEqual([[[2, 2]], undefined]);
});

test("[S1] the answer's code is the refusal that ends more; conflicts are named as ranges", () => {
  const tally = new RunTally(3);
  tally.rejected(4, "digest_mismatch");
  tally.committed(3, { result: "refused", code: "chunk_conflict", missingCount: 3 });
  tally.rejected(2, "chunk_conflict");
  expect(problemOf(tally, 4)).toMatchObject({ code: "chunk_conflict", details: { conflicts: [[2, 3]] } });
  tally.committed(1, { result: "refused", code: "gone", missingCount: 3 });
  expect(problemOf(tally, 4).code).toBe("gone");
});

test("[S1] a refusal that the ledger does not explain is one of the state", () => {
  const tally = new RunTally(3);
  tally.committed(1, { result: "refused", missingCount: 3 });
  expect(problemOf(tally, 1).code).toBe("state_conflict");
});

test("[S1] the first failure decides over all refusals and keeps its own details and cause", () => {
  const tally = new RunTally(3);
  const cause = new Error("made by a test");
  tally.rejected(1, "digest_mismatch");
  tally.failed(new HawserError("storage_full", { retryAfterSeconds: 30 }, { cause }));
  tally.failed(new HawserError("unavailable"));
  tally.committed(2, recorded(2));
  const problem = problemOf(tally, 2);
  expect([problem.code, problem.cause]).toEqual(["storage_full", cause]);
  expect(problem.details).toMatchObject({ retryAfterSeconds: 30, receipts: [[2, 2]], rejected: [{ chunk: 1 }] });
});
