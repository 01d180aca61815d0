import type { LiveUpload, Uploader, UploadState } from "@hawser/client";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { liveUpload } from "../gallery/sample-remotes.ts";
import { UploadsStore } from "./uploads-store.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const figures = {
  id: "a",
  uploadId: null,
  name: "a",
  sizeBytes: 9e6,
  confirmedBytes: 4e6,
  resumedBytes: 0,
  isFromEarlier: false,
  carrier: "here" as const,
};
const uploading = (last: number): UploadState => ({
  ...figures,
  status: "uploading",
  inFlightBytes: 0,
  bytesPerSecond: null,
  timeLeftMs: null,
  lanes: 1,
  confirmedChunks: [[1, last]],
  travellingChunks: [],
  resendingChunks: 0,
});

/** An uploader with one upload, of which only what the store asks for is there. */
function scripted(first: UploadState) {
  let state = first;
  let reads = 0;
  let told: readonly LiveUpload[] = [];
  const listeners = new Set<() => void>();
  const liveListeners = new Set<() => void>();
  const joining = (listeners: Set<() => void>) => (listener: () => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  const uploader = {
    get uploads() {
      reads++;
      return [{ state }];
    },
    summary: () => ({}),
    subscribe: joining(listeners),
    live: {
      get uploads() {
        return told;
      },
      standing: { status: "live", cause: null },
      subscribe: joining(liveListeners),
    },
  } as unknown as Uploader;
  const become = (next: UploadState) => {
    state = next;
    for (const listener of listeners) listener();
  };
  const tell = (uploads: readonly LiveUpload[]) => {
    told = uploads;
    for (const listener of liveListeners) listener();
  };
  return { store: new UploadsStore(uploader, Date), become, tell, listeners, liveListeners, reads: () => reads };
}

test("[S16] many changes make few snapshots, and the last one is never lost", () => {
  const { store, become, reads } = scripted(uploading(1));
  const stop = store.subscribe(() => undefined);
  vi.advanceTimersByTime(250);
  const before = reads();
  for (let last = 2; last <= 1_000; last++) {
    become(uploading(last));
    vi.advanceTimersByTime(1);
  }
  vi.advanceTimersByTime(250);
  expect(reads() - before).toBeLessThanOrEqual(5);
  expect(store.getSnapshot().states[0]).toEqual(uploading(1_000));
  stop();
});

test("[R4] a pause does not forget which chunks are safe", () => {
  const { store, become } = scripted(uploading(3));
  const stop = store.subscribe(() => undefined);
  become({ ...figures, status: "paused", reasons: ["user"], cause: null });
  vi.advanceTimersByTime(250);
  expect(store.getSnapshot().confirmedChunks.get("a")).toEqual([[1, 3]]);
  stop();
});

test("[S16] nobody listens to the engine once the page is gone", () => {
  const { store, become, listeners, liveListeners, reads } = scripted(uploading(1));
  const stop = store.subscribe(() => undefined);
  become(uploading(2));
  stop();
  const before = reads();
  vi.advanceTimersByTime(10_000);
  expect([listeners.size, liveListeners.size, reads()]).toEqual([0, 0, before]);
});

test("[S7] another device's upload turns to safe, closes up and is gone, without anything happening", () => {
  const { store, tell } = scripted(uploading(1));
  let told = 0;
  const stop = store.subscribe(() => told++);
  const shown = () => store.getSnapshot().remotes.map(({ upload, leftAtMs }) => [upload.state, leftAtMs !== null]);
  tell([liveUpload("a", { receivedBytes: 1e6 })]);
  vi.advanceTimersByTime(250);
  expect(shown()).toEqual([["active", false]]);
  const completed = [liveUpload("a", { state: "completed" })];
  tell(completed);
  vi.advanceTimersByTime(250);
  expect(shown()).toEqual([["completed", false]]);
  vi.advanceTimersByTime(5_250);
  expect(shown()).toEqual([["completed", true]]);
  vi.advanceTimersByTime(500);
  expect(shown()).toEqual([]);
  expect(store.getSnapshot().told).toBe(completed);
  const before = told;
  vi.advanceTimersByTime(60_000);
  expect(told).toBe(before);
  stop();
});
