import type { Uploader, UploadState } from "@hawser/client";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
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
  const listeners = new Set<() => void>();
  const uploader = {
    get uploads() {
      reads++;
      return [{ state }];
    },
    summary: () => ({}),
    subscribe(listener: () => void) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  } as unknown as Uploader;
  const become = (next: UploadState) => {
    state = next;
    for (const listener of listeners) listener();
  };
  return { store: new UploadsStore(uploader), become, listeners, reads: () => reads };
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
  const { store, become, listeners, reads } = scripted(uploading(1));
  const stop = store.subscribe(() => undefined);
  become(uploading(2));
  stop();
  const before = reads();
  vi.advanceTimersByTime(10_000);
  expect([listeners.size, reads()]).toEqual([0, before]);
});
