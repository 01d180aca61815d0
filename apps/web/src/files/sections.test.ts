import type { UploadState } from "@hawser/client";
import { HawserError } from "@hawser/protocol";
import { expect, test } from "vitest";
import { describePage } from "./page-words.ts";
import { sortUploads, standingOf } from "./sections.ts";

let nextId = 0;
const figures = () => ({
  id: `${nextId++}`,
  uploadId: null,
  name: "a",
  sizeBytes: 1e9,
  confirmedBytes: 4e8,
  resumedBytes: 0,
});
const verifying = (): UploadState => ({ ...figures(), status: "verifying" });
const stopped = (): UploadState => ({ ...figures(), status: "paused", reasons: ["parked"], cause: null });
const pausedByPerson = (): UploadState => ({ ...figures(), status: "paused", reasons: ["user"], cause: null });
const cancelled = (): UploadState => ({ ...figures(), status: "cancelled" });
const failed = (): UploadState => ({ ...figures(), status: "failed", error: new HawserError("gone") });

const noFiles = { files: [], hasMore: false, status: "listed" } as const;
const sums = { confirmedBytes: 14e9, totalBytes: 51e9 };

function titleOf(states: readonly UploadState[], { isOnline = true, hasFiles = false } = {}): string {
  return describePage(standingOf(sortUploads(states), isOnline, hasFiles), noFiles, sums).title;
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

test("[S16] the indicator says on a phone what fits there", () => {
  const { indicator } = describePage({ kind: "moving", onTheWay: 7, needYou: 2 }, noFiles, sums);
  expect([indicator.short, indicator.long, indicator.tone]).toEqual(["7", " on the way", "move"]);
});
