import type { PauseReason, UploadState } from "@hawser/client";
import { type ErrorCode, errorTable, HawserError } from "@hawser/protocol";
import { expect, test } from "vitest";
import { needsPerson, viewRow } from "./row-view.ts";

const MB = 1_000_000;
const figures = {
  id: "a",
  uploadId: null,
  name: "a.mov",
  sizeBytes: 612 * MB,
  confirmedBytes: 389 * MB,
  resumedBytes: 0,
  isFromEarlier: false,
  carrier: "here" as const,
};
const uploading = {
  ...figures,
  status: "uploading",
  inFlightBytes: MB,
  bytesPerSecond: 9.6 * MB,
  timeLeftMs: 23_000,
  lanes: 4,
  confirmedChunks: [[1, 371]],
  travellingChunks: [[372, 380]],
  resendingChunks: 0,
} as const satisfies UploadState;
const paused = (reasons: readonly PauseReason[], cause: HawserError | null = null): UploadState => ({
  ...figures,
  status: "paused",
  reasons,
  cause,
});
const failed = (code: ErrorCode): UploadState => ({ ...figures, status: "failed", error: new HawserError(code) });

test("[S16] an upload on its way tells what is safe, how fast it is and how long it takes", () => {
  const view = viewRow({ ...uploading, resendingChunks: 3 }, 0);
  expect(`${view.status} ${view.detail}`).toBe("Uploading. 23 s left. 3 chunks arrived damaged and are sent again");
  expect(view.figures).toEqual(["389 of 612 MB safe", "9.6 MB/s", "4 lanes"]);
  expect([view.percent, view.action, view.isResting]).toEqual([63, "pause", false]);
});

test("[S16] before enough is known, speed and time are left out", () => {
  const view = viewRow({ ...uploading, bytesPerSecond: null, timeLeftMs: null, lanes: 0 }, 0);
  expect([view.detail, view.figures]).toEqual(["", ["389 of 612 MB safe"]]);
});

test("[S15] between attempts it counts down, says why, and can be told to try now", () => {
  const cause = new HawserError("connection_lost");
  const state: UploadState = { ...figures, status: "waiting", retryAt: 112_000, attempt: 2, maxAttempts: 5, cause };
  const view = viewRow(state, 100_000);
  expect(`${view.status} ${view.detail}`).toBe("Trying again in 0:12. The connection broke; attempt 2 of 5");
  expect(view.action).toBe("try-now");
  expect(viewRow({ ...state, attempt: 0 }, 100_000).detail).toBe(
    "The connection broke; this goes on for as long as it takes",
  );
  expect(needsPerson(state)).toBe(false);
});

test("[S16] of several reasons to pause, the one that a person has to know is told", () => {
  const told = (...reasons: PauseReason[]) => viewRow(paused(reasons), 0).status;
  expect(told("user")).toBe("Paused by you.");
  expect(told("user", "offline")).toBe("Paused by you.");
  expect(told("offline")).toBe("Waiting for the network.");
  expect(told("user", "parked")).toBe("Stopped.");
  expect(told("offline", "auth", "user")).toBe("Sign in again.");
  expect(needsPerson(paused(["user", "offline"]))).toBe(false);
  expect(needsPerson(paused(["user", "quota"]))).toBe(true);
});

test("[S15] what was stopped says why and offers new attempts", () => {
  const view = viewRow(paused(["quota"], new HawserError("storage_full")), 0);
  expect(view.detail).toBe("The server’s disk is full. What arrived stays safe. Retry when the operator has made room");
  expect([view.action, view.needsYou, view.isResting]).toEqual(["retry", true, true]);
});

test("[S15] every way to fail leaves the person something to do", () => {
  for (const code of Object.keys(errorTable) as ErrorCode[]) {
    const view = viewRow(failed(code), 0);
    expect([code, view.needsYou, view.action !== null]).toEqual([code, true, true]);
    expect([code, view.status.endsWith("."), view.detail.endsWith(".")]).toEqual([code, true, false]);
  }
});

test("[R9] a file that was edited meanwhile is told, and nothing was mixed", () => {
  const view = viewRow(failed("source_changed"), 0);
  expect(`${view.status} ${view.detail}`).toBe(
    "The file was edited meanwhile. Nothing was mixed. Choose the version that should be sent",
  );
  expect(view.action).toBe("choose-new");
});

test("[R4] an upload that needs its file says how little has to travel", () => {
  const view = viewRow({ ...figures, status: "needs-source", evidence: {}, canReopen: false }, 0);
  expect(view.detail).toContain("Only the missing 37% will travel");
  expect(view.action).toBe("choose");
});

test("[S16] an empty file is not whole before it was checked", () => {
  const empty = { ...figures, sizeBytes: 0, confirmedBytes: 0 };
  expect(viewRow({ ...empty, status: "queued", ahead: 0 }, 0).percent).toBe(0);
  expect(viewRow({ ...empty, status: "verifying" }, 0).percent).toBe(100);
});
