import { rename, unlink } from "node:fs/promises";
import { limits } from "@hawser/protocol";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Stage } from "./stage.ts";

const chunk = limits.chunkSizeBytes;
let stage: Stage;
beforeEach(async () => {
  stage = await Stage.open();
});
afterEach(() => stage.close());

/** Leaves three files half sent. */
async function interrupt(): Promise<{ path: string; bytes: Buffer }[]> {
  const files = await Promise.all(["a.bin", "b.bin", "c.bin"].map((name) => stage.makeFile(name, 20 * chunk)));
  // Requests grow fast on a good line: after a few more one of the files might be whole.
  const held = stage.holdRunsAfter(2);
  const process = stage.hawser(
    "push",
    files.map(({ path }) => path),
  );
  await held;
  process.kill("SIGINT");
  expect(await process.ended).toBe(130);
  await stage.calmDown();
  expect(await stage.records()).toHaveLength(3);
  return files;
}

test("[R3] [R8] resume goes on with all that is owed, from where it was", async () => {
  const files = await interrupt();
  const acknowledged = [...stage.server.uploads.values()].reduce((sum, { chunks }) => sum + chunks.size, 0);
  const process = stage.hawser("resume", []);
  expect(await process.ended).toBe(0);
  expect(process.events.at(-1)).toEqual({ event: "ended", files: 3, safe: 3 });
  expect(stage.server.chunksSeen).toHaveLength(60 - acknowledged);
  for (const { path, bytes } of files) expect(stage.has(path.slice(-5), bytes)).toBe(true);
  const again = stage.hawser("resume", []);
  expect(await again.ended).toBe(0);
  expect(again.events).toEqual([{ event: "ended", files: 0, safe: 0 }]);
});

test("[R3] a push goes on with what was named, by itself, and leaves the rest owed", async () => {
  const [file] = await interrupt();
  const process = stage.hawser("push", [file?.path ?? ""]);
  expect(await process.ended).toBe(0);
  expect(new Set(process.events.flatMap(({ path }) => path ?? []))).toEqual(new Set([file?.path]));
  expect(stage.has("a.bin", file?.bytes as Buffer)).toBe(true);
  expect((await stage.records()).map(({ source }) => source.name).sort()).toEqual(["b.bin", "c.bin"]);
});

test("[R3] what cannot be opened is listed and stays owed, until it is back, or forgotten", async () => {
  const [moved, gone] = await interrupt();
  await rename(moved?.path ?? "", `${moved?.path}.away`);
  await unlink(gone?.path ?? "");
  const first = stage.hawser("resume", []);
  expect(await first.ended).toBe(3);
  const lost = first.events.filter(({ event }) => event === "failed");
  expect(lost.map(({ path }) => path).sort()).toEqual([moved?.path, gone?.path]);
  expect(lost[0]).toMatchObject({ code: "source_unreadable", resumable: true });
  expect(lost[0]?.message).toContain("There is no such file or folder.");
  expect(await stage.records()).toHaveLength(2);

  await rename(`${moved?.path}.away`, moved?.path ?? "");
  const second = stage.hawser("resume", ["--forget"]);
  expect(await second.ended).toBe(0);
  expect(second.event("forgotten")).toMatchObject({ filename: "b.bin" });
  expect(stage.has("a.bin", moved?.bytes as Buffer)).toBe(true);
  expect(await stage.records()).toEqual([]);
});

test("[R9] a file that was edited meanwhile is told, exit code 4, and --anew sends it as it is now", async () => {
  const { path } = await stage.makeFile("film.mov", 20 * chunk);
  const held = stage.holdRunsAfter(2);
  const first = stage.hawser("push", [path]);
  await held;
  first.kill("SIGKILL");
  await first.ended;
  await stage.calmDown();
  const edited = await stage.makeFile("film.mov", 20 * chunk);
  const resumed = stage.hawser("resume", []);
  expect(await resumed.ended).toBe(4);
  expect(resumed.event("failed")).toMatchObject({ code: "source_changed" });
  expect([...stage.server.uploads.values()].map(({ state }) => state)).toEqual(["active"]);
  const anew = stage.hawser("push", [path, "--anew"]);
  expect(await anew.ended).toBe(0);
  expect(stage.has("film.mov", edited.bytes)).toBe(true);
});

test("[S15] a cancelled upload is owed no longer", async () => {
  await interrupt();
  const record = (await stage.records()).find(({ upload }) => upload !== null);
  const cancelled = stage.hawser("cancel", [record?.upload?.id ?? ""]);
  expect(await cancelled.ended).toBe(0);
  const process = stage.hawser("resume", []);
  expect(await process.ended).toBe(0);
  expect(process.events.at(-1)).toMatchObject({ files: 2, safe: 2 });
});
