import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { lockFolder } from "./folder-lock.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hawser-lock-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** A process that holds the lock until it dies. */
async function startHolder() {
  const script = `
    import { lockFolder } from ${JSON.stringify(import.meta.resolve("./folder-lock.ts"))};
    globalThis.held = lockFolder(${JSON.stringify(folder)});
    setInterval(() => {}, 1_000);
    console.log("held");`;
  const args = ["--conditions=@hawser/source", "--input-type=module", "--eval", script];
  const holder = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  await once(holder.stdout, "data");
  return holder;
}

test("[X1] a second caller is refused with a clear error, and served after the first let go", () => {
  const lock = lockFolder(folder);
  expect(() => lockFolder(folder, 20)).toThrow(
    expect.objectContaining({ code: "unavailable", message: expect.stringContaining("Another process serves") }),
  );
  lock.release();
  lockFolder(folder, 20).release();
});

test("[X1] a second process is refused; the lock dies with a killed holder, and waiting gets it", async () => {
  const holder = await startHolder();
  const exited = once(holder, "exit");
  try {
    expect(() => lockFolder(folder, 20)).toThrow(expect.objectContaining({ code: "unavailable" }));
  } finally {
    holder.kill("SIGKILL");
  }
  lockFolder(folder, 5_000).release();
  await exited;
});

test("[S15] a folder that is not there is named", () => {
  const missing = join(folder, "missing");
  expect(() => lockFolder(missing)).toThrow(
    expect.objectContaining({ code: "unavailable", message: expect.stringContaining(missing) }),
  );
});
