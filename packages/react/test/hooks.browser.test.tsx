import type { Match, Source, UploadHandle } from "@hawser/client";
import { expect, onTestFinished, test, vi } from "vitest";
import { page } from "vitest/browser";
import { type FoundFile, useDropZone, useMatches, useQueue } from "../src/index.ts";
import { fileOf, MiB, mountWith, openStage, until } from "./stage.tsx";

function QueueButtons() {
  const { summary, maxBytesPerSecond, pauseAll, resumeAll, setMaxBytesPerSecond } = useQueue();
  return (
    <>
      <p>
        {summary?.counts.paused} paused, {summary?.counts.completed} completed, limit {maxBytesPerSecond ?? "none"}
      </p>
      <button type="button" onClick={pauseAll}>
        Pause
      </button>
      <button type="button" onClick={resumeAll}>
        Resume
      </button>
      <button type="button" onClick={() => setMaxBytesPerSecond(5_000)}>
        Limit
      </button>
    </>
  );
}

test("[I3] the queue is paused, limited and resumed as a whole", async () => {
  const stage = openStage({ latencyMs: 50 });
  const { uploader } = stage;
  for (const name of ["a", "b"]) uploader.add(fileOf(name, 100));
  mountWith(uploader, <QueueButtons />);
  await page.getByRole("button", { name: "Pause" }).click();
  // What changed is told when the clock of the engine goes on.
  await stage.platform.advance(1_000);
  await expect.element(page.getByText("2 paused, 0 completed, limit none")).toBeVisible();
  await page.getByRole("button", { name: "Limit" }).click();
  await stage.platform.advance(1_000);
  await expect.element(page.getByText("2 paused, 0 completed, limit 5000")).toBeVisible();
  await page.getByRole("button", { name: "Resume" }).click();
  await until(stage, () => uploader.summary().counts.completed === 2);
  await stage.platform.advance(1_000);
  await expect.element(page.getByText("0 paused, 2 completed, limit 5000")).toBeVisible();
});

function Finder({ source, onMatches }: { source: Source | null; onMatches: (matches: readonly Match[]) => void }) {
  const { status, matches, error } = useMatches(source);
  onMatches(matches);
  return (
    <p>
      {status} {matches.length} {error?.code}
    </p>
  );
}

test("[R1] a search finds what was begun, ends when nobody asks any more, and tells why it failed", async () => {
  const first = openStage(
    { fault: ({ kind, earlier }) => (kind === "chunks" && earlier > 0 ? { kind: "lose-request" } : undefined) },
    { maxLanes: 1, runChunks: 1 },
  );
  const begun = first.uploader.add(fileOf("walk.mov", 4 * MiB));
  await until(first, () => begun.state.confirmedBytes > 0);
  await first.uploader.close();
  const second = openStage();
  // The same server, asked by another browser.
  Object.assign(second.server, { store: first.server.store });
  let matches: readonly Match[] = [];
  const see = (found: readonly Match[]) => {
    matches = found;
  };
  const { element, render, unmount } = mountWith(second.uploader, null);
  const { UploaderProvider } = await import("../src/index.ts");
  const show = (source: Source | null) =>
    render(
      <UploaderProvider uploader={second.uploader}>
        <Finder source={source} onMatches={see} />
      </UploaderProvider>,
    );
  show(fileOf("walk.mov", 4 * MiB));
  await expect.poll(() => element.textContent).toBe("found 1 ");
  expect(matches[0]?.evidence).toBe("content");

  second.server.fault = ({ kind }) =>
    kind === "check" ? { kind: "answer", status: 400, code: "invalid_request" } : undefined;
  show(fileOf("other.mov", 4 * MiB));
  await expect.poll(() => element.textContent).toBe("failed 0 invalid_request");

  second.server.fault = ({ kind }) => (kind === "check" ? { kind: "hang" } : undefined);
  const aborted = vi.spyOn(AbortController.prototype, "abort");
  onTestFinished(() => aborted.mockRestore());
  show(fileOf("third.mov", 4 * MiB));
  await expect.poll(() => element.textContent).toBe("searching 0 ");
  unmount();
  expect(aborted).toHaveBeenCalled();
});

