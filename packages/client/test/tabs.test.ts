import { expect, test } from "vitest";
import { streamSource } from "../src/source/stream.ts";
import { MemorySource, patternBytes } from "../src/testing/index.ts";
import type { UploadHandle } from "../src/uploader-api.ts";
import { inPieces, isExact, mib } from "./stage.ts";
import { type StagedTab, TabStage } from "./tab-stage.ts";

/** A file that every tab finds again. */
function file(stage: TabStage, name: string, sizeBytes: number): MemorySource {
  const bytes = patternBytes(sizeBytes, name.length + sizeBytes);
  const make = () => new MemorySource(bytes, { name }, { kind: "path", path: name });
  stage.files.set(name, make);
  return make();
}

const shown = ({ uploader }: StagedTab) =>
  uploader.uploads.map(({ state }) => `${state.name} ${state.status} ${state.carrier}`);
const first = ({ uploader }: StagedTab) => uploader.uploads[0] as UploadHandle;
const chunkRequests = (stage: TabStage) => stage.server.requests.filter(({ kind }) => kind === "chunks");

/** Two tabs, and an upload of the first that is on its way in both. */
async function twoTabs(stage: TabStage, source: MemorySource): Promise<[StagedTab, StagedTab]> {
  const [a, b] = [await stage.open(), await stage.open()];
  a.uploader.add(source);
  await stage.until(() => first(b), "uploading");
  return [a, b];
}

test("[X4] an upload of one tab is listed in the other, with its progress, and ends in both", async () => {
  const stage = new TabStage();
  const source = file(stage, "one.bin", 6 * mib);
  const [a, b] = await twoTabs(stage, source);
  const theirs = first(b);
  expect(theirs.id).toBe(first(a).id);
  expect(theirs.state).toMatchObject({ carrier: "elsewhere", name: "one.bin", sizeBytes: 6 * mib });
  await stage.until(theirs, "completed");
  const { file: done } = await theirs.done;
  expect(isExact(stage.server.store.bytesOf(done.id), source.bytes)).toBe(true);
  expect(shown(a)).toEqual(["one.bin completed here"]);
  expect(stage.wrongs).toEqual([]);
});

test("[X4] what is asked for in one tab is done by the tab that carries the upload", async () => {
  const stage = new TabStage();
  const [a, b] = await twoTabs(stage, file(stage, "one.bin", 20 * mib));
  first(b).pause();
  await stage.until(first(b), "paused");
  expect(shown(a)).toEqual(["one.bin paused here"]);
  b.uploader.resumeAll();
  await stage.until(first(b), "uploading");
  b.uploader.pauseAll();
  await stage.until(first(a), "paused");
  first(b).setPriority("high");
  await stage.platform.runUntil(() => stage.memory.kept[0]?.record.priority === "high");
  first(b).cancel();
  await stage.until(first(b), "cancelled");
  await expect(first(b).done).rejects.toMatchObject({ code: "upload_cancelled" });
  b.uploader.forget(first(b).id);
  await stage.platform.runUntil(() => a.uploader.uploads.length === 0);
});

test("[X4] a tab that dies without a word: another one goes on with what it carried", async () => {
  const stage = new TabStage();
  const [a, b] = await twoTabs(stage, file(stage, "one.bin", 6 * mib));
  a.page.kill();
  await stage.end(b);
  expect(shown(b)).toEqual(["one.bin completed here"]);
  expect(stage.memory.kept).toEqual([]);
});

test("[X4] a tab that is closed: its uploads go on at once where they can be read", async () => {
  const stage = new TabStage();
  const [a, b] = await twoTabs(stage, file(stage, "one.bin", 6 * mib));
  const before = stage.platform.monotonic();
  await stage.settled(a.uploader.close());
  await stage.until(first(b), "completed");
  expect(stage.platform.monotonic() - before).toBeLessThan(4_000);
  expect(stage.wrongs).toEqual([]);
});

test("[X4] the only tab is killed and opened again: it goes on, and asks nobody", async () => {
  const stage = new TabStage();
  const a = await stage.open();
  a.uploader.add(file(stage, "one.bin", 20 * mib));
  await stage.until(first(a), "uploading");
  a.page.kill();
  const b = await stage.open();
  expect(first(b).state).toMatchObject({ name: "one.bin", carrier: "here" });
  const before = stage.platform.monotonic();
  await stage.until(first(b), "uploading");
  // One question to the server, and no waiting for anybody.
  expect(stage.platform.monotonic() - before).toBeLessThan(1_000);
  await stage.end(b);
  expect(shown(b)).toEqual(["one.bin completed here"]);
});

