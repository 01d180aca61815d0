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
    if (/^(?:details|resume)/.test(scene)) await page.getByRole("dialog").waitFor();
    // How they ended is told after they were seen on their way.
    if (scene === "remote-rows") await page.getByText("Expired.").waitFor();
    await look(scene);
  }
}

/** What the automatic check finds on the page, in a form that can be read. */
async function violations({ page }: Stage): Promise<string[]> {
  await page.evaluate(axe.source);
  const result = await page.evaluate(() => (globalThis as unknown as { axe: typeof axe }).axe.run());
  return result.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`);
}

/** Controls that share a name, or of which one lies over another, so that a person would get the wrong one. */
function confusedControls({ page }: Stage): Promise<string[]> {
  return page.evaluate(() => {
    // What lies under an open dialog cannot be reached.
    const within = [...document.querySelectorAll("dialog:modal")].at(-1) ?? document;
    const controls = [...within.querySelectorAll<HTMLElement>("button, a[href]")]
      .filter((control) => control.checkVisibility())
      .map((control) => ({ name: control.ariaLabel ?? control.textContent, box: control.getBoundingClientRect() }));
    const confused: string[] = [];
    for (const [index, one] of controls.entries()) {
      for (const other of controls.slice(index + 1)) {
        const across = Math.min(one.box.right, other.box.right) - Math.max(one.box.left, other.box.left);
        const down = Math.min(one.box.bottom, other.box.bottom) - Math.max(one.box.top, other.box.top);
        if (across > 1 && down > 1) confused.push(`${one.name} and ${other.name} overlap`);
        if (one.name === other.name) confused.push(`two are called ${one.name}`);
      }
    }
    return confused;
  });
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
      expect([scene, await confusedControls(stage)]).toEqual([scene, []]);
    });
    expect(stage.faults).toEqual([]);
  });
}

test("[S16] nothing moves for whom motion is reduced", async (context) => {
  const running = async (reducedMotion: "reduce" | "no-preference") => {
    const { page, server } = await openStage(context, { reducedMotion });
    await page.goto(`${server.url}/gallery?scene=mixed`);
    await page.getByRole("heading", { level: 1 }).waitFor();
    return page.evaluate(() => document.getAnimations().length);
  };
  expect(await running("no-preference")).toBeGreaterThan(0);
  expect(await running("reduce")).toBe(0);
});

test("[S16] forced colours keep every control and the shapes of the rope", async (context) => {
  const stage = await openStage(context, { forcedColors: "active" });
  const { page, server } = stage;
  await page.goto(`${server.url}/gallery?scene=mixed`);
  await page.getByRole("heading", { level: 1 }).waitFor();
  expect(await violations(stage)).toEqual([]);
  const fills = await page.evaluate(() => {
    const canvas = getComputedStyle(document.body).backgroundColor;
    const of = (name: string) => [...document.querySelectorAll(name)].map((path) => getComputedStyle(path).fill);
    return { canvas, safe: of(".up .r-safe"), moving: of(".up .r-move") };
  });
  for (const fill of [...fills.safe, ...fills.moving]) expect(fill).not.toBe(fills.canvas);
  expect(fills.moving[0]).not.toBe(fills.safe[0]);
});

test("[S16] a person at an address that leads nowhere is told so, and finds the way back", async (context) => {
  const stage = await openStage(context);
  const { page, server } = stage;
  const answer = await page.goto(`${server.url}/nowhere`);
  expect(answer?.status()).toBe(404);
  await page.getByRole("heading", { name: "Nothing is here" }).waitFor();
  expect(await violations(stage)).toEqual([]);
  await page.getByRole("link", { name: "Go to your files" }).click();
  await untilTitle(stage, "Files");
});

test("[S16] the keyboard alone sends a file, pauses it, asks before it cancels, and finds its place again", async (context) => {
  const stage = await openStage(context);
  const { page } = stage;
  // The browser's other dialog for files cannot be answered from here.
  await page.addInitScript(() => Reflect.deleteProperty(window, "showOpenFilePicker"));
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
