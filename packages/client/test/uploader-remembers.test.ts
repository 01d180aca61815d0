import { expect, test } from "vitest";
import { chooseMatch } from "../src/match-choice.ts";
import { streamSource } from "../src/source/stream.ts";
import { MemorySource, patternBytes } from "../src/testing/index.ts";
import type { UploadHandle } from "../src/uploader-api.ts";
import { inPieces, mib, Stage } from "./stage.ts";

function only(stage: Stage): UploadHandle {
  expect(stage.uploader.uploads).toHaveLength(1);
  return stage.uploader.uploads[0] as UploadHandle;
}

/** An upload of which the server has something, and a new life of the client. */
async function interrupted(bytes: Uint8Array, path: string | null = null) {
  const stage = new Stage({ maxLanes: 1, runChunks: 1 }, { latencyMs: 100 });
  const open = () => new MemorySource(bytes, {}, path === null ? null : { kind: "path", path });
  if (path !== null) stage.files.set(path, open);
  const before = stage.uploader.add(open());
  await stage.platform.runUntil(() => before.state.confirmedBytes >= 3 * mib);
  const { confirmedBytes } = before.state;
  return { stage, confirmedBytes };
}

test("[R3] [R4] what was confirmed is shown at once, also while the server is down, and is never counted in speed", async () => {
  const bytes = patternBytes(6 * mib);
  const { stage, confirmedBytes } = await interrupted(bytes, "/a");
  stage.server.isDown = true;
  await stage.restart();
  const after = only(stage);
  expect(after.state).toMatchObject({ isFromEarlier: true, confirmedBytes, resumedBytes: confirmedBytes });
  expect(stage.uploader.summary()).toMatchObject({ confirmedBytes, totalBytes: bytes.length, bytesPerSecond: null });
  await stage.platform.advance(2_000);
  stage.server.isDown = false;
  await stage.until(after, "uploading");
  expect(after.state).toMatchObject({ confirmedBytes, bytesPerSecond: null });
  await stage.end(after);
  expect(stage.outcome(after, bytes)).toBe("exact");
});

test("[R3] an upload's progress is journaled now and then, when it stands still, and when the page is hidden", async () => {
  const stage = new Stage({ maxLanes: 1, runChunks: 1 }, { latencyMs: 1_000 });
  const upload = stage.uploader.add(new MemorySource(patternBytes(40 * mib)));
  const journaled = () => stage.journal.records.get(upload.id)?.confirmedBytes;
  const writes = { count: 0 };
  stage.journal.fail = () => void writes.count++;
  await stage.platform.runUntil(() => upload.state.confirmedBytes > 0);
  expect(journaled()).toBe(upload.state.confirmedBytes);
  const before = writes.count;
  await stage.platform.runUntil(() => upload.state.confirmedBytes >= 20 * mib);
  expect(journaled()).toBeGreaterThanOrEqual(15 * mib);
  // Once in five seconds, and one confirmation a second.
  expect(writes.count - before).toBeLessThanOrEqual(4);
  await stage.platform.runUntil(() => upload.state.confirmedBytes >= 22 * mib);
  upload.pause();
  await stage.platform.settle();
  expect(journaled()).toBe(upload.state.confirmedBytes);
  upload.resume();
  const paused = upload.state.confirmedBytes;
  await stage.platform.runUntil(() => upload.state.confirmedBytes > paused + mib);
  stage.platform.hide();
  await stage.platform.settle();
  expect(journaled()).toBe(upload.state.confirmedBytes);
});

test("[R4] an upload that vanished on the server begins at nothing, in the journal too", async () => {
  const { stage } = await interrupted(patternBytes(6 * mib), "/a");
  stage.server.isDown = true;
  await stage.restart();
  stage.server.store.wipe();
  stage.server.isDown = false;
  const after = only(stage);
  await stage.platform.runUntil(() => after.state.status === "creating");
  expect(after.state.confirmedBytes).toBe(0);
  await stage.platform.settle();
  expect(stage.journal.records.get(after.id)?.confirmedBytes).toBe(0);
});

test("[R1] [R3] while the server is down, match finds what the journal knows, with how far it was", async () => {
  const bytes = patternBytes(6 * mib);
  const { stage, confirmedBytes } = await interrupted(bytes);
  stage.server.isDown = true;
  await stage.restart();
  const finding = stage.uploader.match(new MemorySource(bytes));
  await stage.platform.settle();
  const matches = await finding;
  expect(matches).toMatchObject([{ evidence: "content", candidate: { receivedBytes: confirmedBytes } }]);
  const choice = chooseMatch(matches);
  if (choice.kind !== "resume") throw new Error(choice.kind);
  const upload = choice.match.resume();
  expect(upload).toBe(only(stage));
  stage.server.isDown = false;
  await stage.end(upload);
  expect(stage.outcome(upload, bytes)).toBe("exact");
  expect(stage.server.receivedBytes).toBeLessThanOrEqual(bytes.length + mib);
});

