import { join } from "node:path";
import axe from "axe-core";
import { expect, test } from "vitest";
import { bytesOf, expectStored, limitUpload, makeFiles, openStage, type Stage, untilTitle } from "./stage.ts";

const MiB = 1_048_576;

/** Opens every scene of the gallery in turn. */
async function eachScene({ page, server }: Stage, look: (scene: string) => Promise<void>): Promise<void> {
  await page.goto(`${server.url}/gallery`);
  await page.getByRole("heading", { name: "Gallery" }).waitFor();
  const scenes = await page.locator(".card a").allTextContents();
  expect(scenes.length).toBeGreaterThan(5);
  for (const scene of scenes) {
    await page.goto(`${server.url}/gallery?scene=${scene}`);
    await page.getByRole("heading", { level: 1 }).waitFor();
    await look(scene);
  }
}

/** What the automatic check finds on the page, in a form that can be read. */
async function violations({ page }: Stage): Promise<string[]> {
  await page.evaluate(axe.source);
  const result = await page.evaluate(() => (globalThis as unknown as { axe: typeof axe }).axe.run());
  return result.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`);
}

for (const [colorScheme, width] of [
  ["light", 1280],
  ["dark", 1280],
  ["light", 390],
  ["dark", 320],
] as const) {
  test(`[S16] the automatic check finds nothing in any state: ${colorScheme}, ${width} wide`, async (context) => {
    const stage = await openStage(context, { colorScheme, viewport: { width, height: 900 }, reducedMotion: "reduce" });
    await eachScene(stage, async (scene) => {
      expect([scene, await violations(stage)]).toEqual([scene, []]);
      // Nothing is cut off and nothing has to be scrolled sideways.
      const overhang = await stage.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect([scene, overhang <= 0]).toEqual([scene, true]);
    });
    expect(stage.faults).toEqual([]);
  });
}

test("[S16] the keyboard alone sends a file, pauses it, asks before it cancels, and finds its place again", async (context) => {
  const stage = await openStage(context);
  const { page } = stage;
  const files = { "walk.mov": bytesOf(4 * MiB, "walk") };
  const root = await makeFiles(stage, files);
  const focused = () =>
    page.evaluate(() => document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.textContent);
  const tabTo = async (name: string) => {
    for (let presses = 0; presses < 40; presses++) {
      if ((await focused()) === name) return;
      await page.keyboard.press("Tab");
    }
    throw new Error(`The keyboard does not reach "${name}"; it is at "${await focused()}".`);
  };
  // The system's own dialog is no part of the page: it gets its answer here.
  page.on("filechooser", (chooser) => void chooser.setFiles(join(root, "walk.mov")));
  await page.goto(stage.server.url);
  await untilTitle(stage, "Files");
  await limitUpload(stage, MiB / 8);

  await page.keyboard.press("Tab");
  expect(await focused()).toBe("Skip to content");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  expect(await focused()).toBe("Choose files…");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Pause walk.mov" }).waitFor();

  await tabTo("Pause walk.mov");
  await page.keyboard.press("Enter");
  await page.getByText("Paused by you.").waitFor();
  expect(await focused()).toBe("Resume walk.mov");

  await tabTo("Cancel walk.mov");
  await page.keyboard.press("Enter");
  await page.getByRole("dialog", { name: "Cancel walk.mov?" }).waitFor();
  expect(await focused()).toBe("Keep sending");
  await page.keyboard.press("Escape");
  expect(await focused()).toBe("Cancel walk.mov");

  await page.keyboard.press("Shift+Tab");
  await limitUpload(stage, null);
  await page.keyboard.press("Enter");
  await untilTitle(stage, "Everything is safe");
  await expectStored(stage, files);
});

test("[S16] a screen reader is told what became safe, and nothing of the figures in between", async (context) => {
  const stage = await openStage(context);
  const { page } = stage;
  const root = await makeFiles(stage, { "walk.mov": bytesOf(6 * MiB, "walk") });
  await page.goto(stage.server.url);
  await untilTitle(stage, "Files");
  await page.evaluate(() => {
    const told: string[] = [];
    Object.assign(window, { told });
    const regions = document.querySelectorAll('[role="status"], [role="alert"], [aria-live]');
    for (const region of regions) {
      new MutationObserver(() => told.push(region.textContent ?? "")).observe(region, {
        childList: true,
        characterData: true,
        subtree: true,
      });
    }
  });
  await limitUpload(stage, 4 * MiB);

  await page.locator('input[data-picker="files"]').setInputFiles(join(root, "walk.mov"));

  await page.getByText("walk.mov is safe.").waitFor({ state: "attached" });
  expect(await page.evaluate(() => (window as unknown as { told: string[] }).told)).toEqual(["walk.mov is safe."]);
  expect(await page.getByRole("status").count()).toBe(1);
});
