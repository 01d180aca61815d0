import { HawserError } from "@hawser/protocol";
import { expect, test } from "vitest";
import { streamSource } from "../src/source/stream.ts";
import { MemorySource, patternBytes } from "../src/testing/index.ts";
import type { UploadState } from "../src/upload-state.ts";
import { inPieces, mib, Stage } from "./stage.ts";

const sizes = [0, 1, mib - 1, mib, mib + 1, 3 * mib, 3 * mib + 1, 10 * mib - 1];

test("[S16] files of every edge size arrive exact, leave nothing in the journal, and resolve done", async () => {
  const stage = new Stage();
  for (const size of sizes) {
    const bytes = patternBytes(size, size + 1);
    const source = new MemorySource(bytes);
    const upload = stage.uploader.add(source);
    await stage.end(upload);
    expect(stage.outcome(upload, bytes)).toBe("exact");
    expect((await upload.done).file.size).toBe(size);
    expect(source.isClosed).toBe(true);
    expect(upload.state).toMatchObject({ confirmedBytes: size, resumedBytes: 0 });
  }
  expect(stage.journal.records.size).toBe(0);
});

test("[S16] streams of unknown length arrive exact, also when they end on a chunk or are empty", async () => {
  for (const size of [...sizes, 5 * mib]) {
    const stage = new Stage({ maxLanes: 3 });
    const bytes = patternBytes(size, size + 7);
    const upload = stage.uploader.add(streamSource(inPieces(bytes, 300_000), { name: "stream" }));
    await stage.end(upload);
    expect([size, upload.state.status]).toEqual([size, "completed"]);
    expect(stage.outcome(upload, bytes)).toBe("exact");
  }
});

test("[R13] stores with aligned runs get whole groups, from files and from streams", async () => {
  for (const size of [8 * mib, 9 * mib + 1, 16 * mib]) {
    const stage = new Stage({ maxLanes: 2 }, { runAlign: 8 });
    const bytes = patternBytes(size);
    stage.breakNext("chunks", { kind: "cut", afterBytes: 3 * mib + 9 }, { kind: "flip", byte: 2 * mib });
    const file = stage.uploader.add(new MemorySource(bytes));
    const stream = stage.uploader.add(streamSource(inPieces(bytes, mib), { name: "stream" }));
    await stage.end(file);
    await stage.end(stream);
    expect(stage.outcome(file, bytes)).toBe("exact");
    expect(stage.outcome(stream, bytes)).toBe("exact");
  }
});

test("[S16] an upload tells what it does, from queued to completed", async () => {
  const stage = new Stage({ maxActive: 1 }, { latencyMs: 50 });
  stage.server.store.slowFinalizes = 2;
  const seen: string[] = [];
  const first = stage.uploader.add(new MemorySource(patternBytes(5 * mib)));
  const second = stage.uploader.add(new MemorySource(patternBytes(2 * mib), { name: "second" }));
  const third = stage.uploader.add(new MemorySource(patternBytes(2 * mib), { name: "third" }));
  first.subscribe((state) => seen.push(state.status));
  await stage.platform.settle();
  expect(third.state).toMatchObject({ status: "queued", ahead: 1 });
  expect(second.state).toMatchObject({ status: "queued", ahead: 0 });
  expect(third.state).toBe(third.state);
  await stage.until(first, "uploading");
  const { state } = first;
  expect(state).toMatchObject({
    sizeBytes: 5 * mib,
    confirmedBytes: 0,
    lanes: 2,
    travellingChunks: [
      [1, 1],
      [2, 2],
    ],
  });
  expect(stage.uploader.summary().counts).toMatchObject({ uploading: 1, queued: 2 });
  await stage.until(first, "verifying");
  await stage.end(third);
  expect([...new Set(seen)]).toEqual(
    ["preparing", "creating", "uploading", "verifying", "completed"].filter((s) => seen.includes(s)),
  );
  expect(seen.at(-1)).toBe("completed");
  expect(stage.uploader.summary()).toMatchObject({
    counts: { completed: 3 },
    confirmedBytes: 9 * mib,
    totalBytes: 9 * mib,
  });
});

