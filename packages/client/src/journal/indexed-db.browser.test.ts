import fc from "fast-check";
import { openDB } from "idb";
import { describe, expect, test } from "vitest";
import { journalContract, sampleRecord } from "../../test/contracts/journal.contract.ts";
import { sharedJournalContract } from "../../test/contracts/shared-journal.contract.ts";
import { privateFile } from "../../test/private-files.ts";
import type { FileHandle } from "../source/file-handle.ts";
import { Database } from "./database.ts";
import { indexedDbJournal } from "./indexed-db.ts";

const newName = () => `journal-${crypto.randomUUID()}`;
const opening = (name: string) => ({
  name,
  holder: crypto.randomUUID(),
  handles: new Map(),
  onDropped: () => undefined,
});
const open = (name: string) => indexedDbJournal(new Database(name), opening(name));

journalContract("IndexedDB", async () => {
  const name = newName();
  return { journal: open(name), reopen: async () => open(name) };
});

sharedJournalContract("IndexedDB", async () => {
  const name = newName();
  return async () => open(name);
});

/** Puts rows into the database as another program, or a fault, may have left them. */
async function plant(name: string, rows: readonly unknown[]): Promise<void> {
  const database = await openDB(name);
  const transaction = database.transaction("records", "readwrite");
  for (const row of rows) await transaction.store.put(row);
  await transaction.done;
  database.close();
}

describe("what is found in the database", () => {
  const row = (id: string, record: unknown) => ({ id, holder: "earlier", record });

  test("[R12] rows that cannot be understood are set aside and counted once; a newer program's stay", async () => {
    const name = newName();
    const journal = open(name);
    await journal.put(sampleRecord("good"));
    const newer = row("newer", { version: 2, id: "newer", anything: true });
    await plant(name, [row("torn", { version: 1, id: "torn" }), row("renamed", sampleRecord("other")), newer]);
    expect(await journal.load()).toEqual({ records: [sampleRecord("good")], unreadable: 3 });
    expect(await journal.load()).toEqual({ records: [sampleRecord("good")], unreadable: 1 });
    const database = await openDB(name);
    expect(await database.get("records", "newer")).toEqual(newer);
    expect(await database.count("aside")).toBe(2);
    database.close();
  });

  test("[R12] any value in any row: loading never fails, and the good records are there", async () => {
    const sample = sampleRecord("fuzzed");
    const anything = fc.anything({
      withBigInt: true,
      withTypedArray: true,
      withMap: true,
      withSet: true,
      withDate: true,
    });
    const mutated = fc
      .tuple(fc.constantFrom(...Object.keys(sample)), anything)
      .map(([key, value]) => ({ ...sample, [key]: value }));
    const fuzzed = fc.oneof(
      fc.tuple(anything, fc.oneof(anything, mutated)).map(([holder, record]) => ({ id: "fuzzed", holder, record })),
      fc.dictionary(fc.string(), anything).map((value) => ({ ...value, id: "fuzzed" })),
      fc.integer().map((id) => ({ id })),
    );
    const name = newName();
    const journal = open(name);
    await journal.put(sampleRecord("good"));
    await fc.assert(
      fc.asyncProperty(fuzzed, async (value) => {
        await plant(name, [value]);
        const { records, unreadable } = await journal.load();
        expect(records.filter(({ id }) => id === "good")).toEqual([sampleRecord("good")]);
        expect(records.length + unreadable).toBe(2);
        for (const { id } of records) if (id !== "good") await journal.remove(id);
        for (let left = unreadable; left > 0; left = (await journal.load()).unreadable) await wipeNewer(name);
      }),
    );
  });

  async function wipeNewer(name: string): Promise<void> {
    const database = await openDB(name);
    await database.delete("records", "fuzzed");
    database.close();
  }
});

test("[R12] an open journal does not stand in the way of a newer program, and writes nothing into its form", async () => {
  const name = newName();
  const journal = open(name);
  await journal.put(sampleRecord("a"));
  const newer = await openDB(name, 2);
  await expect(journal.put(sampleRecord("b"))).rejects.toMatchObject({ code: "internal" });
  expect(await newer.getAllKeys("records")).toEqual(["a"]);
  newer.close();
});

test("[R1] a handle comes with the record that names it, and goes with it", async () => {
  const name = newName();
  const handles = new Map<string, FileHandle>();
  const journal = indexedDbJournal(new Database(name), { ...opening(name), handles });
  await journal.load();
  const database = await openDB(name);
  const naming = (handleId: string) => sampleRecord("a", { origin: { kind: "handle", handleId } });
  const kept = () => database.getAllKeys("handles");
  handles.set("one", await privateFile(new Uint8Array(1)));
  await journal.put(naming("one"));
  expect([handles.size, await kept()]).toEqual([0, ["one"]]);
  await journal.put({ ...naming("one"), position: 2 });
  expect(await kept()).toEqual(["one"]);
  handles.set("two", await privateFile(new Uint8Array(1)));
  await journal.put(naming("two"));
  expect(await kept()).toEqual(["two"]);
  await journal.remove("a");
  expect(await kept()).toEqual([]);
  // A handle that cannot be kept costs the record nothing.
  handles.set("strange", { kind: "file", name: "a", getFile: async () => new File([], "a") });
  await journal.put(naming("strange"));
  expect([await kept(), (await journal.load()).records]).toEqual([[], [naming("strange")]]);
  database.close();
});

test("[S17] records of one turn take few transactions", async () => {
  const name = newName();
  const database = new Database(name);
  let transactions = 0;
  const write = database.write.bind(database);
  database.write = (...args) => {
    transactions++;
    return write(...args);
  };
  const journal = indexedDbJournal(database, opening(name));
  await Promise.all(Array.from({ length: 1_000 }, (_, at) => journal.put(sampleRecord(`record-${at}`))));
  expect(transactions).toBeLessThan(6);
  expect((await journal.load()).records).toHaveLength(1_000);
});

test("[S16] closing waits for what is being written, and takes no more", async () => {
  const name = newName();
  const journal = open(name);
  const putting = journal.put(sampleRecord("a"));
  await journal.close();
  expect((await open(name).load()).records).toHaveLength(1);
  await putting;
  await expect(journal.put(sampleRecord("b"))).rejects.toMatchObject({ code: "internal" });
});

test("[S15] a record that cannot be written takes no other one of its turn along", async () => {
  const journal = open(newName());
  const strange = journal.put({ ...sampleRecord("strange"), metadata: { call: (() => 1) as never } });
  const fine = journal.put(sampleRecord("fine"));
  await expect(strange).rejects.toThrow();
  await fine;
});
