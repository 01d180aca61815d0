import { expect, test } from "vitest";
import { MemorySource, patternBytes } from "../src/testing/index.ts";
import type { QueueStrategy } from "../src/uploader-api.ts";
import { mib, Stage } from "./stage.ts";

const sizes = [2 * mib + 1, 500, 3 * mib, 700, 2 * mib];

/** Uploads `0`, `1`, … and the order in which they were finished. */
function start(strategy: QueueStrategy, latencyMs = 20) {
  const stage = new Stage({ strategy, maxActive: 2 }, { latencyMs });
  const finished: string[] = [];
  const contents = sizes.map((size, i) => patternBytes(size, i + 1));
  const uploads = contents.map((bytes, i) => stage.uploader.add(new MemorySource(bytes, { name: `${i}` })));
  for (const upload of uploads) void upload.done.then(({ file }) => finished.push(file.filename));
  const expectAll = async () => {
    await stage.platform.runUntil(() => stage.uploader.summary().counts.completed === sizes.length);
    for (const [i, upload] of uploads.entries()) {
      expect(stage.outcome(upload, contents[i] as Uint8Array)).toBe("exact");
    }
  };
  const travelling = () => {
    const { preparing, creating, uploading, verifying } = stage.uploader.summary().counts;
    return preparing + creating + uploading + verifying;
  };
  return { stage, uploads, finished, expectAll, travelling };
}

const inTurn = ["0", "1", "2", "3", "4"];

test("[V2] in order: one at a time, in the order of arrival, also across a hiccup", async () => {
  const { stage, uploads, finished, expectAll, travelling } = start("in-order");
  stage.server.fault = ({ kind, earlier }) =>
    kind === "chunks" && earlier % 3 === 1 ? { kind: "lose-answer" } : undefined;
  let most = 0;
  uploads[0]?.subscribe(() => {
    most = Math.max(most, travelling());
  });
  await expectAll();
  expect(finished).toEqual(inTurn);
  expect(most).toBe(1);
});

test("[V3] in order: one that waits for long lets others pass and is next again; a parked one blocks nobody", async () => {
  const { stage, uploads, finished } = start("in-order");
  let isRefused = true;
  stage.server.fault = ({ path, kind }) => {
    if (path.includes("filename=1")) return { kind: "answer", status: 503 };
    if (kind !== "initialize" || !isRefused) return undefined;
    isRefused = false;
    return { kind: "answer", status: 429, headers: { "retry-after": "1" } };
  };
  await stage.platform.runUntil(() => stage.uploader.summary().counts.completed === 4, 3_600_000);
  await stage.until(uploads[1] as never, "paused");
  expect(uploads[1]?.state).toMatchObject({ status: "paused", reasons: ["parked"], cause: { code: "unavailable" } });
  expect(new Set(finished)).toEqual(new Set(["0", "2", "3", "4"]));
  stage.server.fault = null;
  uploads[1]?.resume();
  await stage.end(uploads[1] as never);
  expect(finished.at(-1)).toBe("1");
});

test("[V8] [I7] at the end: nothing leaves before the gate is opened, then all goes as in parallel", async () => {
  const { stage, expectAll } = start("at-end");
  await stage.platform.advance(60_000);
  expect(stage.server.requests).toEqual([]);
  expect(stage.uploader.summary().counts.queued).toBe(5);
  stage.uploader.openGate();
  await expectAll();
  expect(stage.server.peakInFlight).toBeGreaterThan(1);
});

test("[V8] between marks: a closed gate calls everything back at once and for nothing, an open one lets it go on", async () => {
  const { stage, uploads, expectAll, travelling } = start("between-marks");
  await stage.platform.advance(60_000);
  expect(stage.server.requests).toEqual([]);
  for (let round = 0; round < 20; round++) {
    stage.uploader.openGate();
    await stage.platform.advance(45);
    stage.uploader.closeGate();
    // But for what waits for the server's last word.
    const { queued, verifying, completed } = stage.uploader.summary().counts;
    expect(queued + verifying + completed).toBe(5);
    await stage.platform.advance(500);
    const before = stage.server.requests.length;
    await stage.platform.advance(60_000);
    expect(stage.server.requests).toHaveLength(before);
    expect(travelling()).toBe(0);
    for (const { state } of uploads) expect(["queued", "completed"]).toContain(state.status);
  }
  stage.uploader.openGate();
  await expectAll();
  // Called back in the middle of whatever it did, nothing was created twice.
  expect(stage.server.store.completed).toHaveLength(5);
  expect(stage.uploader.trace().some(({ event }) => event === "retried")).toBe(false);
});

test("[V8] the gate does nothing to strategies that have none", async () => {
  for (const strategy of ["parallel", "in-order"] as const) {
    const { stage, travelling, expectAll } = start(strategy);
    await stage.platform.advance(45);
    stage.uploader.closeGate();
    expect(travelling()).toBeGreaterThan(0);
    await expectAll();
  }
});

test("[V2] another priority moves an upload in the queue, and never changes what the server was told under one key", async () => {
  const { stage, uploads, finished, expectAll } = start("in-order");
  stage.breakNext("initialize", { kind: "lose-answer" });
  await stage.platform.runUntil(() => stage.count("initialize") === 1);
  uploads[0]?.setPriority("low");
  uploads[4]?.setPriority("high");
  expect(uploads[4]?.state).toMatchObject({ ahead: 0 });
  await expectAll();
  expect(finished.indexOf("4")).toBeLessThan(finished.indexOf("1"));
  expect(stage.uploader.summary().counts.failed).toBe(0);
  const priorities = stage.server.store.completed.map(({ request }) => [
    request.filename,
    request.priority ?? "normal",
  ]);
  expect(Object.fromEntries(priorities)).toMatchObject({ 0: "normal", 4: "high" });
});
