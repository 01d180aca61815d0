import { ledgerContract } from "../../../test/contracts/ledger.contract.ts";
import { createMemoryLedger } from "./ledger.ts";

ledgerContract("memory ledger", async () => {
  let ledger = createMemoryLedger();
  return {
    ledger,
    reopen: async () => {
      ledger = createMemoryLedger(ledger.snapshot());
      return ledger;
    },
    close: () => ledger.close(),
  };
});