test("[R1] what the server says of an upload counts more than what the journal does", async () => {
  const bytes = patternBytes(6 * mib);
  const { stage } = await interrupted(bytes);
  await stage.restart();
  const [upload] = stage.server.store.uploads.values();
  const finding = stage.uploader.match(new MemorySource(bytes));
  await stage.platform.advance(1_000);
  expect(await finding).toMatchObject([
    { candidate: { id: upload?.id, receivedBytes: (upload?.chunks.size ?? 0) * mib } },
  ]);
  stage.server.store.wipe();
  const gone = stage.uploader.match(new MemorySource(bytes));
  await stage.platform.advance(1_000);
  expect(await gone).toEqual([]);
});

test("[R2] resumed with verification, everything that arrived is compared before a byte is sent", async () => {
  const bytes = patternBytes(6 * mib);
  const { stage } = await interrupted(bytes);
  await stage.restart();
  const after = only(stage);
  const seen = stage.server.requests.length;
  const source = new MemorySource(bytes, { lastModified: null });
  await after.supply(source, { compareFirst: true });
  const shown: unknown[] = [];
  const read = source.read.bind(source);
  source.read = (...where) => {
    if (after.state.status === "preparing") shown.push([after.state.work, after.state.doneBytes]);
    return read(...where);
  };
  await stage.end(after);
  expect(stage.outcome(after, bytes)).toBe("exact");
  const kinds = stage.server.requests.slice(seen).map(({ kind }) => kind);
  expect(kinds.indexOf("manifest")).toBeLessThan(kinds.indexOf("chunks"));
  expect(kinds.filter((kind) => kind === "manifest")).toHaveLength(1);
  expect(shown).toEqual([0, 1, 2].map((chunks) => ["comparing", chunks * mib]));
});

test("[R9] resumed with verification, another file of the same name and size is told before a byte is sent", async () => {
  const bytes = patternBytes(6 * mib);
  const { stage } = await interrupted(bytes);
  await stage.restart();
  const after = only(stage);
  const sent = stage.server.receivedBytes;
  // Edited between the blocks of the sampled hash.
  const edited = new MemorySource(bytes.with(100_000, 255 - (bytes[100_000] ?? 0)), { lastModified: null });
  await after.supply(edited, { compareFirst: true });
  await stage.end(after);
  expect(after.state).toMatchObject({ status: "failed", error: { code: "source_changed" } });
  expect(stage.server.receivedBytes).toBe(sent);
});

test("[R2] a match can be resumed with verification on a device that knows nothing of it", async () => {
  const bytes = patternBytes(6 * mib);
  const { stage } = await interrupted(bytes);
  await stage.uploader.close();
  for (const id of [...stage.journal.records.keys()]) await stage.journal.remove(id);
  await stage.restart();
  const finding = stage.uploader.match(new MemorySource(bytes));
  await stage.platform.advance(1_000);
  const seen = stage.server.requests.length;
  const upload = (await finding)[0]?.resume({ compareFirst: true });
  if (upload === undefined) throw new Error("no match");
  await stage.end(upload);
  expect(stage.outcome(upload, bytes)).toBe("exact");
  const kinds = stage.server.requests.slice(seen).map(({ kind }) => kind);
  expect(kinds.indexOf("manifest")).toBeLessThan(kinds.indexOf("chunks"));
});

test("[R2] a full hash tells how far it is", async () => {
  const stage = new Stage();
  const bytes = patternBytes(9 * mib);
  const done: number[] = [];
  const finding = stage.uploader.match(new MemorySource(bytes), {
    full: true,
    onProgress: (doneBytes) => done.push(doneBytes),
  });
  await stage.platform.settle();
  await finding;
  expect(done).toEqual([4 * mib, 8 * mib, 9 * mib]);
});

test("[R1] a stream resumed with verification is compared as it comes", async () => {
  const bytes = patternBytes(6 * mib + 3);
  const stage = new Stage({ maxLanes: 1 }, { latencyMs: 10 });
  const before = stage.uploader.add(streamSource(inPieces(bytes, 500_000), { name: "stream" }));
  await stage.platform.runUntil(() => before.state.confirmedBytes >= 3 * mib);
  await stage.restart();
  const after = only(stage);
  await after.supply(streamSource(inPieces(bytes, 500_000), { name: "stream" }), { compareFirst: true });
  await stage.end(after);
  expect(stage.outcome(after, bytes)).toBe("exact");
});

test("[R8] where nothing outlives the process the standing says so", () => {
  const stage = new Stage();
  expect(stage.uploader.storage).toEqual({ isDurable: false, isPersisted: null, spoolBytes: 0, trouble: null });
});
