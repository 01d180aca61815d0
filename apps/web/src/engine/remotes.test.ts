import type { LiveUpload } from "@hawser/client";
import { expect, test } from "vitest";
import { liveUpload } from "../gallery/sample-remotes.ts";
import { followRemotes, isNew, nextChangeMs, type Remote } from "./remotes.ts";

const shownOf = (remotes: readonly Remote[]) =>
  remotes.map(({ upload, leftAtMs }) => `${upload.name} ${upload.state}${leftAtMs === null ? "" : " leaving"}`);

/** Tells one thing after the other. */
function follow(...steps: readonly (readonly [nowMs: number, told: readonly LiveUpload[]])[]): readonly Remote[] {
  let remotes: readonly Remote[] = [];
  for (const [nowMs, told] of steps) remotes = followRemotes(remotes, told, nowMs);
  return remotes;
}

test("[S7] uploads of other devices stand in the order in which they were begun, and new ones come last", () => {
  const told = ["new", "middle", "old"].map((name, index) => liveUpload(name, { createdAt: 3 - index }));
  expect(shownOf(followRemotes([], told, 0))).toEqual(["old active", "middle active", "new active"]);
});

test("[S7] what has not changed is the same object, and nothing new means the same array", () => {
  const [a, b] = [liveUpload("a", { createdAt: 1 }), liveUpload("b", { createdAt: 2 })];
  const first = followRemotes([], [b, a], 0);
  expect(followRemotes(first, [b, a], 1)).toBe(first);
  const second = followRemotes(first, [{ ...b, receivedBytes: 400e6 }, a], 2);
  expect(second[0]).toBe(first[0]);
  expect(second[1]).not.toBe(first[1]);
});

test("[S7] how an upload ended is shown for a while where it was seen on its way, then it closes up and is gone", () => {
  for (const [state, shownMs] of [
    ["completed", 5_000],
    ["failed", 20_000],
    ["cancelled", 20_000],
    ["expired", 20_000],
  ] as const) {
    const ended = [liveUpload("a", { state })];
    const begun = [0, [liveUpload("a")]] as const;
    expect(shownOf(follow(begun, [1_000, ended], [999 + shownMs, ended]))).toEqual([`a ${state}`]);
    expect(shownOf(follow(begun, [1_000, ended], [1_000 + shownMs, ended]))).toEqual([`a ${state} leaving`]);
    const past = [1_000 + shownMs, ended] as const;
    expect(shownOf(follow(begun, [1_000, ended], past, [1_239 + shownMs, ended]))).toHaveLength(1);
    expect(follow(begun, [1_000, ended], past, [1_240 + shownMs, ended], [1_300 + shownMs, ended])).toEqual([]);
  }
});

test("[S7] what was never seen on its way is no row: its file is in the list", () => {
  expect(follow([0, [liveUpload("a", { state: "completed" }), liveUpload("b", { state: "expired" })]])).toEqual([]);
});

test("[S7] what nobody tells of any more closes up too, and comes back when it is told of again", () => {
  const told = [liveUpload("a")];
  expect(shownOf(follow([0, told], [100, []]))).toEqual(["a active leaving"]);
  expect(shownOf(follow([0, told], [100, []], [200, told]))).toEqual(["a active"]);
  expect(follow([0, told], [100, []], [340, []])).toEqual([]);
});

test("[S7] rows that change by themselves say when; the others wait for news", () => {
  const told = [liveUpload("a")];
  const ended = [liveUpload("a", { state: "completed" })];
  expect(nextChangeMs(follow([0, told]), 0)).toBeNull();
  expect(nextChangeMs(follow([0, told], [1_000, ended]), 2_000)).toBe(4_000);
  expect(nextChangeMs(follow([0, told], [1_000, ended], [6_000, ended]), 6_100)).toBe(140);
  expect(nextChangeMs(follow([0, told], [1_000, ended]), 60_000)).toBe(0);
});

test("[S7] a row is new when it comes, not when it changes or is drawn later", () => {
  const moved = { ...liveUpload("a"), receivedBytes: 400e6 };
  const [remote] = follow([5_000, [liveUpload("a")]], [5_500, [moved]]);
  expect(remote?.upload).toBe(moved);
  expect(remote && [isNew(remote, 5_999), isNew(remote, 6_000)]).toEqual([true, false]);
});
