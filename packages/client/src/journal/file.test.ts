import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { journalContract, sampleRecord } from "../../test/contracts/journal.contract.ts";
import { openFileJournal } from "./file.ts";

let root: string;
let count = 0;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "hawser-journal-"));
});
afterAll(() => rm(root, { recursive: true }));
const newFolder = () => join(root, `journal-${count++}`);

journalContract("files", async () => {
  const folder = newFolder();
  return { journal: await openFileJournal(folder), reopen: () => openFileJournal(folder) };
});

test("[R9] only the user can look into the folder, also into one that was there", async () => {
  const folder = newFolder();
  await mkdir(folder, { mode: 0o755 });
  await chmod(folder, 0o755);
  const journal = await openFileJournal(folder);
  await journal.put(sampleRecord("a"));
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
  expect((await stat(join(folder, "a.json"))).mode & 0o777).toBe(0o600);
});

test("[S15] a folder that cannot be one is told, and so is a record that cannot be written", async () => {
  const file = newFolder();
  await writeFile(file, "");
  await expect(openFileJournal(file)).rejects.toMatchObject({ code: "internal" });
  const folder = newFolder();
  const journal = await openFileJournal(folder);
  await mkdir(join(folder, "blocked.json.new"));
  const blocked = journal.put(sampleRecord("blocked"));
  const fine = journal.put(sampleRecord("fine"));
  await expect(blocked).rejects.toMatchObject({ code: "internal" });
  await fine;
  await rm(join(folder, "blocked.json.new"), { recursive: true });
  await journal.put(sampleRecord("blocked"));
  expect((await journal.load()).records).toHaveLength(2);
});

test("[R9] an id cannot lead out of the folder", async () => {
  const journal = await openFileJournal(newFolder());
  for (const id of ["../a", "a/b", "", ".", "a.json", "x".repeat(129)]) {
    await expect(journal.put(sampleRecord(id))).rejects.toMatchObject({ code: "invalid_request" });
    await expect(journal.remove(id)).rejects.toMatchObject({ code: "invalid_request" });
  }
});

test("[S16] closing waits for what is being written, and takes no more", async () => {
  const folder = newFolder();
  const journal = await openFileJournal(folder);
  const putting = journal.put(sampleRecord("a"));
  await journal.close();
  expect((await (await openFileJournal(folder)).load()).records).toHaveLength(1);
  await putting;
  await expect(journal.put(sampleRecord("b"))).rejects.toMatchObject({ code: "internal" });
});

