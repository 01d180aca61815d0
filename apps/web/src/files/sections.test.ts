import type { UploadState } from "@hawser/client";
import { HawserError } from "@hawser/protocol";
import { expect, test } from "vitest";
import { describePage } from "./page-words.ts";
import { sortUploads, standingOf, stoppedOf } from "./sections.ts";

let nextId = 0;
const figures = () => ({
  id: `${nextId++}`,
  uploadId: null,
  name: "a",
  sizeBytes: 1e9,
  confirmedBytes: 4e8,
  resumedBytes: 0,
  isFromEarlier: false,
  carrier: "here" as const,
});
const verifying = (): UploadState => ({ ...figures(), status: "verifying" });
const stopped = (): UploadState => ({ ...figures(), status: "paused", reasons: ["parked"], cause: null });
const pausedByPerson = (): UploadState => ({ ...figures(), status: "paused", reasons: ["user"], cause: null });
const waiting = (): UploadState => ({
  ...figures(),
  status: "waiting",
  retryAt: 0,
  attempt: 2,
  maxAttempts: 8,
  cause: new HawserError("connection_lost"),
});
const queued = (): UploadState => ({ ...figures(), status: "queued", ahead: 0 });
const cancelled = (): UploadState => ({ ...figures(), status: "cancelled" });
const failed = (): UploadState => ({ ...figures(), status: "failed", error: new HawserError("gone") });

const lacking = (canReopen: boolean, isFromEarlier = true): UploadState => ({
  ...figures(),
  isFromEarlier,
  status: "needs-source",
  evidence: {},
  canReopen,
});

const noRemotes = { hasRemotes: false, isMoreComing: false } as const;
const noFiles = { files: [], hasMore: false, status: "listed" } as const;
const sums = { confirmedBytes: 14e9, totalBytes: 51e9 };

function titleOf(states: readonly UploadState[], { isOnline = true, hasFiles = false, isAdding = false } = {}): string {
  return describePage(
    standingOf(sortUploads(states), { isOnline, hasFiles, isAdding, ...noRemotes }),
    noFiles,
    sums,
    true,
  ).title;
}

test("[S16] uploads are sorted by who must act, in the order in which they were added", () => {
  const states = [verifying(), stopped(), pausedByPerson(), cancelled(), failed()];
  const { needsYou, onTheWay } = sortUploads(states);
  expect(needsYou).toEqual([states[1], states[4]]);
  expect(onTheWay).toEqual([states[0], states[2]]);
});

test("[S16] the title is the state", () => {
  expect(titleOf([])).toBe("Files");
  expect(titleOf([], { hasFiles: true })).toBe("Everything is safe");
  expect(titleOf([verifying(), verifying()])).toBe("2 on the way");
  expect(titleOf([verifying(), stopped()])).toBe("1 on the way, 1 needs you");
  expect(titleOf([stopped(), failed()], { hasFiles: true })).toBe("2 need you");
  expect(titleOf([pausedByPerson()])).toBe("1 paused");
  expect(titleOf([pausedByPerson(), stopped(), failed()])).toBe("1 paused, 2 need you");
  expect(titleOf([verifying(), pausedByPerson()], { isOnline: false })).toBe("2 wait for the network");
  expect(titleOf([cancelled()], { hasFiles: true })).toBe("Everything is safe");
});

test("[R3] uploads of an earlier life that lack their file are interrupted, and the title says so", () => {
  const states = [lacking(true), lacking(false), lacking(false, false), verifying()];
  const { interrupted, needsYou } = sortUploads(states);
  expect(interrupted).toEqual([states[0], states[1]]);
  expect(needsYou).toEqual([states[2]]);
  expect(titleOf([lacking(true), lacking(false)])).toBe("Nothing is moving yet");
  expect(titleOf([lacking(true), verifying()])).toBe("1 on the way, 1 interrupted");
  expect(titleOf([lacking(true), stopped()])).toBe("1 needs you, 1 interrupted");
});

test("[S16] while files are taken in, the page calls nothing safe", () => {
  expect(titleOf([], { hasFiles: true, isAdding: true })).toBe("Adding files");
  expect(titleOf([], { isAdding: true })).toBe("Adding files");
  expect(titleOf([verifying()], { isAdding: true })).toBe("1 on the way");
});

test("[R3] the page asks to be kept open only where closing it loses something", () => {
  const leadOf = (states: UploadState[], mayLeave: boolean, isOnline = true) =>
    describePage(
      standingOf(sortUploads(states), { isOnline, hasFiles: false, isAdding: false, ...noRemotes }),
      noFiles,
      sums,
      mayLeave,
    ).lead;
  for (const states of [[verifying()], [waiting(), queued()]]) {
    expect(leadOf(states, true)).toMatch(/you can close this page/i);
    expect(leadOf(states, false)).toMatch(/keep this page open/i);
  }
  expect(leadOf([verifying()], true, false)).not.toMatch(/open/);
  expect(leadOf([verifying()], false, false)).toMatch(/keep this page open/i);
});

test("[S16] the indicator says on a phone what fits there", () => {
  const { indicator } = describePage(
    { kind: "moving", onTheWay: 7, needYou: 2, interrupted: 0, isStalled: false },
    noFiles,
    sums,
    true,
  );
  expect([indicator.short, indicator.long, indicator.tone]).toEqual(["7", " on the way", "move"]);
});

test("[S16] where nothing gets through, the page says so instead of promising an end", () => {
  const leadOf = (...states: UploadState[]) =>
    describePage(
      standingOf(sortUploads(states), { isOnline: true, hasFiles: false, isAdding: false, ...noRemotes }),
      noFiles,
      sums,
      true,
    ).lead;
  const stalled = leadOf(waiting(), queued());
  expect(stalled).toContain("is tried again by itself");
  expect(leadOf(waiting(), verifying())).not.toBe(stalled);
  expect(leadOf(queued())).not.toBe(stalled);
});

test("[S16] before the server has answered, the page does not say that nothing is stored", () => {
  const lead = (status: "asking" | "listed" | "failed") =>
    describePage({ kind: "empty" }, { ...noFiles, status }, sums, true).lead;
  expect(lead("listed")).toContain("nothing is stored");
  expect(lead("asking")).toBe("Asking the server what is stored.");
  expect(lead("failed")).toContain("cannot be listed");
});

test("[S15] only what stands still on the server's side can be tried anew together", () => {
  const states = [stopped(), failed(), pausedByPerson()];
  expect(stoppedOf(sortUploads(states))).toEqual([states[0]]);
});

test("[S7] the title is about this device, and the lead does not deny what others send", () => {
  const saidOf = (states: readonly UploadState[], hasFiles: boolean, remotes: "none" | "ended" | "moving") => {
    const hasRemotes = remotes !== "none";
    const circumstances = { isOnline: true, hasFiles, isAdding: false, hasRemotes, isMoreComing: remotes === "moving" };
    const { title, lead } = describePage(standingOf(sortUploads(states), circumstances), noFiles, sums, true);
    return [title, lead];
  };
  expect(saidOf([], false, "moving")).toEqual(["Files", "Nothing is on the way from here, and nothing is stored yet."]);
  expect(saidOf([], false, "ended")).toEqual(saidOf([], false, "moving"));
  expect(saidOf([], true, "moving")).toEqual([
    "Everything is safe",
    "0 files are stored on the server; more is unfinished elsewhere. You can close this page.",
  ]);
  expect(saidOf([], true, "ended")).toEqual(saidOf([], true, "none"));
  expect(saidOf([verifying()], false, "moving")).toEqual(saidOf([verifying()], false, "none"));
});
