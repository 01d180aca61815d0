import { expect, test } from "vitest";
import { streamSource } from "../src/source/stream.ts";
import { MemorySource, patternBytes } from "../src/testing/index.ts";
import { inPieces, isExact, mib, Stage } from "./stage.ts";

test("[R4] a second life counts what is there, and sends only the rest", async () => {
  const stage = new Stage({ maxLanes: 1 }, { latencyMs: 1_000 });
  const bytes = patternBytes(10 * mib);
  const open = () => new MemorySource(bytes, {}, { kind: "path", path: "/a" });
  stage.files.set("/a", open);
  const before = stage.uploader.add(open());
  await stage.platform.runUntil(() => before.state.confirmedBytes >= 3 * mib);
  const sent = stage.server.receivedBytes;
  const confirmed = before.state.confirmedBytes;
  await stage.restart();
  const after = stage.uploader.uploads[0];
  if (after === undefined) throw new Error("nothing was replayed");
  await stage.until(after, "uploading");
  expect(after.state.resumedBytes).toBeGreaterThanOrEqual(confirmed);
  await stage.end(after);
  expect(stage.outcome(after, bytes)).toBe("exact");
  expect(stage.server.receivedBytes).toBeLessThanOrEqual(sent + bytes.length - confirmed);
  expect(stage.count("manifest")).toBe(1);
});

test("[R8] closed at any moment, a new process goes on and the file arrives once", async () => {
  const bytes = patternBytes(4 * mib + 1);
  for (const size of [bytes.length, 1_000]) {
    for (let ms = 0; ms < 60; ms += 3) {
      const stage = new Stage({ maxLanes: 2 }, { latencyMs: 9 });
      const open = () => new MemorySource(bytes.subarray(0, size), {}, { kind: "path", path: "/a" });
      stage.files.set("/a", open);
      stage.uploader.add(open());
      await stage.platform.advance(ms);
      await stage.restart();
      const upload = stage.uploader.uploads[0];
      if (upload !== undefined) await stage.end(upload);
      expect(stage.server.store.completed).toHaveLength(1);
      expect(
        isExact(stage.server.store.bytesOf(stage.server.store.completed[0]?.id ?? ""), bytes.subarray(0, size)),
      ).toBe(true);
      expect(stage.journal.records.size).toBe(0);
    }
  }
});

test("[R9] a source that was edited between two lives is told, and nothing is mixed", async () => {
  const edits: ((bytes: Uint8Array) => MemorySource)[] = [
    (bytes) => new MemorySource(bytes.slice(0, -1), { lastModified: "2026-02-01T00:00:00.000Z" }),
    // Seen by the sampled hash.
    (bytes) => new MemorySource(bytes.with(5, 255 - (bytes[5] ?? 0)), { lastModified: "2026-02-01T00:00:00.000Z" }),
    // Between the sampled blocks, and with the old time: seen when the chunks are compared.
    (bytes) => new MemorySource(bytes.with(100_000, 255 - (bytes[100_000] ?? 0))),
  ];
  for (const edit of edits) {
    const stage = new Stage({ maxLanes: 1 }, { latencyMs: 1_000 });
    const bytes = patternBytes(6 * mib);
    const before = stage.uploader.add(new MemorySource(bytes, {}, { kind: "path", path: "/a" }));
    await stage.platform.runUntil(() => before.state.confirmedBytes > mib);
    stage.files.set("/a", () => edit(bytes));
    await stage.restart();
    const after = stage.uploader.uploads[0];
    if (after === undefined) throw new Error("nothing was replayed");
    await stage.end(after);
    expect(after.state).toMatchObject({ status: "failed", error: { code: "source_changed" } });
    expect(stage.server.store.completed).toEqual([]);
  }
});