test("[S16] pause, resume and cancel at any moment: nothing is sent twice, and a cancelled one ends on the server", async () => {
  for (let turn = 0; turn < 12; turn++) {
    const stage = new Stage({ maxLanes: 2 }, { latencyMs: 7 });
    const bytes = patternBytes(5 * mib + 9);
    const kept = stage.uploader.add(new MemorySource(bytes));
    const dropped = stage.uploader.add(new MemorySource(patternBytes(5 * mib, 3), { name: "dropped" }));
    await stage.platform.advance(turn * 5);
    kept.pause();
    const isEarly = dropped.state.status !== "completed";
    const ended = dropped.done.catch((error: HawserError) => error.code);
    dropped.cancel();
    await stage.platform.advance(1_000);
    if (kept.state.status !== "completed") expect(kept.state).toMatchObject({ status: "paused", reasons: ["user"] });
    kept.resume();
    await stage.end(kept);
    expect(stage.outcome(kept, bytes)).toBe("exact");
    if (isEarly) expect(await ended).toBe("upload_cancelled");
    expect([...stage.server.store.uploads.values()].every(({ state }) => state !== "active")).toBe(true);
    expect(stage.journal.records.size).toBe(0);
  }
});

test("[R2] a full hash is taken when asked for, shown while it runs, and the server is told", async () => {
  const stage = new Stage();
  const works: string[] = [];
  const upload = stage.uploader.add(new MemorySource(patternBytes(9 * mib)), { fullHash: true });
  upload.subscribe((state) => void (state.status === "preparing" && works.push(state.work)));
  await stage.end(upload);
  expect(upload.state.status).toBe("completed");
  const [server] = stage.server.store.completed;
  expect(server?.request.evidence).toMatchObject({ sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
});

test("[R5] the same source added twice becomes two files, each exact", async () => {
  const stage = new Stage();
  const bytes = patternBytes(2 * mib + 5);
  const twins = [stage.uploader.add(new MemorySource(bytes)), stage.uploader.add(new MemorySource(bytes))];
  for (const twin of twins) await stage.end(twin);
  for (const twin of twins) expect(stage.outcome(twin, bytes)).toBe("exact");
  expect(stage.server.store.completed).toHaveLength(2);
});

test("[S17] a thousand small files go in one request each, several at once", async () => {
  const stage = new Stage({}, { latencyMs: 20 });
  const uploads = Array.from({ length: 1_000 }, (_, i) =>
    stage.uploader.add(new MemorySource(patternBytes(100 + i, i + 1), { name: `small ${i}` })),
  );
  expect(stage.uploader.uploads).toBe(stage.uploader.uploads);
  await stage.platform.runUntil(() => stage.uploader.summary().counts.completed === 1_000);
  for (const [i, upload] of uploads.entries())
    expect(stage.outcome(upload, patternBytes(100 + i, i + 1))).toBe("exact");
  expect(stage.server.requests.map(({ kind }) => kind)).toEqual(uploads.map(() => "one-shot"));
  expect(stage.server.peakInFlight).toBe(12);
  expect(stage.journal.records.size).toBe(0);
});

test("[R4] [R8] parts of a chunk count as soon as the server has them, and once", async () => {
  const stage = new Stage({ maxLanes: 1 }, { latencyMs: 10_000 });
  const bytes = patternBytes(2 * mib);
  const upload = stage.uploader.add(new MemorySource(bytes));
  const seen = new Set<number>();
  await stage.platform.runUntil(() => {
    seen.add(upload.state.confirmedBytes);
    return upload.state.status === "completed";
  });
  expect(stage.outcome(upload, bytes)).toBe("exact");
  const steps = [...seen];
  expect(steps.length).toBeGreaterThan(8);
  for (const [i, confirmed] of steps.entries()) {
    if (i > 0) expect(confirmed - (steps[i - 1] as number)).toBeLessThanOrEqual(mib / 4);
  }
  expect(steps.at(-1)).toBe(2 * mib);
  expect(stage.server.receivedBytes).toBe(2 * mib);
});

test("[S17] no more uploads and lanes travel at once than the options say", async () => {
  const stage = new Stage({ maxActive: 2, maxLanes: 3 }, { latencyMs: 20 });
  const uploads = Array.from({ length: 5 }, (_, i) =>
    stage.uploader.add(new MemorySource(patternBytes(9 * mib, i + 1))),
  );
  for (const upload of uploads) await stage.end(upload);
  expect(stage.server.peakInFlight).toBe(3);
  expect(stage.server.store.completed).toHaveLength(5);
});

test("[S18] a budget of one chunk is enough for many uploads with many lanes", async () => {
  const stage = new Stage({ budgetBytes: mib, maxLanes: 4, maxActive: 5 }, { latencyMs: 5 });
  const uploads = Array.from({ length: 5 }, (_, i) =>
    stage.uploader.add(new MemorySource(patternBytes(3 * mib + i, i + 1), { name: `${i}` })),
  );
  for (const upload of uploads) await stage.end(upload);
  for (const [i, upload] of uploads.entries())
    expect(stage.outcome(upload, patternBytes(3 * mib + i, i + 1))).toBe("exact");
});

test("[V9] the trace is plain, bounded, and names no file", async () => {
  const stage = new Stage();
  for (let i = 0; i < 400; i++) stage.uploader.add(new MemorySource(patternBytes(5), { name: `secret ${i}` }));
  await stage.platform.runUntil(() => stage.uploader.summary().counts.completed === 400);
  const trace = stage.uploader.trace();
  expect(trace).toHaveLength(1_000);
  expect(JSON.parse(JSON.stringify(trace))).toEqual(trace);
  expect(JSON.stringify(trace)).not.toContain("secret");
});

test("[S16] states() gives each state at most once per interval, always the last, and ends with the upload", async () => {
  const stage = new Stage({ maxLanes: 1 }, { latencyMs: 30 });
  const upload = stage.uploader.add(new MemorySource(patternBytes(20 * mib)));
  const seen: { state: UploadState; at: number }[] = [];
  const watching = (async () => {
    for await (const state of upload.states({ minIntervalMs: 200 }))
      seen.push({ state, at: stage.platform.monotonic() });
  })();
  await stage.end(upload);
  await stage.platform.advance(1_000);
  await watching;
  expect(seen.at(-1)?.state.status).toBe("completed");
  for (const [i, { at, state }] of seen.entries()) {
    const before = seen[i - 1];
    if (i > 1 && before !== undefined) expect(at - before.at).toBeGreaterThanOrEqual(200);
    expect(state).not.toBe(before?.state);
  }
});

test("[S16] close in the middle lets go of everything and leaves what is owed in the journal", async () => {
  const stage = new Stage({}, { latencyMs: 10 });
  const sources = [new MemorySource(patternBytes(9 * mib)), new MemorySource(patternBytes(9 * mib))];
  for (const source of sources) stage.uploader.add(source);
  await stage.platform.advance(35);
  const ended: UploadState[] = [];
  const watching = (async () => {
    for await (const state of stage.uploader.uploads[0]?.states() ?? []) ended.push(state);
  })();
  await stage.uploader.close();
  await watching;
  const requests = stage.server.requests.length;
  await stage.platform.advance(60_000);
  expect(stage.server.requests).toHaveLength(requests);
  expect(stage.journal.records.size).toBe(2);
  expect(sources.every(({ isClosed }) => isClosed)).toBe(true);
  expect(() => stage.uploader.add(new MemorySource(patternBytes(1)))).toThrow(HawserError);
});

test("[S17] small files with metadata and a bundle go in one request each, several at once; much metadata does not", async () => {
  const stage = new Stage({ maxActive: 2 }, { latencyMs: 50 });
  const bundle = (position: number) => ({ id: "post", position });
  const uploads = Array.from({ length: 20 }, (_, i) =>
    stage.uploader.add(new MemorySource(patternBytes(100 + i)), {
      metadata: { path: `Ordner/ö ${i}.txt`, i },
      bundle: bundle(i),
    }),
  );
  await stage.platform.runUntil(() => stage.uploader.summary().counts.completed === 20);
  expect([stage.count("one-shot"), stage.server.requests.length, stage.server.peakInFlight]).toEqual([20, 20, 8]);
  const files = await Promise.all(uploads.map(({ done }) => done));
  expect(files.map(({ file: { metadata, bundle: label } }) => [metadata, label])).toEqual(
    uploads.map((_, i) => [{ path: `Ordner/ö ${i}.txt`, i }, bundle(i)]),
  );
  const metadata = { note: "ö".repeat(500) };
  const large = stage.uploader.add(new MemorySource(patternBytes(5)), { metadata });
  await stage.end(large);
  expect([stage.count("one-shot"), stage.count("initialize")]).toEqual([20, 1]);
  expect((await large.done).file.metadata).toEqual(metadata);
});
