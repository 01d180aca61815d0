import { expect, test } from "vitest";
import { journalContract, sampleRecord } from "../../test/contracts/journal.contract.ts";
import { SharedMemory } from "./shared-journal.ts";

let opened = 0;
journalContract("in memory, shared", async () => {
  const memory = new SharedMemory();
  const open = async () => memory.open(`holder-${opened++}`);
  return { journal: await open(), reopen: open };
});

test("[X4] what another holder has claimed cannot be written any more", async () => {
  const memory = new SharedMemory();
  const [frozen, awake] = [memory.open("frozen"), memory.open("awake")];
  await frozen.put(sampleRecord("a"));
  expect(await awake.shared?.claim([{ id: "a", holder: "frozen" }])).toEqual([sampleRecord("a")]);
  await expect(frozen.put(sampleRecord("a", { position: 9 }))).rejects.toMatchObject({ code: "taken_over" });
  await awake.remove("a");
  // Gone is gone: what wakes up now must not bring it back.
  await expect(frozen.put(sampleRecord("a"))).rejects.toMatchObject({ code: "taken_over" });
});