for (const leads of [true, false]) {
  const name = leads ? "the leading tab" : "a tab";
  test(`[X4] ${name} that stands still loses its uploads, and sends nothing of them when it wakes up`, async () => {
    const stage = new TabStage();
    const [x, y] = [await stage.open(), await stage.open()];
    const [frozen, other] = leads ? [x, y] : [y, x];
    frozen.uploader.add(file(stage, "one.bin", 40 * mib));
    await stage.until(() => first(other), "uploading");
    frozen.page.freeze();
    await stage.platform.runUntil(() => first(other).state.carrier === "here");
    await stage.until(first(other), "uploading");
    frozen.page.thaw();
    await stage.platform.runUntil(() => first(frozen).state.carrier === "elsewhere");
    await stage.end(frozen, other);
    expect(shown(other)).toEqual(["one.bin completed here"]);
    expect(shown(frozen)).toEqual(["one.bin completed elsewhere"]);
    expect(stage.wrongs).toEqual([]);
    // Nothing but what was under way when it stood still travelled twice.
    const sent = chunkRequests(stage).reduce((sum, { bodyBytes }) => sum + bodyBytes, 0);
    expect(sent).toBeLessThanOrEqual((40 + 8 * 4) * mib);
  });
}

test("[X4] what nobody else can read stays with a tab that stands still, and goes on when it wakes up", async () => {
  const stage = new TabStage();
  const [a, b] = [await stage.open(), await stage.open()];
  const bytes = patternBytes(20 * mib);
  b.uploader.add(streamSource(inPieces(bytes, 400_000), { name: "stream" }));
  await stage.until(() => first(a), "uploading");
  b.page.freeze();
  await stage.platform.advance(60_000);
  b.page.thaw();
  await stage.end(a, b);
  expect(shown(b)).toEqual(["stream completed here"]);
  expect(shown(a)).toEqual(["stream completed elsewhere"]);
});

/** The upload ends in the first tab, and the second hears nothing of it. */
async function endUnheard(stage: TabStage, a: StagedTab, b: StagedTab): Promise<void> {
  b.page.isDeaf = true;
  await stage.end(a);
  await stage.platform.advance(1_000);
  expect(shown(b)).toEqual(["one.bin uploading elsewhere"]);
  b.page.isDeaf = false;
}

/** It stands still so long that it looks who carries what when it wakes. */
async function sleepAndWake(stage: TabStage, { page }: StagedTab): Promise<void> {
  page.freeze();
  await stage.platform.advance(60_000);
  page.thaw();
}

test("[X4] a tab that has missed how an upload ended asks the others when it wakes", async () => {
  const stage = new TabStage();
  const [a, b] = await twoTabs(stage, file(stage, "one.bin", 6 * mib));
  await endUnheard(stage, a, b);
  stage.server.isDown = true;
  await sleepAndWake(stage, b);
  await stage.until(first(b), "completed");
  expect((await first(b).done).file).toEqual((await first(a).done).file);
  expect(shown(a)).toEqual(["one.bin completed here"]);
});

test("[X4] a tab that dies before it has told how an upload ended: the server is asked", async () => {
  const stage = new TabStage();
  const [a, b] = await twoTabs(stage, file(stage, "one.bin", 6 * mib));
  await endUnheard(stage, a, b);
  const { file: done } = await first(a).done;
  a.page.kill();
  stage.server.isDown = true;
  await sleepAndWake(stage, b);
  await stage.platform.advance(10_000);
  expect(shown(b)).not.toEqual(["one.bin completed elsewhere"]);
  stage.server.isDown = false;
  await stage.until(first(b), "completed");
  expect((await first(b).done).file).toEqual(done);
});

test("[X4] of an upload that nobody knows any more the tab says so, and does not wait for ever", async () => {
  const stage = new TabStage();
  const [a, b] = await twoTabs(stage, file(stage, "one.bin", 6 * mib));
  await endUnheard(stage, a, b);
  a.page.kill();
  stage.server.store.wipe();
  await sleepAndWake(stage, b);
  await stage.until(first(b), "failed");
  await expect(first(b).done).rejects.toMatchObject({ code: "taken_over" });
});

