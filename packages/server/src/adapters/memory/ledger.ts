import { HawserError } from "@hawser/protocol";
import type { Ledger, LedgerTransaction, TransactionName } from "../../ports/ledger.ts";
import { MemoryReader } from "./ledger-reader.ts";
import { emptySnapshot, type LedgerSnapshot } from "./ledger-state.ts";
import { MemoryTransaction } from "./ledger-transaction.ts";

export interface MemoryLedger extends Ledger {
  /** What is committed now, to be opened again by `createMemoryLedger`, any number of times. */
  snapshot(): LedgerSnapshot;
}

/** The ledger as the port describes it and no more: the reference for the others, and the simulator's. */
export function createMemoryLedger(snapshot: LedgerSnapshot = emptySnapshot): MemoryLedger {
  let committed = snapshot;
  let last: Promise<unknown> = Promise.resolve();
  let closed = false;

  const refuseWhenClosed = () => {
    if (closed) throw new HawserError("unavailable", { detail: "The ledger is closed." });
  };

  async function transact<T>(_name: TransactionName, work: (tx: LedgerTransaction) => Promise<T>): Promise<T> {
    refuseWhenClosed();
    const before = last;
    const result = (async () => {
      await before;
      const tx = new MemoryTransaction(committed);
      const value = await work(tx);
      committed = tx.result();
      return value;
    })();
    last = result.catch(() => {});
    return result;
  }

  return {
    transact,
    read: async (work) => {
      refuseWhenClosed();
      return work(new MemoryReader(committed));
    },
    close: async () => {
      closed = true;
      await last;
    },
    snapshot: () => committed,
  };
}
