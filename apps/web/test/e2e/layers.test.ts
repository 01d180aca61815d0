import { expect, test } from "vitest";
import { openStage, type Stage } from "./stage.ts";

async function openScene(stage: Stage, scene: string): Promise<void> {
  await stage.page.goto(`${stage.server.url}/gallery?scene=${scene}`);
  await stage.page.getByRole("heading", { level: 1 }).waitFor();
}

function focusedName({ page }: Stage): Promise<string | null | undefined> {
  return page.evaluate(() => document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.textContent);
}

test("[S16] the details open from their row, stand in the address, and give the focus back", async (context) => {
  const stage = await openStage(context);
  const { page } = stage;
  await openScene(stage, "mixed");
  const opener = page.getByRole("button", { name: "Details of nas-backup-full.img" });
  const drawer = page.getByRole("dialog", { name: "nas-backup-full.img" });

  await opener.focus();
  await page.keyboard.press("Enter");
  await drawer.waitFor();
  expect(await focusedName(stage)).toBe("Close details");
  expect(new URL(page.url()).searchParams.get("details")).toBe("up-nas-backup-full.img");
  await page.keyboard.press("Tab");
  expect(await drawer.evaluate((element) => element.contains(document.activeElement))).toBe(true);
  await page.keyboard.press("Escape");
  await drawer.waitFor({ state: "detached" });
  expect(await focusedName(stage)).toBe("Details of nas-backup-full.img");
  expect(new URL(page.url()).searchParams.has("details")).toBe(false);

  await opener.click();
  await drawer.waitFor();
  await page.reload();
  await drawer.waitFor();
  await page.goBack();
  await drawer.waitFor({ state: "detached" });
  expect(stage.faults).toEqual([]);
});

test("[S16] the details show the speed as a table too, and ask before they cancel", async (context) => {
  const stage = await openStage(context);
  const { page } = stage;
  await openScene(stage, "details");
  const drawer = page.getByRole("dialog", { name: "Harbour walk, long take.mov" });
  await drawer.getByRole("img", { name: /^Chunks in order\. 370 of 584 received/ }).waitFor();

  await drawer.getByRole("button", { name: "Show as table" }).click();
  expect(await drawer.getByRole("row").count()).toBe(13);
  const first = drawer.getByRole("switch", { name: "Send before others" });
  await first.click();
  expect(await first.getAttribute("aria-checked")).toBe("true");
  await drawer.getByRole("button", { name: "Cancel upload…" }).click();
  await page.getByRole("dialog", { name: "Cancel Harbour walk, long take.mov?" }).waitFor();
  await page.keyboard.press("Escape");
  expect(await focusedName(stage)).toBe("Cancel upload…");
});

test("[R3] who comes back is told what was interrupted, and one click asks the browser for every file", async (context) => {
  const stage = await openStage(context);
  const { page } = stage;
  await openScene(stage, "return");
  const banner = page.getByRole("region", { name: "Welcome back" });
  expect(await banner.textContent()).toContain(
    "Welcome back. 3 uploads were interrupted when the browser closed." +
      "Nothing that arrived was lost: 3.5 of 5.7 GB are safe. Two can go on right now; one needs its file chosen again.",
  );

  await banner.getByRole("button", { name: "Review" }).click();
  expect(await focusedName(stage)).toBe("Interrupted");
  await banner.getByRole("button", { name: "Resume 2 uploads" }).click();

  // In this scene the browser refuses; each row that was asked for says so.
  const refused = page.getByText("This browser cannot read that file. Choose it again.");
  await expect.poll(() => refused.count()).toBe(2);
});

test("[R1] of several candidates the keyboard chooses one, and checking the content can be stopped", async (context) => {
  const stage = await openStage(context);
  const { page } = stage;
  await openScene(stage, "resume-many");
  const dialog = page.getByRole("dialog", { name: "Which one is it?" });
  await dialog.waitFor();
  expect(await focusedName(stage)).toBe("Check by content");

  await page.keyboard.press("Enter");
  await dialog.getByText("Reading the file: 42%").waitFor();
  expect(await focusedName(stage)).toBe("Stop checking");
  await page.keyboard.press("Enter");
  await dialog.getByText(/^Reading the file/).waitFor({ state: "detached" });

  const radios = dialog.getByRole("radio");
  await radios.first().focus();
  await page.keyboard.press("ArrowDown");
  expect(await radios.evaluateAll((all) => all.map((radio) => (radio as HTMLInputElement).checked))).toEqual([
    false,
    true,
    false,
  ]);
  expect(await radios.nth(1).evaluate((radio) => radio === document.activeElement)).toBe(true);
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  expect(stage.faults).toEqual([]);
});

test("[S16] the speed limit is chosen or written by keyboard, and the button tells it", async (context) => {
  const stage = await openStage(context);
  const { page } = stage;
  await openScene(stage, "mixed");
  const button = page.getByRole("button", { name: /^Speed limit:/ });

  await button.focus();
  await page.keyboard.press("Enter");
  await page.getByRole("radio", { name: "No limit" }).focus();
  await page.keyboard.press("ArrowDown");
  await page.getByRole("button", { name: "Speed limit: 250 kB/s" }).waitFor();
  await page.getByRole("textbox", { name: "Own limit in MB/s" }).fill("fast");
  await page.keyboard.press("Enter");
  await page.getByText("Write a number above zero.").waitFor();
  await page.getByRole("textbox", { name: "Own limit in MB/s" }).fill("1,5");
  await page.keyboard.press("Enter");

  await page.getByRole("button", { name: "Speed limit: 1.5 MB/s" }).waitFor();
  const hasFocus = () => button.evaluate((element) => element === document.activeElement);
  expect(await hasFocus()).toBe(true);
  await page.keyboard.press("Enter");
  await page.keyboard.press("Escape");
  expect(await page.getByRole("radio").count()).toBe(0);
  expect(await hasFocus()).toBe(true);
});
