import { join } from "node:path";
import { expect, test } from "vitest";
import { bytesOf, drop, makeFiles, openStage, storedFiles, untilTitle } from "./stage.ts";

const fileCount = 2_000;
/** A window's worth and the rows around it, of both lists; far fewer than there are files. */
const mostRows = 250;

test("[S16] 2,000 small files: the page holds few rows, obeys meanwhile, and all arrive", async (context) => {
  const stage = await openStage(context);
  const { page, server } = stage;
  const files = Object.fromEntries(
    Array.from({ length: fileCount }, (_, index) => [`many/${index}.txt`, bytesOf(1 + (index % 900), `${index}`)]),
  );
  const root = await makeFiles(stage, files);
  await page.goto(server.url);
  await untilTitle(stage, "Files");
  await page.evaluate(() => {
    const seen = { rows: 0 };
    Object.assign(window, { seen });
    new MutationObserver(() => {
      seen.rows = Math.max(seen.rows, document.querySelectorAll('[role="listitem"]').length);
    }).observe(document.body, { childList: true, subtree: true });
  });

  await drop(stage, join(root, "many"));
  await page.getByRole("button", { name: "Pause all" }).click();
  await page.getByText("Paused by you.").first().waitFor();
  await page.getByRole("button", { name: "Resume all" }).click();

  await untilTitle(stage, "Everything is safe");
  const stored = await storedFiles(stage);
  expect(new Map(stored.map(({ filename, size }) => [filename, size]))).toEqual(
    new Map(Object.entries(files).map(([name, bytes]) => [name, bytes.length])),
  );
  for (const { filename, url } of stored.filter((_, index) => index % 100 === 0)) {
    const bytes = Buffer.from(await (await fetch(`${server.url}${url}`)).arrayBuffer());
    expect([filename, bytes.equals(files[filename] ?? Buffer.alloc(0))]).toEqual([filename, true]);
  }
  expect(await page.evaluate(() => (window as unknown as { seen: { rows: number } }).seen.rows)).toBeLessThan(mostRows);
  expect(await page.getByRole("list", { name: "Safe on the server" }).getByRole("listitem").count()).toBeGreaterThan(
    10,
  );
  expect(stage.faults).toEqual([]);
});
