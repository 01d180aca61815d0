import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ledgerContract } from "../../../test/contracts/ledger.contract.ts";
import { openSqliteLedger } from "./ledger.ts";

ledgerContract("SQLite ledger", async () => {
  const folder = await mkdtemp(join(tmpdir(), "hawser-ledger-"));
  const path = join(folder, "ledger.db");
  let ledger = await openSqliteLedger({ path });
  return {
    ledger,
    reopen: async () => {
      await ledger.close();
      ledger = await openSqliteLedger({ path });
      return ledger;
    },
    close: async () => {
      await ledger.close();
      await rm(folder, { recursive: true });
    },
  };
});