describe("what is found in the folder", () => {
  test("[R12] records that cannot be understood are set aside and counted once, and stop nobody", async () => {
    const folder = newFolder();
    const journal = await openFileJournal(folder);
    await journal.put(sampleRecord("good"));
    await writeFile(join(folder, "torn.json"), '{"version":1,"id":"torn"');
    await writeFile(join(folder, "empty.json"), "");
    await writeFile(join(folder, "renamed.json"), JSON.stringify(sampleRecord("other-id")));
    expect(await journal.load()).toEqual({ records: [sampleRecord("good")], unreadable: 3 });
    expect(await journal.load()).toEqual({ records: [sampleRecord("good")], unreadable: 0 });
    expect((await readdir(join(folder, "unreadable"))).toSorted()).toEqual(["empty.json", "renamed.json", "torn.json"]);
  });

  test("[R12] a newer program's records are counted and left where they are", async () => {
    const folder = newFolder();
    const journal = await openFileJournal(folder);
    const newer = JSON.stringify({ version: 2, id: "newer" });
    await writeFile(join(folder, "newer.json"), newer);
    for (let time = 0; time < 2; time++) expect(await journal.load()).toEqual({ records: [], unreadable: 1 });
    expect(await readFile(join(folder, "newer.json"), "utf8")).toBe(newer);
  });

  test("[R8] what a dying process left half written counts nothing, and goes after a day", async () => {
    const folder = newFolder();
    const journal = await openFileJournal(folder);
    await journal.put(sampleRecord("a"));
    await writeFile(join(folder, "a.json.new"), '{"version":');
    await writeFile(join(folder, "old.json.new"), '{"version":');
    await utimes(join(folder, "old.json.new"), 1e9, 1e9);
    expect(await journal.load()).toEqual({ records: [sampleRecord("a")], unreadable: 0 });
    await journal.close();
    expect((await readdir(folder)).toSorted()).toEqual(["a.json", "a.json.new"]);
  });

  test("[R12] any bytes in any file: loading never fails, and the good records are there", async () => {
    const text = JSON.stringify(sampleRecord("fuzzed"));
    const torn = fc.nat(text.length - 1).map((length) => Buffer.from(text.slice(0, length)));
    const flipped = fc.tuple(fc.nat(text.length - 1), fc.integer({ min: 1, max: 255 })).map(([at, mask]) => {
      const bytes = Buffer.from(text);
      bytes[at] = (bytes[at] ?? 0) ^ mask;
      return bytes;
    });
    const content = fc.oneof(fc.uint8Array(), fc.json().map(Buffer.from), torn, flipped);
    await fc.assert(
      fc.asyncProperty(content, async (bytes) => {
        const folder = newFolder();
        const journal = await openFileJournal(folder);
        await journal.put(sampleRecord("good"));
        await writeFile(join(folder, "fuzzed.json"), bytes);
        const { records, unreadable } = await journal.load();
        expect(records.filter(({ id }) => id === "good")).toEqual([sampleRecord("good")]);
        expect(records.length + unreadable).toBe(2);
      }),
      { numRuns: 150 },
    );
  });
});

describe("other processes", () => {
  const token = (pid: number | undefined, start = 0) => `${pid}-${start}-0123456789abcdef`;
  /** As a process with this token leaves it that carries a record. */
  async function carriedBy(folder: string, id: string, holder: string): Promise<void> {
    await writeFile(join(folder, `${holder}.holder`), "");
    await writeFile(join(folder, `${id}.json`), JSON.stringify({ ...sampleRecord(id), holder }));
  }

  test("[R8] [S18] what a living process carries is left to it; what a dead one carried goes on here", async () => {
    const folder = newFolder();
    const other = spawn(process.execPath, ["-e", "setInterval(() => {}, 1_000)"], { stdio: "ignore" });
    const journal = await openFileJournal(folder);
    await carriedBy(folder, "a", token(other.pid));
    // The number of a living process that began at another time than the one that carried it.
    await carriedBy(folder, "b", token(process.pid, 1));
    await journal.put(sampleRecord("c"));
    expect((await journal.peek()).holders).toEqual(new Map([["a", other.pid]]));
    expect(await journal.claim(["a", "c", "none"])).toEqual(
      new Map([
        ["a", other.pid],
        ["none", null],
      ]),
    );
    expect((await journal.load()).records.map(({ id }) => id).toSorted()).toEqual(["b", "c"]);
    const ended = once(other, "exit");
    other.kill("SIGKILL");
    await ended;
    expect((await journal.load()).records.map(({ id }) => id).toSorted()).toEqual(["a", "b", "c"]);
    await journal.close();
    await (await openFileJournal(folder)).close();
    expect((await readdir(folder)).toSorted()).toEqual(["a.json", "b.json", "c.json"]);
  });

  test("[R8] what a living process has let go of goes on here", async () => {
    const folder = newFolder();
    const journal = await openFileJournal(folder);
    const other = spawn(process.execPath, ["-e", "setInterval(() => {}, 1_000)"], { stdio: "ignore" });
    await carriedBy(folder, "a", token(other.pid));
    await rm(join(folder, `${token(other.pid)}.holder`));
    expect((await journal.load()).records).toEqual([sampleRecord("a")]);
    other.kill("SIGKILL");
    await once(other, "exit");
  });
});
