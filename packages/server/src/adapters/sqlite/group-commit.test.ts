import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HawserError } from "@hawser/protocol";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { newUpload } from "../../../test/contracts/ledger-samples.ts";
import type { LedgerTransaction } from "../../ports/ledger.ts";
import { type Connection, openReader, openWriter } from "./connection.ts";
import { GroupCommit } from "./group-commit.ts";
import { migrate } from "./migrate.ts";
import { createTransaction } from "./transaction.ts";
import { selectAnyUpload } from "./uploads.ts";

let folder: string;
let writer: Connection;
let reader: Connection;
let commits: GroupCommit;
let now: number;
let fences: HawserError[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hawser-commit-"));
  const path = join(folder, "ledger.db");
  writer = openWriter(path, (error) => commits.fence(error));
  migrate(writer);
  reader = openReader(path, () => {});
  now = 0;
  fences = [];
  commits = new GroupCommit({
    writer,
    transaction: createTransaction(writer),
    monotonic: () => now,
    onFence: (error) => fences.push(error),
  });
});
afterEach(async () => {
  await commits.close();
  writer.close();
  reader.close();
  await rm(folder, { recursive: true });
});

const insert = (id: string) => commits.transact((tx) => tx.insertUpload(newUpload({ id })));
const stored = (id: string) => selectAnyUpload(reader, id) !== undefined;
const countCommits = () => {
  const run = vi.spyOn(writer, "run");
  return () => run.mock.calls.filter(([sql]) => sql === "COMMIT").length;
};
const codes = async (works: Promise<unknown>[]) =>
  (await Promise.allSettled(works)).map((outcome) => (outcome.status === "rejected" ? outcome.reason.code : "done"));

test("[S6] works given in one turn of the loop share a commit, one that throws in the middle too", async () => {
  const commitCount = countCommits();
  const works = Array.from({ length: 16 }, (_, n) =>
    n === 8 ? commits.transact(() => Promise.reject(new HawserError("gone"))) : insert(`u${n}`),
  );
  const outcomes = await codes(works);
  expect(outcomes).toEqual(outcomes.map((_, n) => (n === 8 ? "gone" : "done")));
  expect(commitCount()).toBe(1);
});

test("[S6] a work that arrives while the group is open joins it", async () => {
  const commitCount = countCommits();
  let late: Promise<number> | undefined;
  await commits.transact(async (tx) => {
    late = insert("late");
    await tx.insertUpload(newUpload({ id: "early" }));
  });
  await late;
  expect(commitCount()).toBe(1);
});

test("[S6] a group ends after 20 ms and after 1,024 works; the rest comes in the next", async () => {
  const commitCount = countCommits();
  const slow = () =>
    commits.transact(async () => {
      now += 8;
    });
  await Promise.all([slow(), slow(), slow(), slow()]);
  expect(commitCount()).toBe(2);
  await Promise.all(Array.from({ length: 1_025 }, () => commits.transact(async () => {})));
  expect(commitCount()).toBe(4);
});

test("[X1] nobody learns an outcome before the commit, not even of a failure", async () => {
  const told: string[] = [];
  const failing = commits.transact(() => Promise.reject(new HawserError("gone"))).catch(() => told.push("failed"));
  const watching = commits.transact(async (tx) => {
    for (let turn = 0; turn < 50; turn++) await tx.totals("local");
    return told.length;
  });
  expect(await watching).toBe(0);
  await failing;
  expect(told).toEqual(["failed"]);
});

test("[X1] when the commit fails all of its works fail, and nothing is taken any more", async () => {
  // A reference that is checked at the commit only, and is broken then.
  const poison = commits.transact(async () => {
    writer.run("PRAGMA defer_foreign_keys = ON");
    writer.run("INSERT INTO receipts VALUES (99, 1, 1, zeroblob(32))");
  });
  const outcomes = await codes([insert("a"), poison, insert("b")]);
  expect(outcomes).toEqual(["storage_fenced", "storage_fenced", "storage_fenced"]);
  expect(fences.map(({ code }) => code)).toEqual(["storage_fenced"]);
  expect(await codes([insert("c")])).toEqual(["storage_fenced"]);
  expect(["a", "b", "c"].filter(stored)).toEqual([]);
  expect(commits.fenced).toBe(true);
});

/** Fills the database until SQLite refuses another page. */
async function fill(tx: LedgerTransaction): Promise<void> {
  writer.run("PRAGMA max_page_count = 1");
  for (let n = 0; n < 1_000; n++) await tx.insertUpload(newUpload({ id: `fill ${n}` }));
}

test("[X1] a full database fences: the transaction may be gone, with the works before in it", async () => {
  await insert("kept");
  const outcomes = await codes([insert("before"), commits.transact(fill), insert("after")]);
  expect(outcomes).toEqual(["storage_fenced", "storage_fenced", "storage_fenced"]);
  expect(["kept", "before", "after", "fill 0"].filter(stored)).toEqual(["kept"]);
  expect(fences).toHaveLength(1);
});

test("[X1] a work that hides the failure cannot write past it", async () => {
  const hiding = commits.transact(async (tx) => {
    await fill(tx).catch(() => {});
    await tx.insertUpload(newUpload({ id: "stray" })).catch(() => {});
  });
  expect(await codes([hiding])).toEqual(["storage_fenced"]);
  expect(stored("stray")).toBe(false);
});

test("[S15] a database that somebody else holds refuses what waited, then goes on", async () => {
  writer.script("PRAGMA busy_timeout = 0");
  const foreign = openWriter(join(folder, "ledger.db"), () => {});
  foreign.run("BEGIN IMMEDIATE");
  expect(await codes([insert("a"), insert("b")])).toEqual(["unavailable", "unavailable"]);
  foreign.close();
  expect(await codes([insert("c")])).toEqual(["done"]);
  expect(fences).toEqual([]);
});

test("[X1] a log that grew long is copied into the database, and starts anew", async () => {
  const logPages = () => writer.get<{ log: number; checkpointed: number }>("PRAGMA wal_checkpoint(NOOP)");
  const bodies = (id: string, sizeBytes: number) =>
    commits.transact(async (tx) => {
      await tx.insertSmallBody(await tx.insertUpload(newUpload({ id })), new Uint8Array(sizeBytes));
    });
  await bodies("small", 1_048_576);
  expect(logPages()?.checkpointed).toBe(0);
  await bodies("large", 4 * 1_048_576);
  await bodies("next", 1);
  expect(logPages()?.log).toBeLessThan(100);
});
