import { expect, test } from "vitest";
import type { Progress } from "../../ports/live.ts";
import { liveBounds } from "./bounds.ts";
import { Mixer } from "./mixer.ts";

const pace = { bytesPerSecond: null, timeLeftMs: null };
const base = { uploadId: "a", owner: "o", bundleId: null, at: 0, sizeBytes: 9, missingCount: 1, isResumed: false };
const arrived = (receivedBytes: number, first: number, last: number): Progress => ({
  ...base,
  receivedBytes,
  ranges: [[first, last]],
});
const rangesTold = (told: ReturnType<Mixer["takeAll"]>) =>
  told.flatMap(({ events }) => events.flatMap((event) => ("ranges" in event ? event.ranges : [])));
const types = (mixer: Mixer) => mixer.takeAll().flatMap(({ events }) => events.map(({ type }) => type));

test("[S7] ranges of several commits are merged, and the last progress is told", () => {
  const mixer = new Mixer();
  for (const [bytes, chunk] of [
    [1, 3],
    [2, 1],
    [3, 2],
  ] as const)
    mixer.progress(arrived(bytes, chunk, chunk), pace);
  const events = mixer.takeAll().flatMap((told) => told.events);
  expect(events).toMatchObject([
    { type: "chunk_uploaded", ranges: [[1, 3]] },
    { type: "progress", receivedBytes: 3 },
  ]);
  expect(mixer.takeAll()).toEqual([]);
});

test("[S7] scattered chunks and refused ones take no more than their bound, whatever the file's size", () => {
  const mixer = new Mixer();
  for (let n = 0; n < liveBounds.mixedRanges; n++) mixer.progress(arrived(n, 2 * n + 1, 2 * n + 1), pace);
  expect(rangesTold(mixer.showAll())).toHaveLength(liveBounds.mixedRanges);
  mixer.progress(arrived(999, 100_001, 100_001), pace);
  expect(types(mixer)).toEqual(["progress"]);
  for (let chunk = 1; chunk <= 2 * liveBounds.mixedRanges; chunk++) {
    mixer.rejection({ ...base, chunk: 2 * chunk, code: "digest_mismatch" }, 1);
  }
  expect(rangesTold(mixer.takeAll())).toHaveLength(liveBounds.mixedRanges);
});
