import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { bytesOf, drop, expectStored, makeFiles, openStage, pick, storedFiles, untilTitle } from "./stage.ts";

const MiB = 1_048_576;

test("[S16] files that are dropped arrive exact, and the page says so with their digests", async (context) => {
  const stage = await openStage(context);
  const { page, server } = stage;
  const files = {
    "empty.txt": Buffer.alloc(0),
    "a & b – “c”.bin": bytesOf(5 * MiB + 321, "a"),
    "two.bin": bytesOf(2 * MiB, "b"),
  };
  const root = await makeFiles(stage, files);
  await page.goto(server.url);
  await untilTitle(stage, "Files");
  await page.getByRole("heading", { name: "Drop files or folders here" }).waitFor();

  await drop(stage, ...Object.keys(files).map((name) => join(root, name)));

  await untilTitle(stage, "Everything is safe");
  await expectStored(stage, files);
  expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe("Everything is safe");
  const list = page.getByRole("list", { name: "Safe on the server" });
  expect(await list.getByRole("listitem").count()).toBe(3);
  for (const { filename, digest } of await storedFiles(stage)) {
    const row = list.getByRole("listitem").filter({ has: page.getByTitle(filename, { exact: true }) });
    expect(await row.locator(".digest").getAttribute("title")).toBe(digest);
  }
  expect(stage.faults).toEqual([]);
});

test("[S16] a dropped folder arrives with the paths of its files", async (context) => {
  const stage = await openStage(context);
  const files = {
    "trip/a.jpg": bytesOf(700, "a"),
    "trip/day 2/b.jpg": bytesOf(MiB + 1, "b"),
    "trip/day 10/c.jpg": bytesOf(9, "c"),
  };
  const root = await makeFiles(stage, files);
  await stage.page.goto(stage.server.url);
  await untilTitle(stage, "Files");

  await drop(stage, join(root, "trip"));

  await untilTitle(stage, "Everything is safe");
  await expectStored(stage, files);
});

test("[S16] a folder that is chosen arrives like one that is dropped", async (context) => {
  const stage = await openStage(context);
  const files = { "trip/a.jpg": bytesOf(700, "a"), "trip/day 2/b.jpg": bytesOf(1_234, "b") };
  const root = await makeFiles(stage, files);
  await stage.page.goto(stage.server.url);
  await untilTitle(stage, "Files");

  await stage.page.locator('input[data-picker="folder"]').setInputFiles(join(root, "trip"));

  await untilTitle(stage, "Everything is safe");
  await expectStored(stage, files);
});

test("[S16] a stored file is downloaded under its name, and its digest can be copied", async (context) => {
  const stage = await openStage(context, { acceptDownloads: true, permissions: ["clipboard-read", "clipboard-write"] });
  const { page } = stage;
  const files = { "rope.bin": bytesOf(3 * MiB, "r") };
  const root = await makeFiles(stage, files);
  await page.goto(stage.server.url);
  await pick(stage, join(root, "rope.bin"));
  await untilTitle(stage, "Everything is safe");

  const downloading = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download rope.bin" }).click();
  const download = await downloading;
  expect(download.suggestedFilename()).toBe("rope.bin");
  expect((await readFile(await download.path())).equals(files["rope.bin"])).toBe(true);

  await page.getByRole("button", { name: "Copy the digest of rope.bin" }).click();
  await page.getByText("Digest copied").first().waitFor();
  const [stored] = await storedFiles(stage);
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(stored?.digest);
});

test("[S16] files of earlier visits are listed, newest first", async (context) => {
  const stage = await openStage(context);
  const { page } = stage;
  const root = await makeFiles(stage, { "old.bin": bytesOf(10, "o"), "new.bin": bytesOf(10, "n") });
  await page.goto(stage.server.url);
  await pick(stage, join(root, "old.bin"));
  await untilTitle(stage, "Everything is safe");
  await pick(stage, join(root, "new.bin"));
  await page.getByRole("list", { name: "Safe on the server" }).getByTitle("new.bin", { exact: true }).waitFor();

  await page.reload();

  await untilTitle(stage, "Everything is safe");
  const names = page.getByRole("list", { name: "Safe on the server" }).locator(".name");
  expect(await names.evaluateAll((all) => all.map((name) => name.getAttribute("title")))).toEqual([
    "new.bin",
    "old.bin",
  ]);
});

test("[S15] what the server refuses is told with its reason, and can be taken off the page", async (context) => {
  const stage = await openStage(context);
  const { page } = stage;
  const root = await makeFiles(stage, { "bad\u0001name.bin": bytesOf(10, "x"), "good.bin": bytesOf(10, "g") });
  await page.goto(stage.server.url);

  await pick(stage, join(root, "bad\u0001name.bin"), join(root, "good.bin"));

  await untilTitle(stage, "1 needs you");
  const row = page.getByRole("list", { name: "Needs you" }).getByRole("listitem");
  expect(await row.textContent()).toContain("Refused.");
  await row.getByRole("button", { name: /^Remove/ }).click();
  await untilTitle(stage, "Everything is safe");
});
