import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { walk } from "./walk.ts";

let folder: string;
const options = { skipHidden: false, signal: new AbortController().signal };

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hawser-walk-"));
  await mkdir(join(folder, "photos", "2024", ".trash"), { recursive: true });
  for (const name of ["z.jpg", "B.jpg", "a.jpg", ".cover", "2024/1.jpg", "2024/.trash/x.jpg"]) {
    await writeFile(join(folder, "photos", name), name);
  }
  await symlink("..", join(folder, "photos", "loop"));
  await symlink("z.jpg", join(folder, "photos", "link.jpg"));
});
afterEach(() => rm(folder, { recursive: true }));

test("[S16] a folder stands for everything in it, in one order, each with the way to it", async () => {
  const { files, failures, skipped } = await walk([join(folder, "photos/")], options);
  expect(files.map(({ relativePath }) => relativePath)).toEqual([
    "photos/.cover",
    "photos/2024/.trash/x.jpg",
    "photos/2024/1.jpg",
    "photos/B.jpg",
    "photos/a.jpg",
    "photos/z.jpg",
  ]);
  expect(files[2]).toMatchObject({ filename: "1.jpg", path: join(folder, "photos/2024/1.jpg"), sizeBytes: 10 });
  expect(failures).toEqual([]);
  expect(skipped).toEqual({ links: 2, hidden: 0, special: 0 });
});

test("[S16] hidden names are left out on demand, with all that is below them", async () => {
  const { files, skipped } = await walk([join(folder, "photos")], { ...options, skipHidden: true });
  expect(files.map(({ filename }) => filename)).toEqual(["1.jpg", "B.jpg", "a.jpg", "z.jpg"]);
  expect(skipped).toEqual({ links: 2, hidden: 2, special: 0 });
});

test("[S16] a named link is followed under its own name; no file is sent twice; one failure stops no other", async () => {
  const paths = ["photos/link.jpg", "photos/z.jpg", "absent.jpg", "photos/a.jpg"].map((name) => join(folder, name));
  const { files, failures } = await walk(paths, options);
  expect(files.map(({ filename, relativePath }) => [filename, relativePath])).toEqual([
    ["link.jpg", null],
    ["a.jpg", null],
  ]);
  expect(files[0]?.realPath).toMatch(/photos\/z\.jpg$/);
  expect(failures).toMatchObject([{ path: join(folder, "absent.jpg"), error: { code: "ENOENT" } }]);
});
