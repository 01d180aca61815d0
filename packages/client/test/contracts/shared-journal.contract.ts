import { describe, expect, test } from "vitest";
import type { Journal, SharedJournal } from "../../src/journal/journal.ts";
import { sampleRecord } from "./journal.contract.ts";

type Opened = Journal & { readonly shared: SharedJournal };
const refused = { code: "taken_over" };

/** What every journal promises that several have open. `open` opens the same records once more, for another holder. */
export function sharedJournalContract(kind: string, stage: () => Promise<() => Promise<Journal>>) {
  const openTwo = async () => {
    const open = await stage();
    return [(await open()) as Opened, (await open()) as Opened] as const;
  };

  describe(`a shared journal: ${kind}`, () => {
    test("[X4] each opening has a name of its own, and records bear the name of who put them", async () => {
      const [one, other] = await openTwo();
      expect(one.shared.holder).not.toBe(other.shared.holder);
      await one.put(sampleRecord("a"));
      await other.put(sampleRecord("b"));
      for (const { shared } of [one, other]) {
        const { kept, unreadable } = await shared.peek();
        expect(kept.toSorted((a, b) => (a.id < b.id ? -1 : 1))).toEqual([
          { id: "a", holder: one.shared.holder, record: sampleRecord("a") },
          { id: "b", holder: other.shared.holder, record: sampleRecord("b") },
        ]);
        expect(unreadable).toBe(0);
      }
    });

    test("[X4] a claim takes what is still as it was seen, once, and nothing else", async () => {
      const open = await stage();
      const [one, ...others] = [(await open()) as Opened, (await open()) as Opened, (await open()) as Opened];
      for (const id of ["a", "b", "c"]) await one.put(sampleRecord(id));
      const seen = [...(await one.shared.peek()).kept, { id: "never-put", holder: one.shared.holder }];
      await one.remove("c");
      const claims = await Promise.all(others.map(({ shared }) => shared.claim(seen)));
      const claimed = claims.flat().toSorted((a, b) => (a.id < b.id ? -1 : 1));
      expect(claimed).toEqual([sampleRecord("a"), sampleRecord("b")]);
      for (const [at, { shared }] of others.entries()) {
        const { kept } = await shared.peek();
        const mine = kept.filter(({ holder }) => holder === shared.holder).map(({ id }) => id);
        expect(mine.toSorted()).toEqual(claims[at]?.map(({ id }) => id).toSorted());
      }
    });

    test("[X4] what another holder has claimed cannot be written or removed any more, also when it is gone", async () => {
      const [frozen, awake] = await openTwo();
      await frozen.put(sampleRecord("a"));
      expect(await awake.shared.claim((await awake.shared.peek()).kept)).toEqual([sampleRecord("a")]);
      const [putting, removing] = [frozen.put(sampleRecord("a", { position: 9 })), frozen.remove("a")];
      await expect(putting).rejects.toMatchObject(refused);
      await expect(removing).rejects.toMatchObject(refused);
      expect((await awake.shared.peek()).kept).toEqual([
        { id: "a", holder: awake.shared.holder, record: sampleRecord("a") },
      ]);
      await awake.put(sampleRecord("a", { position: 2 }));
      await awake.remove("a");
      // Gone is gone: what wakes up now must not bring it back.
      await expect(frozen.put(sampleRecord("a"))).rejects.toMatchObject(refused);
      await expect(frozen.remove("a")).rejects.toMatchObject(refused);
      expect((await frozen.shared.peek()).kept).toEqual([]);
    });

    test("[X4] a change that was fenced takes no other change of the same turn along", async () => {
      const [frozen, awake] = await openTwo();
      await frozen.put(sampleRecord("taken"));
      await awake.shared.claim((await awake.shared.peek()).kept);
      const changes = await Promise.allSettled(["a", "taken", "b"].map((id) => frozen.put(sampleRecord(id))));
      expect(changes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
      const { kept } = await awake.shared.peek();
      expect(kept.map(({ id }) => id).toSorted()).toEqual(["a", "b", "taken"]);
    });

    test("[X4] what was removed here may be put here again, and what came back by a claim too", async () => {
      const [one, other] = await openTwo();
      await one.put(sampleRecord("a"));
      await one.remove("a");
      await one.put(sampleRecord("a", { position: 1 }));
      await other.shared.claim((await other.shared.peek()).kept);
      await expect(one.put(sampleRecord("a"))).rejects.toMatchObject(refused);
      await one.shared.claim((await one.shared.peek()).kept);
      await one.put(sampleRecord("a", { position: 3 }));
      await expect(other.put(sampleRecord("a"))).rejects.toMatchObject(refused);
      expect((await other.shared.peek()).kept).toEqual([
        { id: "a", holder: one.shared.holder, record: sampleRecord("a", { position: 3 }) },
      ]);
    });
  });
}
