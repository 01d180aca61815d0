import { HawserError } from "@hawser/protocol";
import { MemoryReader } from "../../src/adapters/memory/ledger-reader.ts";
import { emptySnapshot, type LedgerSnapshot } from "../../src/adapters/memory/ledger-state.ts";
import { MemoryTransaction } from "../../src/adapters/memory/ledger-transaction.ts";
import type { Ledger, LedgerTransaction, TransactionName } from "../../src/ports/ledger.ts";

/** The ledger's file: what is durable. Processes come and go over it. */
export interface LedgerFile {
  committed: LedgerSnapshot;
}

export const newLedgerFile = (): LedgerFile => ({ committed: emptySnapshot });

export interface SimLedgerOptions {
  readonly file: LedgerFile;
  /** Called before each step: `apply NAME`, `commit NAME` (nothing of it is durable), `answer NAME` (all of it is). */
  readonly pass: (step: string) => void;
  /** How long a step takes. */
  readonly pause: () => Promise<void>;
  /** The commit, from 1, that fails, and whether it became durable all the same. */
  readonly failure?: { readonly commit: number; readonly isDurable: boolean } | undefined;
}

/**
 * The ledger's contract and no more, over {@link LedgerFile}: a transaction is applied, becomes durable in one
 * instant, and is answered, and between these steps time passes and power may fail.
 */
export function createSimLedger({ file, pass, pause, failure }: SimLedgerOptions): Ledger {
  let commits = 0;
  let fenced = false;
  let last: Promise<unknown> = Promise.resolve();

  async function run<T>(name: TransactionName, work: (tx: LedgerTransaction) => Promise<T>): Promise<T> {
    pass(`apply ${name}`);
    if (fenced) throw new HawserError("storage_fenced", { detail: "An earlier commit failed." });
    const tx = new MemoryTransaction(file.committed);
    const value = await work(tx);
    await pause();
    pass(`commit ${name}`);
    const fails = ++commits === failure?.commit;
    if (!fails || failure?.isDurable) file.committed = tx.result();
    pass(`answer ${name}`);
    await pause();
    if (!fails) return value;
    fenced = true;
    throw new HawserError("storage_fenced", { detail: "The commit failed." });
  }

  return {
    transact(name, work) {
      const before = last;
      const result = before.then(() => run(name, work));
      last = result.catch(() => undefined);
      return result;
    },
    read: async (work) => work(new MemoryReader(file.committed)),
    close: async () => {
      await last;
    },
  };
}
