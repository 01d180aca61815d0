import type { Uploader, UploadState } from "@hawser/client";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { storeOf } from "../src/state/uploads-store.ts";
import { everyState } from "./states.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const uploading = everyState(0).find(({ status }) => status === "uploading") as UploadState;

/** An uploader with one upload, of which only what the store asks for is there. */
function scripted() {
  let state = uploading;
  let reads = 0;
  const listeners = new Set<() => void>();
  const uploader = {
    get uploads() {
      reads++;
      return [{ id: state.id, state }];
    },
    ready: Promise.resolve(),
    summary: () => ({}),
    subscribe(listener: () => void) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  } as unknown as Uploader;
  const become = (change: Partial<UploadState>) => {
    state = { ...state, ...change } as UploadState;
    for (const listener of listeners) listener();
  };
  return { store: storeOf(uploader), become, listeners, reads: () => reads };
}

test("[I3] many changes make at most four snapshots a second, and the last one is never lost", () => {
  const { store, become, reads } = scripted();
  const stop = store.subscribe(() => undefined);
  vi.advanceTimersByTime(1_000);
  const before = reads();
  for (let bytes = 1; bytes <= 1_000; bytes++) {
    become({ confirmedBytes: bytes });
    vi.advanceTimersByTime(1);
  }
  vi.advanceTimersByTime(250);
  expect(reads() - before).toBeLessThanOrEqual(5);
  expect(store.getSnapshot().states[0]?.confirmedBytes).toBe(1_000);
  stop();
});

test("[I3] a pause does not forget which chunks are safe, and what has not changed stays the same object", () => {
  const { store, become } = scripted();
  const stop = store.subscribe(() => undefined);
  const view = () => store.getSnapshot().byId.get(uploading.id);
  const first = view();
  store.changed();
  vi.advanceTimersByTime(250);
  expect(view()).toBe(first);
  become({ status: "paused", reasons: ["user"], cause: null });
  vi.advanceTimersByTime(250);
  expect(view()?.confirmedChunks).toEqual((uploading as { confirmedChunks: unknown }).confirmedChunks);
  stop();
});

test("[I3] nobody listens to the engine once the last component is gone", () => {
  const { store, become, listeners, reads } = scripted();
  const stops = [store.subscribe(() => undefined), store.subscribe(() => undefined)];
  expect(listeners.size).toBe(1);
  become({ confirmedBytes: 1 });
  for (const stop of stops) stop();
  const before = reads();
  vi.advanceTimersByTime(10_000);
  expect([listeners.size, reads()]).toEqual([0, before]);
});
