import type { Ledger } from "../../src/ports/ledger.ts";

/** Fault injection: the facts thread dies of an error that nobody catches, as soon as an upload begins. */
export function wrapLedger(ledger: Ledger): Ledger {
  return {
    read: (work) => ledger.read(work),
    close: () => ledger.close(),
    transact: (name, work) => {
      if (name !== "initialize") return ledger.transact(name, work);
      setImmediate(() => {
        throw new RangeError("the thread dies");
      });
      return new Promise(() => undefined);
    },
  };
}
