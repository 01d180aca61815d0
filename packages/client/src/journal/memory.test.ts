import { expect, test } from "vitest";
import { journalContract, sampleRecord } from "../../test/contracts/journal.contract.ts";
import { createMemoryJournal } from "./memory.ts";

journalContract("memory", async () => ({ journal: createMemoryJournal() }));

test("[R8] a memory journal can start with what another one owed", async () => {
  const { records } = await createMemoryJournal([sampleRecord("a")]).load();
  expect(records).toEqual([sampleRecord("a")]);
});
