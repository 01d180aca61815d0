import { expect, test } from "vitest";
import { page, userEvent } from "vitest/browser";
import { german } from "../src/german.ts";
import {
  DropZone,
  ProgressBadge,
  ResumeDialog,
  RetryFailed,
  SubmitWhenUploaded,
  UploadIndicator,
  UploadList,
} from "../src/index.ts";
import { controlNames, fileOf, MiB, mountWith, openStage, standStill, until, violations } from "./stage.tsx";
import { everyState } from "./states.ts";
import "../styles.css";

const states = everyState(Date.now());
const nothing = () => undefined;

async function inEveryState(messages = {}) {
  const uploader = standStill(states);
  mountWith(
    uploader,
    <>
      <h1>Uploads</h1>
      <UploadIndicator />
      <DropZone />
      <UploadList />
      <p>
        {states.map(({ id }) => (
          <ProgressBadge key={id} id={id} />
        ))}
      </p>
      <SubmitWhenUploaded onSubmit={nothing} onSubmitWithout={nothing}>
        Submit interview
      </SubmitWhenUploaded>
    </>,
    messages,
  );
  await expect.element(page.getByText("report.pdf").first()).toBeInTheDocument();
}

for (const [theme, width] of [
  ["light", 1100],
  ["dark", 1100],
  ["light", 390],
] as const) {
  test(`[S16] the automatic check finds nothing in any state, and each control has its own name: ${theme}, ${width}`, async () => {
    document.documentElement.dataset.theme = theme;
    document.body.style.background = theme === "dark" ? "#091115" : "#f2f5f6";
    await page.viewport(width, 900);
    await inEveryState();
    expect(await violations()).toEqual([]);
    const names = controlNames();
    expect(names.length).toBeGreaterThan(30);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
    expect(document.documentElement.scrollWidth).toBeLessThanOrEqual(width);
  });
}

test("[I3] in German", async () => {
  document.documentElement.dataset.theme = "light";
  await page.viewport(390, 900);
  await inEveryState(german);
  await expect.element(page.getByRole("button", { name: "Datei wählen … needs file.mov" })).toBeVisible();
  await expect.element(page.getByText("64 %").first()).toBeVisible();
  expect(document.documentElement.scrollWidth).toBeLessThanOrEqual(390);
  expect(await violations()).toEqual([]);
});

test("[S16] the keyboard alone pauses, asks before it cancels, and finds its place again", async () => {
  await page.viewport(1100, 900);
  const stage = openStage({ fault: ({ kind }) => (kind === "chunks" ? { kind: "hang" } : undefined) });
  const { uploader } = stage;
  const upload = uploader.add(fileOf("walk.mov", 4 * MiB));
  uploader.add(fileOf("walk.mov", 4 * MiB, 2));
  mountWith(
    uploader,
    <>
      <button type="button">Before the list</button>
      <UploadList />
    </>,
  );
  const named = (name: string) => page.getByRole("button", { name, exact: true });
  await expect.element(named("Pause walk.mov")).toBeVisible();
  await expect.element(named("Pause walk.mov (2)")).toBeVisible();
  // Where the keyboard begins is otherwise wherever the test before has left it.
  await named("Before the list").click();
  await userEvent.tab();
  await expect.element(named("Pause walk.mov")).toHaveFocus();
  await userEvent.keyboard("{Enter}");
  await until(stage, () => upload.state.status === "paused");
  await expect.element(named("Resume walk.mov")).toHaveFocus();
  await userEvent.tab();
  await userEvent.keyboard("{Enter}");
  const dialog = page.getByRole("dialog", { name: "Cancel walk.mov?" });
  await expect.element(dialog).toBeVisible();
  await expect.element(named("Not now")).toHaveFocus();
  expect(await violations()).toEqual([]);
  await userEvent.keyboard("{Escape}");
  await expect.element(dialog).not.toBeInTheDocument();
  await expect.element(named("Cancel… walk.mov")).toHaveFocus();
  await userEvent.keyboard("{Enter}");
  await named("Cancel upload").click();
  await until(stage, () => upload.state.status === "cancelled");
  await expect.element(named("Resume walk.mov")).not.toBeInTheDocument();
});

test("[I3] of ten thousand uploads only the rows near the window exist, and the last can be reached", async () => {
  const [, , , uploading] = states;
  const many = Array.from({ length: 10_000 }, (_, index) => ({
    ...uploading,
    id: `${index}`,
    name: `file ${index}.mov`,
  }));
  mountWith(standStill(many as typeof states), <UploadList />);
  const rows = () => document.querySelectorAll(".hawser-row").length;
  await expect.poll(rows).toBeGreaterThan(5);
  await expect.poll(rows).toBeLessThan(400);
  expect(document.querySelector("[role=listitem]")?.getAttribute("aria-setsize")).toBe("10000");
  const last = () => document.querySelector('[aria-posinset="10000"]');
  await expect
    .poll(
      () => {
        scrollTo(0, document.documentElement.scrollHeight);
        return last()?.textContent ?? "";
      },
      { timeout: 15_000 },
    )
    .toContain("file 9999.mov");
  await expect.poll(rows).toBeLessThan(400);
});

