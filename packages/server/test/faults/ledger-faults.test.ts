import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { LiveServer } from "../support/live-server.ts";
import { expectFile, fatal, finish, mebibyte, sizeBytes, startLive } from "./live.ts";
import { SmallVolume } from "./small-volume.ts";

/** Holds the ledger's write lock, in another process, until the returned function is called. */
async function lockLedger(dataDir: string): Promise<() => Promise<void>> {
  const program = `
    const database = new (require("node:sqlite").DatabaseSync)(process.argv[1]);
    database.exec("BEGIN IMMEDIATE");
    process.stdin.on("end", () => database.close()).resume();
    process.stdout.write("held");`;
  const child = spawn(process.execPath, ["-e", program, join(dataDir, "ledger.sqlite")], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const exited = once(child, "exit");
  await Promise.race([once(child.stdout, "data"), exited]);
  expect(child.exitCode).toBe(null);
  return async () => {
    child.stdin.end();
    await exited;
  };
}

const fatalOf = ({ complaints }: LiveServer) => complaints.filter(({ level }) => level >= fatal);

test("[S15] [R8] a ledger that another process keeps locked: 503 until it lets go, and nothing is fenced", async () => {
  await using server = await startLive();
  const id = await server.begin(sizeBytes);
  expect(await server.send(id, "1", "a", sizeBytes)).toMatchObject({ status: 200 });
  const unlock = await lockLedger(join(server.folder, "data"));
  const refused = { status: 503, code: "unavailable" };
  expect(await server.send(id, "2", "a", sizeBytes)).toMatchObject(refused);
  await unlock();
  await finish(server, id, "a", [1]);
  expect(fatalOf(server)).toEqual([]);
});

test("[S15] [S10] [X1] a ledger without room is fenced; after a restart everything acknowledged is there", async (t) => {
  const volume = await SmallVolume.mount(12 * mebibyte, t);
  let active: string;
  let complete: string;
  {
    await using server = await startLive({ dataDir: volume.dataDir });
    complete = await server.fill(sizeBytes, "b");
    active = await server.begin(sizeBytes);
    expect(await server.send(active, "1-2", "a", sizeBytes)).toMatchObject({ status: 200 });
    await volume.fill();
    const attempts = [
      () => server.post("/uploads/initialize", { filename: "other.bin", size: 1 }),
      () => server.send(active, "3", "a", sizeBytes),
      () => server.post(`/uploads/${active}/finalize`, {}),
    ];
    // It is fenced by the first, and stays so when there is room again.
    const refused = { status: 503, code: "storage_fenced" };
    expect(await attempts[0]?.()).toMatchObject(refused);
    await volume.empty();
    for (const attempt of attempts.slice(0, 2)) expect(await attempt()).toMatchObject(refused);
    await expectFile(server.port, complete, "b");
    expect(fatalOf(server)).not.toEqual([]);
  }
  await using server = await startLive({ dataDir: volume.dataDir });
  await expectFile(server.port, complete, "b");
  await finish(server, active, "a", [1, 2]);
});