test("[R9] a source that is edited, cut short or touched while it is sent is told", async () => {
  const edits: ((source: MemorySource) => void)[] = [
    (source) => {
      source.bytes = source.bytes.slice(0, 3 * mib);
    },
    (source) => {
      source.lastModified = "2026-03-01T00:00:00.000Z";
    },
  ];
  for (const edit of edits) {
    const stage = new Stage({ maxLanes: 1 }, { latencyMs: 100 });
    const source = new MemorySource(patternBytes(8 * mib));
    const upload = stage.uploader.add(source);
    await stage.platform.runUntil(() => upload.state.confirmedBytes > 0);
    edit(source);
    await stage.end(upload);
    expect(upload.state).toMatchObject({ status: "failed", error: { code: "source_changed" } });
    expect(stage.server.store.completed).toEqual([]);
  }
});

test("[R9] a touched file with the same content goes on", async () => {
  const stage = new Stage({ maxLanes: 1 }, { latencyMs: 1_000 });
  const bytes = patternBytes(6 * mib);
  const before = stage.uploader.add(new MemorySource(bytes, {}, { kind: "path", path: "/a" }));
  await stage.platform.runUntil(() => before.state.confirmedBytes > mib);
  stage.files.set("/a", () => new MemorySource(bytes, { lastModified: "2026-02-01T00:00:00.000Z" }));
  await stage.restart();
  const after = stage.uploader.uploads[0];
  if (after === undefined) throw new Error("nothing was replayed");
  await stage.end(after);
  expect(stage.outcome(after, bytes)).toBe("exact");
});

test("[R1] an upload without its bytes says so; the right file makes it go on, another one is refused", async () => {
  const stage = new Stage({ maxLanes: 1 }, { latencyMs: 1_000 });
  const bytes = patternBytes(6 * mib);
  const before = stage.uploader.add(new MemorySource(bytes));
  await stage.platform.runUntil(() => before.state.confirmedBytes > mib);
  await stage.restart();
  const after = stage.uploader.uploads[0];
  if (after === undefined) throw new Error("nothing was replayed");
  expect(after.state).toMatchObject({ status: "needs-source", evidence: { sampledHash: expect.any(String) } });
  const wrong = new MemorySource(patternBytes(6 * mib, 9), { lastModified: null });
  await expect(after.supply(wrong)).rejects.toMatchObject({ code: "source_changed" });
  expect(after.state.status).toBe("needs-source");
  const sent = stage.server.receivedBytes;
  await after.supply(new MemorySource(bytes, { lastModified: null }));
  await stage.end(after);
  expect(stage.outcome(after, bytes)).toBe("exact");
  expect(stage.server.receivedBytes - sent).toBeLessThan(5 * mib);
});

test("[R1] a source that cannot be read any more is asked for, and only what is missing travels then", async () => {
  const stage = new Stage({ maxLanes: 1 }, { latencyMs: 100 });
  const bytes = patternBytes(9 * mib);
  const source = new MemorySource(bytes);
  const upload = stage.uploader.add(source);
  await stage.platform.runUntil(() => upload.state.confirmedBytes > 0);
  source.isGone = true;
  await stage.until(upload, "needs-source");
  await upload.supply(new MemorySource(bytes));
  await stage.end(upload);
  expect(stage.outcome(upload, bytes)).toBe("exact");
  expect(stage.server.receivedBytes).toBe(bytes.length);
});

test("[R1] [R2] match offers what the server has begun, best evidence first, and goes on with it", async () => {
  const stage = new Stage({ maxLanes: 1 }, { latencyMs: 100 });
  const bytes = patternBytes(9 * mib);
  const other = new Stage({ maxLanes: 1 });
  const device = stage.uploader.add(new MemorySource(bytes));
  await stage.platform.runUntil(() => device.state.confirmedBytes > 0);
  device.pause();
  await stage.uploader.close();
  // Another device, or cleared browser data: nothing in the journal.
  for (const id of [...stage.journal.records.keys()]) await stage.journal.remove(id);
  await stage.restart();
  const findingOther = stage.uploader.match(new MemorySource(patternBytes(9 * mib, 4)));
  await stage.platform.advance(1_000);
  expect(await findingOther).toEqual([]);
  const finding = stage.uploader.match(new MemorySource(bytes, { name: "renamed.bin" }));
  await stage.platform.advance(1_000);
  const [match] = await finding;
  expect(match).toMatchObject({ evidence: "content", candidate: { size: 9 * mib } });
  const sent = stage.server.receivedBytes;
  const upload = match?.resume();
  if (upload === undefined) throw new Error("no match");
  await stage.end(upload);
  expect(stage.outcome(upload, bytes)).toBe("exact");
  expect(stage.server.receivedBytes - sent).toBeLessThan(bytes.length);
  await other.uploader.close();
});

