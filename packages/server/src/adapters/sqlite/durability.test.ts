import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, open, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { insert } from "../../../test/contracts/ledger-samples.ts";
import { openSqliteLedger } from "./ledger.ts";

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hawser-durability-"));
  path = join(folder, "ledger.db");
});
afterEach(() => rm(folder, { recursive: true }));

/** Runs `body` in a process of its own, over an open `ledger`; `insert(id, sizeBytes)` inserts an upload with a body. */
function script(body: string): string[] {
  const code = `
    import { openSqliteLedger } from ${JSON.stringify(import.meta.resolve("./ledger.ts"))};
    import { newUpload } from ${JSON.stringify(import.meta.resolve("../../../test/contracts/ledger-samples.ts"))};
    const ledger = await openSqliteLedger({ path: ${JSON.stringify(path)} });
    const insert = (id, sizeBytes) => ledger.transact("one-shot", async (tx) => {
      await tx.insertSmallBody(await tx.insertUpload(newUpload({ id })), new Uint8Array(sizeBytes));
    });
    ${body}`;
  return [process.execPath, "--conditions=@hawser/source", "--input-type=module", "--eval", code];
}

async function storedIds(): Promise<string[]> {
  const ledger = await openSqliteLedger({ path });
  const records = await ledger.read((reader) => reader.uploadsInState("active", 10_000));
  await ledger.close();
  return records.map(({ id }) => id);
}

test("[S5] what a killed process committed is there, and its log is emptied before the first answer", async () => {
  const [command = "", ...args] = script(`
    for (let n = 0; n < 20; n++) await insert("u" + n, 1_000);
    process.kill(process.pid, "SIGKILL");`);
  const child = spawn(command, args, { stdio: ["ignore", "ignore", "inherit"] });
  expect(await once(child, "exit")).toEqual([null, "SIGKILL"]);
  expect((await stat(`${path}-wal`)).size).toBeGreaterThan(0);
  const ledger = await openSqliteLedger({ path });
  expect((await stat(`${path}-wal`)).size).toBe(0);
  const records = await ledger.read((reader) => reader.uploadsInState("active", 99));
  expect(records).toHaveLength(20);
  await ledger.close();
});

/** Watches what the adapter itself syncs; SQLite's own syncs do not come by here. */
async function watchSyncs() {
  const handle = await open(folder, "r");
  await handle.close();
  return vi.spyOn(Object.getPrototypeOf(handle) as typeof handle, "sync");
}

test("[X1] a log left behind and the folder's entries are synced before the first answer", async () => {
  const sync = await watchSyncs();
  await (await openSqliteLedger({ path })).close();
  expect(sync, "the folder").toHaveBeenCalledTimes(1);
  await writeFile(`${path}-wal`, "");
  await (await openSqliteLedger({ path })).close();
  expect(sync, "and the log").toHaveBeenCalledTimes(3);
  sync.mockRestore();
});

test("[X1] no ledger is opened when one of these syncs fails, and it is not tried again", async () => {
  await writeFile(`${path}-wal`, "");
  for (const successes of [0, 1]) {
    const sync = await watchSyncs();
    for (let n = 0; n < successes; n++) sync.mockResolvedValueOnce();
    sync.mockRejectedValueOnce(Object.assign(new Error("broken disk"), { code: "EIO" }));
    const opening = openSqliteLedger({ path });
    await expect(opening).rejects.toMatchObject({ message: expect.stringContaining("broken disk") });
    expect(sync).toHaveBeenCalledTimes(successes + 1);
    sync.mockRestore();
    await writeFile(`${path}-wal`, "");
  }
});

test("[X1] a write that the system refuses fences the ledger; what was acknowledged is there after a restart", async () => {
  // The limit on a file's size stands in for a full or broken disk: the log cannot grow.
  const limited = ["sh", "-c", 'ulimit -f 2048 && exec "$@"', "sh"];
  const [command = "", ...args] = [
    ...limited,
    ...script(`
      const outcomes = [];
      for (let n = 0; n < 60; n++) {
        outcomes.push(await insert("u" + n, 50_000).then(() => "done", (error) => error.code));
      }
      const read = await ledger.read((reader) => reader.uploadsInState("active", 99));
      await ledger.close();
      console.log(JSON.stringify({ outcomes, readable: read.length }));`),
  ];
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] });
  const { outcomes, readable } = JSON.parse(await text(child.stdout));
  const acknowledged = outcomes.indexOf("storage_fenced");
  expect(acknowledged).toBeGreaterThan(5);
  expect(outcomes.slice(acknowledged)).toEqual(outcomes.slice(acknowledged).map(() => "storage_fenced"));
  expect(readable).toBe(acknowledged);
  expect((await stat(`${path}-wal`)).size, "closing a fenced ledger leaves its log").toBeGreaterThan(0);
  const ids = await storedIds();
  expect(ids).toEqual(outcomes.slice(0, acknowledged).map((_: string, n: number) => `u${n}`));
});

test("[S15] a ledger that cannot be opened says which", async () => {
  await expect(openSqliteLedger({ path: join(folder, "missing", "ledger.db") })).rejects.toMatchObject({
    code: "unavailable",
    message: expect.stringContaining("missing"),
  });
});

test("[S5] closing leaves one file, with everything in it", async () => {
  const ledger = await openSqliteLedger({ path });
  await insert(ledger, { id: "a" });
  await ledger.close();
  await expect(stat(`${path}-wal`)).rejects.toMatchObject({ code: "ENOENT" });
  expect(await storedIds()).toEqual(["a"]);
});
