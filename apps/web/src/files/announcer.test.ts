import type { UploadState } from "@hawser/client";
import type { File } from "@hawser/protocol";
import { expect, test } from "vitest";
import type { Remote } from "../engine/remotes.ts";
import { liveUpload } from "../gallery/sample-remotes.ts";
import { Announcer } from "./announcer.ts";

const figures = (name: string) => ({
  id: name,
  uploadId: null,
  name,
  sizeBytes: 1,
  confirmedBytes: 0,
  resumedBytes: 0,
  isFromEarlier: false,
  carrier: "here" as const,
});
const moving = (name: string): UploadState => ({ ...figures(name), status: "verifying" });
const safe = (name: string): UploadState => ({ ...figures(name), status: "completed", file: {} as File });
const stopped = (name: string): UploadState => ({
  ...figures(name),
  status: "paused",
  reasons: ["parked"],
  cause: null,
});

test("[S16] what becomes safe is said at most every five seconds, and then together", () => {
  const announcer = new Announcer();
  announcer.note([moving("a"), moving("b"), moving("c")], []);
  expect(announcer.dueInMs(0)).toBeNull();
  announcer.note([safe("a"), moving("b"), moving("c")], []);
  expect(announcer.dueInMs(0)).toBe(0);
  expect(announcer.take(0)).toEqual({ polite: "a is safe.", assertive: null });
  announcer.note([safe("a"), safe("b"), moving("c")], []);
  announcer.note([safe("a"), safe("b"), safe("c")], []);
  expect(announcer.dueInMs(1_000)).toBe(4_000);
  expect(announcer.take(1_000).polite).toBeNull();
  expect(announcer.take(5_000).polite).toBe("2 files are safe.");
  expect(announcer.dueInMs(60_000)).toBeNull();
});

test("[S15] what needs the person interrupts, once", () => {
  const announcer = new Announcer();
  announcer.note([moving("a"), moving("b")], []);
  announcer.note([stopped("a"), stopped("b")], []);
  expect(announcer.dueInMs(0)).toBe(0);
  expect(announcer.take(0)).toEqual({ polite: null, assertive: "a: Stopped. 1 more needs you." });
  announcer.note([stopped("a"), stopped("b")], []);
  expect(announcer.dueInMs(0)).toBeNull();
});

test("[S16] what was safe when the page opened is not news", () => {
  const announcer = new Announcer();
  announcer.note([safe("a")], []);
  expect(announcer.dueInMs(0)).toBeNull();
});

const remote = (name: string, state: "active" | "completed" | "cancelled" = "active"): Remote => ({
  upload: liveUpload(name, { state }),
  cameAtMs: 0,
  endedAtMs: null,
  leftAtMs: null,
});

test("[S7] what another device sends is said when it begins and when it ends, never in between, and not too often", () => {
  const announcer = new Announcer();
  announcer.note([], [remote("a")]);
  expect(announcer.take(0)).toEqual({ polite: "a is on its way from elsewhere.", assertive: null });
  announcer.note([], [remote("a"), remote("b"), remote("c")]);
  expect([announcer.take(4_999).polite, announcer.dueInMs(4_999)]).toEqual([null, 1]);
  announcer.note([moving("here")], [remote("a", "completed"), remote("b"), remote("c")]);
  announcer.note([safe("here")], [remote("b"), remote("c")]);
  expect(announcer.take(5_000).polite).toBe("2 files are safe. 2 uploads are on their way from elsewhere.");
  announcer.note([safe("here")], [remote("b", "cancelled"), remote("c")]);
  announcer.note([safe("here")], [remote("b", "cancelled"), remote("c")]);
  expect(announcer.take(10_000)).toEqual({ polite: "b, from elsewhere: Cancelled.", assertive: null });
  expect(announcer.dueInMs(60_000)).toBeNull();
});

test("[S7] what has ended before it was said is not said to be on its way", () => {
  const announcer = new Announcer();
  announcer.note([], [remote("a")]);
  announcer.note([], [remote("a", "completed")]);
  expect(announcer.take(0).polite).toBe("a is safe.");
});
