import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startServer } from "@hawser/server";
import { chromium, type Page } from "playwright-core";
import { build } from "vite";
import { expect, inject, onTestFinished, type TestContext, test } from "vitest";

declare module "vitest" {
  export interface ProvidedContext {
    /** Where Chromium is, or why there is none. */
    chromium: { readonly path: string } | { readonly missing: string };
  }
}

const contents = "Tie every knot as if someone else will have to trust it.\n".repeat(40_000);

/** Builds an example as its owner would, serves it with a real server, and opens it. */
async function open(context: TestContext, example: string) {
  const found = inject("chromium");
  if ("missing" in found) return context.skip(found.missing);
  const folder = await mkdtemp(join(tmpdir(), "hawser-example-"));
  onTestFinished(() => rm(folder, { recursive: true, maxRetries: 5 }));
  const built = join(folder, "page");
  await build({
    root: join(import.meta.dirname, example),
    configFile: false,
    logLevel: "warn",
    resolve: { conditions: ["@hawser/source", "browser", "module"] },
    build: { outDir: built, assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  });
  const server = await startServer({ dataDir: join(folder, "data"), port: 0, webDir: built });
  onTestFinished(() => server.close());
  const browser = await chromium.launch({ executablePath: found.path, args: ["--no-sandbox", "--disable-gpu"] });
  onTestFinished(() => browser.close());
  const page = await browser.newPage();
  const faults: string[] = [];
  page.on("pageerror", (error) => faults.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") faults.push(message.text());
  });
  const path = join(folder, "walk.txt");
  await writeFile(path, contents);
  await page.goto(server.url);
  return { page, path, server, faults };
}

async function expectStored(url: string) {
  const { files } = await (await fetch(`${url}/files`)).json();
  expect(files.map(({ filename }: { filename: string }) => filename)).toEqual(["walk.txt"]);
  expect(await (await fetch(url + files[0].url)).text()).toBe(contents);
}

test("[S16] the plain page sends a file, and says safe only afterwards", async (context) => {
  const { page, path, server, faults } = await open(context, "plain-page");
  await page.getByLabel("Files:").setInputFiles(path);
  await page.getByText("walk.txt: safe, tree:").waitFor();
  await expectStored(server.url);
  expect(faults).toEqual([]);
});

test("[I3] ten lines of React take a dropped file and show it safe", async (context) => {
  const { page, path, server, faults } = await open(context, "react-ten-lines");
  await page.getByText("Drop files or folders here").waitFor();
  await dropOn(page, path);
  await page.getByText("Everything is safe").first().waitFor();
  await page.getByText("2.3 MB, checked as a whole").waitFor();
  await expectStored(server.url);
  expect(faults).toEqual([]);
});

async function dropOn(page: Page, path: string): Promise<void> {
  const cdp = await page.context().newCDPSession(page);
  const data = { items: [], files: [path], dragOperationsMask: 1 };
  for (const type of ["dragEnter", "dragOver", "drop"] as const) {
    await cdp.send("Input.dispatchDragEvent", { type, x: 400, y: 300, data });
  }
}
