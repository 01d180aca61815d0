import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Ledger } from "../../src/ports/ledger.ts";
import { chunkTests, removalTests } from "./ledger-chunks.contract.ts";
import { change, digestOf, everythingOf, insert, receipt } from "./ledger-samples.ts";
import { eventTests, transactionTests } from "./ledger-transactions.contract.ts";
import { listTests, uploadTests } from "./ledger-uploads.contract.ts";

export interface OpenedLedger {
  readonly ledger: Ledger;
  /** Closes the ledger and opens what it kept. */
  readonly reopen: () => Promise<Ledger>;
  /** Closes whatever is open and removes what was kept. */
  readonly close: () => Promise<void>;
}

/** What every ledger promises, whatever it is made of. */
export function ledgerContract(name: string, open: () => Promise<OpenedLedger>): void {
  describe(`${name} keeps the ledger's contract`, () => {
    let opened: OpenedLedger;
    let ledger: Ledger;
    beforeEach(async () => {
      opened = await open();
      ledger = opened.ledger;
    });
    afterEach(() => opened.close());

    describe("uploads", () => uploadTests(() => ledger));
    describe("lists for sweep and recovery", () => listTests(() => ledger));
    describe("chunks", () => chunkTests(() => ledger));
    describe("removal", () => removalTests(() => ledger));
    describe("events and idempotency keys", () => eventTests(() => ledger));
    describe("transactions", () => transactionTests(() => ledger));

    test("[S5] everything is there after reopening, and numbers go on", async () => {
      const key = await insert(ledger, { id: "a", filename: "kept" });
      const doomed = await insert(ledger, { id: "b" });
      await change(ledger, async (tx) => {
        await tx.insertReceipts(key, [receipt(1), receipt(3)]);
        await tx.putPrefix(key, { chunk: 2, sizeBytes: 17 });
        await tx.putDamages(key, [{ chunk: 4, digest: digestOf(4) }]);
        await tx.putTreeNode(key, 0, digestOf(9));
        await tx.insertSmallBody(key, Uint8Array.of(1, 2, 3));
        await tx.insertIdempotency("local", "initialize", "k", { fingerprint: "f", uploadId: "a" });
        await tx.insertEvent({ key, id: "a", owner: "local" }, "created", 5, { n: 1 });
        await tx.insertEvent({ key: doomed, id: "b", owner: "local" }, "created", 6, {});
        await tx.deleteUpload(doomed);
      });
      const before = await everythingOf(ledger, "a");
      ledger = await opened.reopen();
      expect(await everythingOf(ledger, "a")).toEqual(before);
      expect(before.receipts).toHaveLength(2);
      await change(ledger, (tx) => tx.insertEvent({ key, id: "a", owner: "local" }, "cancelled", 7, {}));
      const events = await ledger.read((reader) => reader.eventsAfter(0, 9));
      expect(events.map(({ seq }) => seq)).toEqual([1, 3]);
      expect(await ledger.read((reader) => reader.lastEventSeq())).toBe(3);
      const last = await insert(ledger, { id: "c" });
      expect(last).toBeGreaterThan(doomed);
      await change(ledger, async (tx) => {
        await tx.insertEvent({ key: last, id: "c", owner: "local" }, "created", 8, {});
        await tx.deleteUpload(last);
      });
      ledger = await opened.reopen();
      // Who has read so far must not wait for a number that fell.
      expect(await ledger.read((reader) => reader.lastEventSeq())).toBe(4);
    });
  });
}