test("[V5] the indicator tells what is going on as a whole", async () => {
  const stage = openStage();
  const { uploader, platform, server } = stage;
  const { element } = mountWith(uploader, <UploadIndicator />);
  const kind = () => element.querySelector<HTMLElement>(".hawser-indicator")?.dataset.kind;
  await expect.poll(kind).toBe("idle");
  server.isDown = true;
  const upload = uploader.add(fileOf("a", 10));
  await until(stage, () => kind() === "retrying");
  platform.setOnline(false);
  await until(stage, () => kind() === "offline");
  server.isDown = false;
  server.fault = () => ({ kind: "answer", status: 400, code: "size_too_large" });
  platform.setOnline(true);
  await until(stage, () => kind() === "error");
  await expect.element(page.getByRole("alert")).toHaveTextContent("1 needs you");
  expect(upload.state.status).toBe("failed");
  server.fault = null;
  uploader.forget(upload.id);
  uploader.add(fileOf("b", 10));
  await until(stage, () => kind() === "safe");
});

test("[I4] [V6] the button waits, says for what, warns about failures, and goes on once all is safe", async () => {
  const stage = openStage({ fault: () => ({ kind: "hang" }) }, { maxAttempts: 1 });
  const { uploader, server } = stage;
  let submitted = 0;
  let automatic = 0;
  uploader.add(fileOf("a", 10));
  mountWith(
    uploader,
    <>
      <SubmitWhenUploaded onSubmit={() => void submitted++} onSubmitWithout={nothing}>
        Submit
      </SubmitWhenUploaded>
      <SubmitWhenUploaded isAutomatic onSubmit={() => void automatic++} filter={({ name }) => name === "a"}>
        Finish
      </SubmitWhenUploaded>
    </>,
  );
  const button = page.getByRole("button", { name: "Submit" });
  await expect.element(button).toHaveAttribute("aria-disabled", "true");
  await expect.element(button).toHaveAccessibleDescription("Waits for 1 upload.");
  await userEvent.tab();
  await expect.element(button).toHaveFocus();
  await userEvent.keyboard("{Enter}");
  server.fault = () => ({ kind: "answer", status: 507, code: "storage_full" });
  await until(stage, () => uploader.summary().counts.paused === 1);
  await expect.element(button).toHaveAccessibleDescription("1 upload could not be sent yet. 0 of 1 are safe.");
  await expect.element(page.getByRole("button", { name: "Go on without 1 upload…" })).toBeVisible();
  expect([submitted, automatic]).toEqual([0, 0]);
  server.fault = null;
  await page.getByRole("button", { name: "Retry failed uploads (1)" }).first().click();
  await until(stage, () => automatic === 1);
  await expect.element(button).toHaveAttribute("aria-disabled", "false");
  await button.click();
  expect([submitted, automatic]).toEqual([1, 1]);
});

test("[V3] [V6] failed uploads get new attempts together", async () => {
  const stage = openStage({ fault: () => ({ kind: "answer", status: 507, code: "storage_full" }) }, { maxAttempts: 1 });
  const { uploader, server } = stage;
  for (const name of ["a", "b"]) uploader.add(fileOf(name, 10));
  mountWith(uploader, <RetryFailed />);
  await until(stage, () => uploader.summary().counts.paused === 2);
  server.fault = null;
  await page.getByRole("button", { name: "Retry failed uploads (2)" }).click();
  await until(stage, () => uploader.summary().counts.completed === 2);
  await expect.element(page.getByRole("button")).not.toBeInTheDocument();
});

/** A server that has part of some uploads, begun by somebody else. */
async function begun(...files: readonly ReturnType<typeof fileOf>[]) {
  const fault = ({ kind, earlier }: { kind: string; earlier: number }) =>
    kind === "chunks" && earlier >= files.length ? ({ kind: "lose-request" } as const) : undefined;
  const earlier = openStage({ fault }, { maxLanes: 1, runChunks: 1, maxActive: 5 });
  const handles = files.map((file) => earlier.uploader.add(file));
  await until(earlier, () => handles.every(({ state }) => state.confirmedBytes > 0));
  await earlier.uploader.close();
  const stage = openStage();
  Object.assign(stage.server, { store: earlier.server.store });
  return stage;
}

test("[R1] what agrees by content goes on without a question, what agrees by name is asked for", async () => {
  const { uploader } = await begun(fileOf("walk.mov", 4 * MiB));
  const told: string[] = [];
  const callbacks = {
    onResume: () => void told.push("resume"),
    onNew: () => void told.push("new"),
    onClose: () => void told.push("close"),
  };
  const first = mountWith(uploader, <ResumeDialog source={fileOf("walk.mov", 4 * MiB)} {...callbacks} />);
  await expect.poll(() => told).toEqual(["resume"]);
  first.unmount();
  mountWith(uploader, <ResumeDialog source={fileOf("never seen.mov", 4 * MiB)} {...callbacks} />);
  await expect.poll(() => told).toEqual(["resume", "new"]);
});
