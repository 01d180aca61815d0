import { rename, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { limits } from "@hawser/protocol";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Stage } from "./stage.ts";

const chunk = limits.chunkSizeBytes;
let stage: Stage;
beforeEach(async () => {
  stage = await Stage.open();
});
afterEach(() => stage.close());

test("[S16] a folder arrives with everything in it, and each file knows the way to it", async () => {
  const sizes = { "photos/a.jpg": 10, "photos/.hidden": 0, "photos/2024/b.jpg": 3 * chunk + 1, "single.bin": 7 };
  const files = await Promise.all(
    Object.entries(sizes).map(async ([name, size]) => ({ name, ...(await stage.makeFile(name, size)) })),
  );
  await symlink("a.jpg", join(stage.folder, "photos", "link.jpg"));
  const process = stage.hawser("push", [join(stage.folder, "photos"), join(stage.folder, "single.bin")]);
  expect(await process.ended).toBe(0);
  for (const { name, path, bytes } of files) {
    const id = String(process.events.find((event) => event.event === "completed" && event.path === path)?.id);
    expect(stage.server.bytesOf(id).equals(bytes)).toBe(true);
    const metadata = name.startsWith("photos/") ? { path: name } : {};
    expect(stage.server.uploads.get(id)?.metadata).toEqual(metadata);
  }
  expect(process.event("skipped")).toMatchObject({ links: 1, hidden: 0 });
  expect(process.events.at(-1)).toEqual({ event: "ended", files: 4, safe: 4 });
  expect(await stage.records()).toEqual([]);
});

test("[R8] [S18] a push of a folder that was killed goes on: what is safe is not sent again", async () => {
  const names = ["a.bin", "b.bin", "c.bin"].map((name) => `folder/${name}`);
  const files = await Promise.all(names.map((name) => stage.makeFile(name, 6 * chunk)));
  const held = stage.holdRunsAfter(8);
  const args = [join(stage.folder, "folder"), "--active", "1"];
  const first = stage.hawser("push", args);
  await held;
  await first.line((line) => line.includes('"completed"'));
  first.kill("SIGKILL");
  await first.ended;
  await stage.calmDown();
  const acknowledged = [...stage.server.uploads.values()].reduce((sum, { chunks }) => sum + chunks.size, 0);
  const second = stage.hawser("resume", []);
  expect(await second.ended).toBe(0);
  expect(stage.server.chunksSeen).toHaveLength(18 - acknowledged);
  expect(stage.server.uploads.size).toBe(3);
  for (const [index, { bytes }] of files.entries()) {
    expect(stage.has(names[index]?.slice("folder/".length) ?? "", bytes)).toBe(true);
  }
});

test("[R9] two files of one name, size and content are two uploads", async () => {
  const { bytes } = await stage.makeFile("one/same.bin", 4 * chunk);
  const twin = await stage.makeFile("two/same.bin", 4 * chunk);
  await writeFile(twin.path, bytes);
  // Were the second one asked for, the first would be there to be found.
  const begun = Promise.withResolvers<void>();
  let checks = 0;
  stage.server.trouble = async ({ path }) => {
    if (path.endsWith("/chunks/1")) begun.resolve();
    if (path.endsWith("/check") && ++checks === 2) await begun.promise;
  };
  const process = stage.hawser("push", [join(stage.folder, "one"), join(stage.folder, "two")]);
  expect(await process.ended).toBe(0);
  const ways = [...stage.server.uploads.values()].map(({ metadata }) => metadata.path);
  expect(ways.sort()).toEqual(["one/same.bin", "two/same.bin"]);
});

test("[R1] [R3] a file that was moved meanwhile goes on, found by its content", async () => {
  const { path, bytes } = await stage.makeFile("before.d/film.mov", 20 * chunk);
  const held = stage.holdRunsAfter(2);
  const first = stage.hawser("push", [path]);
  await held;
  first.kill("SIGKILL");
  await first.ended;
  await stage.calmDown();
  await rename(join(stage.folder, "before.d"), join(stage.folder, "after.d"));
  const second = stage.hawser("push", [join(stage.folder, "after.d", "film.mov")]);
  expect(await second.ended).toBe(0);
  expect(second.event("upload")).toMatchObject({ resumed: true });
  expect(stage.has("film.mov", bytes)).toBe(true);
  expect(stage.server.uploads.size).toBe(1);
  expect(await stage.records()).toEqual([]);
});
