import { journalContract } from "../../test/contracts/journal.contract.ts";
import { sharedJournalContract } from "../../test/contracts/shared-journal.contract.ts";
import { SharedMemory } from "./shared-memory.ts";

let opened = 0;
const openingOf = (memory: SharedMemory) => async () => memory.open(`holder-${opened++}`);

journalContract("in memory, shared", async () => {
  const open = openingOf(new SharedMemory());
  return { journal: await open(), reopen: open };
});

sharedJournalContract("in memory", async () => openingOf(new SharedMemory()));