test("[X4] a file of a tab that died can be given in another one, which then carries it", async () => {
  const stage = new TabStage();
  const [a, b, c] = [await stage.open(), await stage.open(), await stage.open()];
  const bytes = patternBytes(6 * mib);
  const make = () => new MemorySource(bytes, { name: "one.bin" });
  a.uploader.add(make());
  await stage.until(() => first(c), "uploading");
  a.page.kill();
  await stage.until(first(c), "needs-source");
  await stage.settled(first(c).supply(make()));
  await stage.end(b, c);
  expect(shown(c)).toEqual(["one.bin completed here"]);
  expect(shown(b)).toEqual(["one.bin completed elsewhere"]);
});

test("[X4] a page that is put aside lets go, and takes back what only it can read", async () => {
  const stage = new TabStage();
  const [a, b] = [await stage.open(), await stage.open()];
  const bytes = patternBytes(6 * mib);
  b.uploader.add(new MemorySource(bytes, { name: "mine.bin" }));
  b.uploader.add(file(stage, "any.bin", 40 * mib));
  await stage.platform.runUntil(() => a.uploader.uploads.length === 2);
  b.page.putAway();
  await stage.until(() => first(a), "needs-source");
  await stage.until(a.uploader.uploads[1] as UploadHandle, "uploading");
  b.page.bringBack();
  await stage.until(first(b), "completed");
  await stage.end(a, b);
  expect(shown(b)).toEqual(["mine.bin completed here", "any.bin completed elsewhere"]);
  expect(stage.wrongs).toEqual([]);
});

/** Uploads that take a place, in all tabs together. */
const active = (tabs: readonly StagedTab[]) =>
  tabs
    .flatMap(({ uploader }) => uploader.uploads)
    .filter(({ state }) => {
      return state.carrier === "here" && ["preparing", "creating", "uploading", "verifying"].includes(state.status);
    }).length;

test("[X4] [V2] all tabs together take no more places than one would", async () => {
  const stage = new TabStage({ maxActive: 2 });
  const tabs = [await stage.open(), await stage.open(), await stage.open()];
  tabs.forEach(({ uploader }, tab) => {
    for (const index of [1, 2, 3]) uploader.add(file(stage, `${tab}-${index}.bin`, 9 * mib));
  });
  let most = 0;
  await stage.platform.runUntil(() => {
    most = Math.max(most, active(tabs));
    return tabs.every(
      ({ uploader }) =>
        uploader.uploads.length === 9 && uploader.uploads.every(({ state }) => state.status === "completed"),
    );
  });
  expect(most).toBe(2);
});

test("[X4] [V8] one at a time and in order holds across tabs", async () => {
  const stage = new TabStage({ strategy: "in-order" });
  const [a, b] = [await stage.open(), await stage.open()];
  const names: string[] = [];
  for (const index of [1, 2, 3, 4, 5, 6]) {
    const tab = index % 2 === 0 ? a : b;
    const name = `${index}.bin`;
    tab.uploader
      .add(file(stage, name, 3 * mib))
      .done.then(() => names.push(name))
      .catch(() => undefined);
    await stage.platform.advance(1);
  }
  let most = 0;
  await stage.platform.runUntil(() => {
    most = Math.max(most, active([a, b]));
    return names.length === 6;
  });
  expect(most).toBe(1);
  expect(names).toEqual(["1.bin", "2.bin", "3.bin", "4.bin", "5.bin", "6.bin"]);
});

test("[X4] both tabs list all uploads in one order", async () => {
  const stage = new TabStage();
  const [a, b] = [await stage.open(), await stage.open()];
  for (const index of [1, 2, 3, 4, 5]) {
    (index % 2 === 0 ? a : b).uploader.add(file(stage, `${index}.bin`, 40 * mib));
    await stage.platform.advance(1);
  }
  await stage.platform.advance(1_000);
  const names = ({ uploader }: StagedTab) => uploader.uploads.map(({ state }) => state.name);
  expect(names(a)).toEqual(["1.bin", "2.bin", "3.bin", "4.bin", "5.bin"]);
  expect(names(b)).toEqual(names(a));
  const later = await stage.open();
  expect(names(later)).toEqual(names(a));
});
