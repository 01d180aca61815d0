import { mkdir, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { limits } from "@hawser/protocol";
import { describe, expect, test } from "vitest";
import { bytes, id, idOf, noFault, openFaulty, read, temporaryFolder } from "../../../test/support/disk.ts";
import { openDiskStore } from "./disk-store.ts";

const { chunkSizeBytes } = limits;

describe("on a real disk", () => {
  test("[S9] an upload is one file at its final place, for the owner alone", async () => {
    const folder = await temporaryFolder();
    const store = await openDiskStore({ path: join(folder, "blobs") });
    await store.writeChunks(id, 2, [bytes]);
    const path = join(folder, "blobs", "ab", "01", id);
    expect((await readFile(path)).subarray(chunkSizeBytes).equals(bytes)).toBe(true);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    for (const part of ["blobs", "blobs/ab", "blobs/ab/01"]) {
      expect((await stat(join(folder, part))).mode & 0o777).toBe(0o700);
    }
    await store.remove(id);
    expect(await readdir(join(folder, "blobs", "ab", "01"))).toEqual([]);
    await store.close();
  });

  test("[S6] a link where a file should be is not followed", async () => {
    const folder = await temporaryFolder();
    const store = await openDiskStore({ path: join(folder, "blobs") });
    await writeFile(join(folder, "victim"), "keep");
    await mkdir(join(folder, "blobs", "ab", "01"), { recursive: true });
    await symlink(join(folder, "victim"), join(folder, "blobs", "ab", "01", id));
    await expect(store.writeChunks(id, 1, [bytes])).rejects.toMatchObject({ code: "ELOOP" });
    expect(await readFile(join(folder, "victim"), "utf8")).toBe("keep");
    await store.close();
  });

  test("[R8] names that the store does not make are not listed", async () => {
    const folder = await temporaryFolder();
    const store = await openDiskStore({ path: join(folder, "blobs") });
    await store.writeChunks(id, 1, [bytes]);
    const blobs = join(folder, "blobs");
    await mkdir(join(blobs, "lost+found"));
    await writeFile(join(blobs, "cd"), "a file named like a shard");
    await writeFile(join(blobs, "ab", "ff"), "another");
    await writeFile(join(blobs, "ab", "01", `${id}.tmp`), "");
    await writeFile(join(blobs, "ab", "01", idOf(0xcd02)), "an id in a wrong shard");
    const ids: string[] = [];
    for await (const listed of store.list()) ids.push(listed);
    expect(ids).toEqual([id]);
    await store.close();
  });

  test("[X1] a probe finds its way past a leftover one and removes its file", async () => {
    const folder = await temporaryFolder();
    const store = await openDiskStore({ path: join(folder, "blobs") });
    await writeFile(join(folder, "blobs", "probe"), "cut short");
    await store.probe();
    expect(await readdir(join(folder, "blobs"))).toEqual([]);
  });

  test("[S15] a folder that cannot be written shows with the system's code", async () => {
    const folder = await temporaryFolder();
    const store = await openDiskStore({ path: join(folder, "blobs") });
    await writeFile(join(folder, "blobs", "ab"), "not a folder");
    await expect(store.writeChunks(id, 1, [bytes])).rejects.toMatchObject({ code: "ENOTDIR" });
    await expect(openDiskStore({ path: join(folder, "none", "blobs") })).rejects.toMatchObject({ code: "ENOENT" });
    await store.close();
  });
});

describe("sync", () => {
  test("[X1] the first sync of a file in a process's life syncs its folders, later ones its bytes", async () => {
    const { store, calls, sim } = await openFaulty(noFault);
    await store.writeChunks(id, 1, [bytes]);
    calls.length = 0;
    await store.sync(id);
    const file = `/blobs/ab/01/${id}`;
    const all = [`syncData ${file}`, "syncDirectory /blobs/ab/01", "syncDirectory /blobs/ab", "syncDirectory /blobs"];
    expect(calls).toEqual(all);
    calls.length = 0;
    await store.sync(id);
    expect(calls).toEqual([`syncData ${file}`]);
    await store.close();

    const next = await openDiskStore({ path: "/blobs", fileSystem: sim });
    calls.length = 0;
    await next.sync(id);
    expect(calls.filter((call) => call.startsWith("sync"))).toEqual(all);
  });

  test("[X1] a failed sync is never tried again, of this file or another", async () => {
    for (const kind of ["syncData", "syncDirectory"] as const) {
      const operation = kind === "syncData" ? 1 : 2;
      const { store, calls } = await openFaulty({ kind, operation, lasts: "once", outcome: "EIO" });
      await store.writeChunks(id, 1, [bytes]);
      await store.writeChunks(idOf(2), 1, [bytes]);
      await expect(store.sync(id)).rejects.toMatchObject({ code: "EIO" });
      calls.length = 0;
      await expect(store.sync(id)).rejects.toMatchObject({ code: "storage_fenced" });
      await expect(store.sync(idOf(2))).rejects.toMatchObject({ code: "storage_fenced" });
      await expect(store.remove(id)).rejects.toMatchObject({ code: "storage_fenced" });
      await expect(store.probe()).rejects.toMatchObject({ code: "storage_fenced" });
      expect(calls.filter((call) => call.startsWith("sync"))).toEqual([]);
      expect((await read(store, idOf(2))).length).toBe(bytes.length);
      await store.close();
    }
  });

  test("[X1] syncs that wait share one flush; none joins a flush that runs", async () => {
    const { store, calls } = await openFaulty(noFault);
    await store.writeChunks(id, 1, [bytes]);
    calls.length = 0;
    const running = store.sync(id);
    while (!calls.some((call) => call.startsWith("syncData"))) await undefined;
    await Promise.all([running, store.sync(id), store.sync(id), store.sync(id)]);
    expect(calls.filter((call) => call.startsWith("syncData")).length).toBe(2);
    await store.close();
  });

  test("[X1] a sync of an upload without bytes fails: there is nothing that it could promise", async () => {
    const { store } = await openFaulty(noFault);
    await expect(store.sync(id)).rejects.toMatchObject({ code: "ENOENT" });
    await store.writeChunks(id, 1, [bytes]);
    await store.sync(id);
  });

  test("[X1] a file with un-synced bytes is synced before its handle goes, and a failure is remembered", async () => {
    const { store, calls } = await openFaulty(
      { kind: "syncData", operation: 2, lasts: "once", outcome: "EIO" },
      { maxOpenFiles: 1 },
    );
    await store.writeChunks(id, 1, [bytes]);
    await store.writeChunks(idOf(2), 1, [bytes]);
    expect(calls.filter((call) => /syncData|close/.test(call))).toEqual([
      `syncData /blobs/ab/01/${id}`,
      `close /blobs/ab/01/${id}`,
    ]);
    await store.writeChunks(idOf(3), 1, [bytes]).catch(() => undefined);
    await expect(store.sync(id)).rejects.toMatchObject({ code: "storage_fenced" });
  });
});