test("[R1] a candidate of a store with groups goes on in its groups", async () => {
  const stage = new Stage({ maxLanes: 1, runChunks: 4 }, { runAlign: 4, latencyMs: 100 });
  const bytes = patternBytes(19 * mib);
  const before = stage.uploader.add(new MemorySource(bytes));
  await stage.platform.runUntil(() => before.state.confirmedBytes > 0);
  await stage.uploader.close();
  for (const id of [...stage.journal.records.keys()]) await stage.journal.remove(id);
  await stage.restart();
  const finding = stage.uploader.match(new MemorySource(bytes));
  await stage.platform.advance(1_000);
  const [match] = await finding;
  const upload = match?.resume();
  if (upload === undefined) throw new Error("no match");
  const seen = stage.server.requests.length;
  await stage.end(upload);
  expect(stage.outcome(upload, bytes)).toBe("exact");
  const runs = stage.server.requests.slice(seen).filter(({ kind }) => kind === "chunks");
  expect(runs.map(({ path }) => path.split("/").at(-1))).toEqual(["5-8", "9-12", "13-16", "17-19"]);
});

test("[S15] a search outlives passing trouble, asks for credentials, waits for the network, and ends by its signal", async () => {
  let refreshes = 0;
  const stage = new Stage({ refresh: async () => void refreshes++ });
  const source = () => new MemorySource(patternBytes(2 * mib));
  stage.breakNext("check", { kind: "answer", status: 503 }, { kind: "lose-answer" }, { kind: "answer", status: 401 });
  const finding = stage.uploader.match(source());
  await stage.platform.runUntil(() => stage.count("check") === 4);
  expect([await finding, refreshes]).toEqual([[], 1]);

  stage.server.isDown = true;
  const failing = stage.uploader.match(source()).catch(({ code }) => code);
  await stage.platform.runUntil(() => stage.count("check") === 9);
  expect(await failing).toBe("connection_lost");

  stage.platform.setOnline(false);
  const offline = stage.uploader.match(source());
  await stage.platform.runUntil(() => stage.count("check") === 10);
  await stage.platform.advance(600_000);
  stage.server.isDown = false;
  stage.platform.setOnline(true);
  await stage.platform.runUntil(() => stage.count("check") === 11);
  expect(await offline).toEqual([]);

  stage.server.isDown = true;
  const stop = new AbortController();
  const stopped = stage.uploader.match(source(), { signal: stop.signal }).catch(({ message }) => message);
  await stage.platform.runUntil(() => stage.count("check") === 12);
  stop.abort(new Error("enough"));
  expect(await stopped).toBe("enough");
});

test("[R1] match finds this client's own upload that lacks its source, and can discard it", async () => {
  const stage = new Stage({ maxLanes: 1 }, { latencyMs: 100 });
  const bytes = patternBytes(9 * mib);
  const before = stage.uploader.add(new MemorySource(bytes));
  const unsent = stage.uploader.add(new MemorySource(patternBytes(50), { name: "unsent" }));
  unsent.pause();
  await stage.platform.runUntil(() => before.state.confirmedBytes > 0);
  await stage.restart();
  const finding = stage.uploader.match(new MemorySource(bytes));
  await stage.platform.advance(1_000);
  const matches = await finding;
  expect(matches).toHaveLength(1);
  const handle = matches[0]?.resume();
  expect(handle).toBe(stage.uploader.uploads[0]);
  await stage.platform.runUntil(() => handle?.state.status === "completed");
  const findingUnsent = stage.uploader.match(new MemorySource(patternBytes(50), { name: "unsent" }));
  await stage.platform.advance(1_000);
  await (await findingUnsent)[0]?.discard();
  await stage.platform.settle();
  expect(stage.journal.records.size).toBe(0);
});