function Zone(options: Parameters<typeof useDropZone>[0]) {
  const { getRootProps, getButtonProps, isOver, adding, unreadable } = useDropZone(options);
  return (
    <div {...getRootProps()}>
      <p>
        {isOver ? "over" : "away"} {adding ?? "done"} {unreadable}
      </p>
      <button {...getButtonProps()}>Files</button>
      <button {...getButtonProps({ isFolder: true })}>Folder</button>
    </div>
  );
}

function transferOf(...files: File[]): DataTransfer {
  const transfer = new DataTransfer();
  for (const file of files) transfer.items.add(file);
  return transfer;
}

test("[S16] files come in by drop and by paste, and what holds no file is left alone", async () => {
  const stage = openStage();
  const { uploader } = stage;
  const added: string[] = [];
  const { element } = mountWith(
    uploader,
    <Zone onAdded={(handles: readonly UploadHandle[]) => added.push(...handles.map(({ state }) => state.name))} />,
  );
  await expect.element(page.getByText("away done 0")).toBeVisible();
  const zone = element.firstElementChild as HTMLElement;
  const dataTransfer = transferOf(new File(["one"], "one.txt"), new File(["two"], "two.txt"));
  const over = new DragEvent("dragover", { dataTransfer, bubbles: true, cancelable: true });
  zone.dispatchEvent(over);
  await expect.element(page.getByText("over done 0")).toBeVisible();
  expect(over.defaultPrevented).toBe(true);
  zone.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
  await expect.poll(() => added).toEqual(["one.txt", "two.txt"]);
  await expect.element(page.getByText("away done 0")).toBeVisible();

  const clipboardData = transferOf(new File(["three"], "three.png"));
  zone.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
  await expect.poll(() => added).toEqual(["one.txt", "two.txt", "three.png"]);
  const text = new DataTransfer();
  text.setData("text/plain", "no file");
  const paste = new ClipboardEvent("paste", { clipboardData: text, bubbles: true, cancelable: true });
  zone.dispatchEvent(paste);
  expect(paste.defaultPrevented).toBe(false);
  await until(stage, () => uploader.summary().counts.completed === 3);
});

/** A folder of this test alone in the browser's own file system: its handles are real ones. */
async function makeFolder(files: Readonly<Record<string, string>>): Promise<FileSystemDirectoryHandle> {
  const root = await navigator.storage.getDirectory();
  const folder = await root.getDirectoryHandle("photos", { create: true });
  onTestFinished(() => root.removeEntry("photos", { recursive: true }));
  for (const [path, text] of Object.entries(files)) {
    const parts = path.split("/");
    let parent = folder;
    for (const part of parts.slice(0, -1)) parent = await parent.getDirectoryHandle(part, { create: true });
    const file = await parent.getFileHandle(parts.at(-1) ?? "", { create: true });
    const writable = await file.createWritable();
    await writable.write(text);
    await writable.close();
  }
  return folder;
}

test("[S16] a folder brings all below it in order, each file with its path and its handle", async () => {
  const stage = openStage();
  const { uploader } = stage;
  const folder = await makeFolder({ "b.txt": "b", "day 10/c.txt": "c", "day 2/a.txt": "a" });
  const before = window.showDirectoryPicker;
  // The system's own dialog is no part of the page: it gets its answer here.
  window.showDirectoryPicker = async () => folder;
  onTestFinished(() => {
    if (before !== undefined) window.showDirectoryPicker = before;
  });
  const found: FoundFile[] = [];
  const added: string[] = [];
  mountWith(
    uploader,
    <Zone
      toOptions={(one: FoundFile) => {
        found.push(one);
        return one.file.name === "b.txt" ? null : {};
      }}
      onAdded={(handles: readonly UploadHandle[]) => added.push(...handles.map(({ state }) => state.name))}
    />,
  );
  await page.getByRole("button", { name: "Folder" }).click();
  await expect.poll(() => added).toEqual(["photos/day 2/a.txt", "photos/day 10/c.txt"]);
  expect(found.map(({ name }) => name)).toEqual(["photos/b.txt", "photos/day 2/a.txt", "photos/day 10/c.txt"]);
  expect(await found[0]?.handle?.getFile().then((file) => file.text())).toBe("b");
});
