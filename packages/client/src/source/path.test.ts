import { execFile } from "node:child_process";
import { appendFile, mkdir, mkdtemp, rename, rm, truncate, unlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { patternBytes, readToEnd, sourceContract } from "../../test/contracts/source.contract.ts";
import { openPathSource } from "./path.ts";
import type { Source } from "./source.ts";

let folder: string;
let count = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hawser-source-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function writeSource(content: Uint8Array): Promise<{ path: string; source: Source }> {
  const path = join(folder, `source-${count++}.bin`);
  await writeFile(path, content);
  return { path, source: await openPathSource(path) };
}

const { signal } = new AbortController();
const firstBytes = async (source: Source) => {
  const target = new Uint8Array(10);
  return target.subarray(0, await source.read(0, target, signal));
};

sourceContract("path", async (content) => (await writeSource(content)).source);

test("[R1] a path's facts: name in NFC, size, time in UTC; its origin opens it again", async () => {
  const path = join(folder, "Zoe\u0308.txt");
  await writeFile(path, "abc");
  await utimes(path, 1_700_000_000.125, 1_700_000_000.125);
  const source = await openPathSource(path, { contentType: "text/plain" });
  expect(source.facts).toEqual({
    name: "Zo\u00eb.txt",
    sizeBytes: 3,
    contentType: "text/plain",
    lastModified: "2023-11-14T22:13:20.125Z",
  });
  expect(source.origin).toEqual({ kind: "path", path });
  expect(await source.refresh?.()).toEqual(source.facts);
});

describe("a path that is no readable file", () => {
  test("[S15] nothing there, a folder, a pipe: told at once", async () => {
    const pipe = join(folder, "pipe");
    await promisify(execFile)("mkfifo", [pipe]);
    for (const path of [join(folder, "absent"), folder, pipe]) {
      await expect(openPathSource(path)).rejects.toMatchObject({ code: "source_unreadable" });
    }
  });

  test("[R9] removed before it was read: told; back again: read", async () => {
    const { path, source } = await writeSource(patternBytes(50));
    await rename(path, `${path}.away`);
    await expect(firstBytes(source)).rejects.toMatchObject({ code: "source_unreadable" });
    await expect(source.refresh?.()).rejects.toMatchObject({ code: "source_unreadable" });
    await rename(`${path}.away`, path);
    expect(await firstBytes(source)).toEqual(patternBytes(10));
    await source.close();
  });
});

describe("a file that changes", () => {
  const changes: [how: string, change: (path: string) => Promise<void>][] = [
    ["appended to", (path) => appendFile(path, "more")],
    ["truncated", (path) => truncate(path, 20)],
    ["edited in place, same size", (path) => writeFile(path, patternBytes(51).subarray(1))],
    ["edited in place, its time put back by a second", (path) => utimes(path, new Date(), new Date(Date.now() - 1e6))],
  ];

  test.each(changes)("[R9] %s while it is read: the next read tells", async (_, change) => {
    const { path, source } = await writeSource(patternBytes(50));
    await utimes(path, 1e9, 1e9);
    const again = await openPathSource(path);
    expect(await firstBytes(again)).toEqual(patternBytes(10));
    await change(path);
    await expect(firstBytes(again)).rejects.toMatchObject({ code: "source_changed" });
    expect(await again.refresh?.()).not.toEqual(again.facts);
    await again.close();
    await source.close();
  });

  test.each(changes)("[R9] %s between choosing and reading: the first read tells", async (_, change) => {
    const { path } = await writeSource(patternBytes(50));
    await utimes(path, 1e9, 1e9);
    const source = await openPathSource(path);
    await change(path);
    await expect(firstBytes(source)).rejects.toMatchObject({ code: "source_changed" });
  });

  test("[R9] replaced by another file of the same size and time: told, and the one that was opened is read on", async () => {
    const { path, source } = await writeSource(patternBytes(50));
    await utimes(path, 1e9, 1e9);
    await source.close();
    const opened = await openPathSource(path);
    const waiting = await openPathSource(path);
    await firstBytes(opened);
    await writeFile(`${path}.new`, patternBytes(51).subarray(1));
    await utimes(`${path}.new`, 1e9, 1e9);
    await rename(`${path}.new`, path);
    await expect(opened.refresh?.()).rejects.toMatchObject({ code: "source_changed" });
    await expect(firstBytes(waiting)).rejects.toMatchObject({ code: "source_changed" });
    expect(Buffer.compare(await readToEnd(opened), patternBytes(50))).toBe(0);
    await opened.close();
  });

  test("[R9] empty when it was chosen, and then written to: told by a read of nothing", async () => {
    const { path, source } = await writeSource(new Uint8Array(0));
    expect(await source.read(0, new Uint8Array(0), signal)).toBe(0);
    await appendFile(path, "more");
    await expect(source.read(0, new Uint8Array(0), signal)).rejects.toMatchObject({ code: "source_changed" });
    await source.close();
  });

  test("[R9] a folder or a pipe took its place before it was read: told, and no read waits for the pipe", async () => {
    for (const take of [mkdir, (path: string) => promisify(execFile)("mkfifo", [path])]) {
      const { path, source } = await writeSource(patternBytes(50));
      await unlink(path);
      await take(path);
      await expect(firstBytes(source)).rejects.toMatchObject({ code: "source_unreadable" });
      await source.close();
    }
  });

  test("[R9] removed while it is read: what was opened is read to its end", async () => {
    const { path, source } = await writeSource(patternBytes(50));
    await firstBytes(source);
    await unlink(path);
    await expect(readToEnd(source)).resolves.toHaveLength(50);
    await source.close();
  });
});