test("[V2] what was owed goes first, in its order; what was added before the journal was read comes after", async () => {
  const stage = new Stage({ maxActive: 1 });
  for (const name of ["a", "b"])
    stage.uploader.add(new MemorySource(patternBytes(10), { name }, { kind: "path", path: name })).pause();
  await stage.platform.settle();
  for (const name of ["a", "b"]) stage.files.set(name, () => new MemorySource(patternBytes(10), { name }));
  const closing = stage.restart();
  await closing;
  stage.uploader.add(new MemorySource(patternBytes(10), { name: "c" }));
  stage.uploader.resumeAll();
  await stage.platform.runUntil(() => stage.uploader.summary().counts.completed === 3);
  const names = stage.server.requests.map(({ path }) => new URL(path, "https://x/").searchParams.get("filename"));
  expect(names.filter((name) => name !== "c")).toEqual(["a", "b"]);
  expect(stage.uploader.uploads.map(({ state }) => state.name)).toEqual(["a", "b", "c"]);
});

test("[R8] a stream whose upload vanished is needed again from its start, and then arrives exact", async () => {
  const stage = new Stage({ maxLanes: 1 }, { latencyMs: 10 });
  const bytes = patternBytes(6 * mib + 3);
  const upload = stage.uploader.add(streamSource(inPieces(bytes, 500_000), { name: "stream" }));
  await stage.platform.runUntil(() => upload.state.confirmedBytes >= 3 * mib);
  stage.server.store.wipe();
  await stage.end(upload);
  expect(upload.state.status).toBe("needs-source");
  await upload.supply(streamSource(inPieces(bytes, 70_000), { name: "again" }, { maxKeptBytes: 2 * mib }));
  await stage.end(upload);
  expect(stage.outcome(upload, bytes)).toBe("exact");
});

test("[R9] a stream that goes on an upload is compared as it comes, and another one is told", async () => {
  const bytes = patternBytes(6 * mib + 3);
  const others: [Uint8Array, string][] = [
    [bytes, "exact"],
    [bytes.with(7, 1 + (bytes[7] ?? 0)), "failed"],
    [bytes.subarray(0, 3 * mib), "failed"],
  ];
  for (const [second, outcome] of others) {
    const stage = new Stage({ maxLanes: 1 }, { latencyMs: 10 });
    const before = stage.uploader.add(streamSource(inPieces(bytes, 500_000), { name: "stream" }));
    await stage.platform.runUntil(() => before.state.confirmedBytes >= 4 * mib);
    const sent = stage.server.receivedBytes;
    await stage.restart();
    const after = stage.uploader.uploads[0];
    if (after === undefined) throw new Error("nothing was replayed");
    await after.supply(streamSource(inPieces(second, 500_000), { name: "stream" }, { maxKeptBytes: 2 * mib }));
    await stage.end(after);
    expect(stage.outcome(after, bytes)).toBe(outcome);
    if (outcome === "exact") expect(stage.server.receivedBytes - sent).toBeLessThanOrEqual(3 * mib);
  }
});

test("[R1] a match goes on with an upload whose size nobody knew", async () => {
  const stage = new Stage({ maxLanes: 1 }, { latencyMs: 10 });
  const bytes = patternBytes(5 * mib + 3);
  const before = stage.uploader.add(streamSource(inPieces(bytes, 500_000), { name: "file.bin" }));
  await stage.platform.runUntil(() => before.state.confirmedBytes >= 2 * mib);
  await stage.uploader.close();
  await stage.journal.remove(before.id);
  await stage.restart();
  const finding = stage.uploader.match(streamSource(inPieces(bytes, 500_000), { name: "file.bin" }));
  await stage.platform.advance(1_000);
  const [match] = await finding;
  expect(match?.evidence).toBe("name");
  const upload = match?.resume();
  if (upload === undefined) throw new Error("no match");
  await stage.end(upload);
  expect(stage.outcome(upload, bytes)).toBe("exact");
});
