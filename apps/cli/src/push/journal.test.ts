import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Journal } from "./journal.ts";

const server = "http://127.0.0.1:8080/";
const subject = { server, path: "/a/b.mov", sizeBytes: 5, mtimeMs: 1234.567 };
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hawser-journal-"));
});
afterEach(() => rm(folder, { recursive: true }));

test("[R3] what is owed is found again by server and path, until it is removed", async () => {
  const journal = new Journal(join(folder, "deep", "down"));
  expect(await journal.find(server, subject.path)).toBeUndefined();
  const entry = await journal.begin(subject);
  const named = { ...entry, upload: { id: "0".repeat(32), runAlign: 1, maxRunChunks: 64 } };
  await journal.write(named);
  expect(await journal.find(server, subject.path)).toEqual(named);
  expect(await journal.find("http://other/", subject.path)).toBeUndefined();
  expect((await journal.begin(subject)).idempotencyKey).not.toBe(entry.idempotencyKey);
  await journal.remove(entry);
  await journal.remove(entry);
  expect(await readdir(join(folder, "deep", "down"))).toEqual([]);
});

test("[P1] an entry that cannot be read is set aside and counts as none", async () => {
  const journal = new Journal(folder);
  await journal.begin(subject);
  const [name = ""] = await readdir(folder);
  for (const text of ["", "{", '{"version":9}', "null", '{"version":1,"upload":{"id":"../x"}}']) {
    await writeFile(join(folder, name), text);
    expect(await journal.find(server, subject.path)).toBeUndefined();
    expect(await readdir(folder)).toEqual([`${name}.unreadable`]);
  }
});
