import type { LiveUpload } from "@hawser/client";
import { expect, test } from "vitest";
import { liveUpload } from "../../gallery/sample-remotes.ts";
import { dependsOnTime, remoteChunks, viewRemote } from "./remote-view.ts";

const MB = 1_000_000;
const nowMs = new Date(2026, 5, 20, 14, 41, 0).getTime();
const atMs = (hours: number, minutes: number, day = 20) => new Date(2026, 5, day, hours, minutes).getTime();
const still = { bytesPerSecond: null, timeLeftMs: null };

const sentenceOf = (given: Partial<LiveUpload>) => {
  const { status, detail } = viewRemote(liveUpload("a", given), nowMs);
  return `${status} ${detail}`.trim();
};

test("[S7] a row says how far the other device is, how fast, and how long it takes", () => {
  const view = viewRemote(liveUpload("a"), nowMs);
  expect([view.status, view.detail, view.percent, view.tone]).toEqual(["Uploading.", "23 s left", 63, "move"]);
  expect(view.figures).toEqual(["389 of 612 MB safe", "9.6 MB/s"]);
  expect(viewRemote(liveUpload("a", { sizeBytes: null, receivedBytes: 32 * MB }), nowMs)).toMatchObject({
    percent: null,
    figures: ["32 MB safe", "9.6 MB/s"],
  });
});

test("[S7] a silent upload says since when nothing came, and rests", () => {
  const silent = { ...still, lastActivityAt: atMs(14, 23) };
  expect(sentenceOf(silent)).toBe("Nothing since 14:23. What arrived stays safe. It goes on where it was begun");
  expect(sentenceOf({ ...silent, lastActivityAt: atMs(22, 4, 19) })).toMatch(/^Nothing since yesterday\./);
  expect(sentenceOf({ ...silent, lastActivityAt: atMs(22, 4, 9) })).toMatch(/^Nothing since 9 June\./);
  expect(sentenceOf({ ...silent, receivedBytes: 0 })).toContain("Nothing of it has arrived yet");
  expect(viewRemote(liveUpload("a", silent), nowMs)).toMatchObject({ isResting: true, tone: "rest" });
  // A moment without a speed is no silence.
  expect(sentenceOf({ ...still, lastActivityAt: nowMs - 9_999 })).toBe("Uploading.");
  expect(sentenceOf({ ...still, lastActivityAt: nowMs - 10_000 })).toMatch(/^Nothing since/);
  expect([dependsOnTime(liveUpload("a", still)), dependsOnTime(liveUpload("a"))]).toEqual([true, false]);
});

test("[S7] every end has its words, and only what is safe is shown as safe", () => {
  const viewOf = (state: LiveUpload["state"], receivedBytes = 80 * MB) =>
    viewRemote(liveUpload("a", { state, receivedBytes }), nowMs);
  expect(viewOf("assembling", 612 * MB)).toMatchObject({ status: "Checking the whole file.", percent: 100 });
  expect(viewOf("completed", 612 * MB)).toMatchObject({ status: "Safe", tone: "safe", percent: 100, figures: [] });
  expect(viewOf("completed", 612 * MB).detail).toMatch(/^612 MB, checked as a whole at \d\d:\d\d$/);
  for (const [state, status] of [
    ["failed", "Stopped."],
    ["cancelled", "Cancelled."],
    ["expired", "Expired."],
  ] as const) {
    expect(viewOf(state)).toMatchObject({ status, percent: null, figures: [], isResting: true });
    expect(remoteChunks(liveUpload("a", { state, receivedBytes: 80 * MB })).safe).toEqual([]);
  }
  expect(remoteChunks(liveUpload("a", { state: "completed" })).safe).toEqual([[1, 584]]);
});

test("[S7] content that was refused is told until bytes come again; a code that is not known gets words too", () => {
  const failure = { code: "file_mismatch", detail: "" };
  const refused = { ...still, failure, lastActivityAt: atMs(14, 23) };
  expect(sentenceOf(refused)).toBe(
    "Not accepted. The whole file is not what was sent. It can be sent again where it was begun",
  );
  expect(sentenceOf({ failure })).toBe("Uploading. 23 s left");
  expect(sentenceOf({ state: "failed", failure: { code: "of_tomorrow", detail: "" } })).toBe(
    "Stopped. The server could not finish it",
  );
  expect(sentenceOf({ state: "failed", failure: { code: "storage_full", detail: "" } })).toBe(
    "Stopped. The server’s disk is full",
  );
});
