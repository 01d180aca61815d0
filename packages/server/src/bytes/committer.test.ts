import { HawserError } from "@hawser/protocol";
import { expect, test } from "vitest";
import { problemOf } from "../../test/support/byte-room-stage.ts";
import { quiet, Steps, systemError } from "../../test/support/steps.ts";
import { createMemoryStore } from "../adapters/memory/blob-store.ts";
import type { CommitEntry, Facts } from "../ports/facts.ts";
import { Committer } from "./committer.ts";
import { Volume } from "./volume.ts";

function entry(chunk: number): CommitEntry {
  return { kind: "chunk", key: 1, chunk, sizeBytes: 1, digest: new Uint8Array(32).fill(chunk) };
}

/** A committer whose syncs and commits are steps. */
function openCommitter(batchEntries = 256) {
  const steps = new Steps();
  const fences: string[] = [];
  const volume = new Volume((reason) => fences.push(reason));
  const store = { ...createMemoryStore(), sync: (id: string) => steps.take(`sync ${id}`) };
  const facts: Pick<Facts, "commit"> = {
    commit: async (entries) => {
      await steps.take(`commit ${entries.map(({ chunk }) => chunk).join(" ")}`);
      return entries.map(({ chunk }) => ({ result: "recorded", missingCount: 100 - chunk }));
    },
  };
  const committer = new Committer({ store, facts, volume, batchEntries, parallelSyncs: 2 });
  return { committer, steps, volume, fences };
}

test("[X1] a batch is synced once per upload and then committed in one transaction, each with its own outcome", async () => {
  const { committer, steps } = openCommitter();
  const outcomes = await Promise.all([
    committer.commit("a", entry(1)),
    committer.commit("b", entry(2)),
    committer.commit("a", entry(3)),
    committer.commit("c", entry(4)),
  ]);
  expect(steps.taken).toEqual(["sync a", "sync b", "sync c", "commit 1 2 3 4"]);
  expect(outcomes.map(({ missingCount }) => missingCount)).toEqual([99, 98, 97, 96]);
});

test("[X1] no more uploads are synced at the same time than allowed", async () => {
  const { committer, steps } = openCommitter();
  const release = steps.hold("sync");
  const commits = Promise.all(["a", "b", "c"].map((id, i) => committer.commit(id, entry(i + 1))));
  await steps.reached("sync", 2);
  await quiet();
  expect(steps.taken).toEqual(["sync a", "sync b"]);
  release();
  await commits;
  expect(steps.taken.slice(2)).toEqual(["sync c", "commit 1 2 3"]);
});

test("[X1] a transaction records no more entries than allowed", async () => {
  const { committer, steps } = openCommitter(2);
  await Promise.all([1, 2, 3].map((chunk) => committer.commit("a", entry(chunk))));
  expect(steps.taken.filter((step) => step.startsWith("commit"))).toEqual(["commit 1 2", "commit 3"]);
});

test("[X1] the next batch syncs while one commits, up to four transactions under way", async () => {
  const { committer, steps } = openCommitter(1);
  const release = steps.hold("commit");
  const commits = Promise.all([1, 2, 3, 4, 5, 6].map((chunk) => committer.commit("a", entry(chunk))));
  await steps.reached("sync", 5);
  await quiet();
  expect([steps.count("commit"), steps.count("sync")]).toEqual([4, 5]);
  release();
  expect((await commits).length).toBe(6);
});

test("[X1] a batch that is synced but not yet handed on when a commit fails is refused", async () => {
  const { committer, steps, fences } = openCommitter(1);
  const fail = steps.hold("commit", systemError("EIO"));
  const commits = [1, 2, 3, 4, 5].map((chunk) => problemOf(committer.commit("a", entry(chunk))));
  await steps.reached("sync", 5);
  await quiet();
  fail();
  for (const commit of commits) expect((await commit).code).toBe("storage_fenced");
  expect(steps.count("commit")).toBe(4);
  expect(fences).toEqual(["a ledger commit failed"]);
});

test("[X1] after a failed sync nothing is synced or committed any more", async () => {
  const { committer, steps, volume, fences } = openCommitter();
  steps.fail("sync b", systemError("EIO"));
  const commits = ["a", "b", "c"].map((id, i) => problemOf(committer.commit(id, entry(i + 1))));
  for (const commit of commits) expect((await commit).code).toBe("storage_fenced");
  steps.allow();
  expect((await problemOf(committer.commit("d", entry(4)))).code).toBe("storage_fenced");
  expect(steps.taken).toEqual(["sync a", "sync b"]);
  expect([fences, volume.fencedBecause]).toEqual([["a data sync failed"], "a data sync failed"]);
});

test("[S15] a sync that could not be tried refuses its batch alone; one that failed beside it fences", async () => {
  const { committer, steps, fences } = openCommitter();
  steps.fail("sync a", new HawserError("unavailable"));
  expect((await problemOf(committer.commit("a", entry(1)))).code).toBe("unavailable");
  expect(fences).toEqual([]);
  expect((await committer.commit("b", entry(1))).result).toBe("recorded");
  steps.fail("sync b", systemError("EIO"));
  const both = ["a", "b"].map((id) => problemOf(committer.commit(id, entry(2))));
  for (const commit of both) expect((await commit).code).toBe("storage_fenced");
  expect(fences).toEqual(["a data sync failed"]);
});

test("[S15] an error of the ledger that passes refuses its batch alone", async () => {
  const { committer, steps, fences } = openCommitter();
  steps.fail("commit", new HawserError("unavailable"));
  expect((await problemOf(committer.commit("a", entry(1)))).code).toBe("unavailable");
  steps.allow();
  expect((await committer.commit("a", entry(1))).result).toBe("recorded");
  expect(fences).toEqual([]);
});

test("[X1] idle resolves when nothing waits any more", async () => {
  const { committer, steps } = openCommitter();
  await committer.idle();
  const release = steps.hold("commit");
  const commit = committer.commit("a", entry(1));
  let isIdle = false;
  const idle = committer.idle().then(() => {
    isIdle = true;
  });
  await steps.reached("commit");
  await quiet();
  expect(isIdle).toBe(false);
  release();
  await commit;
  await idle;
});
