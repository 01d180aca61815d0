import type { UploadState } from "@hawser/client";
import type { File } from "@hawser/protocol";
import { expect, test } from "vitest";
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
  announcer.note([moving("a"), moving("b"), moving("c")]);
  expect(announcer.dueInMs(0)).toBeNull();
  announcer.note([safe("a"), moving("b"), moving("c")]);
  expect(announcer.dueInMs(0)).toBe(0);
  expect(announcer.take(0)).toEqual({ polite: "a is safe.", assertive: null });
  announcer.note([safe("a"), safe("b"), moving("c")]);
  announcer.note([safe("a"), safe("b"), safe("c")]);
  expect(announcer.dueInMs(1_000)).toBe(4_000);
  expect(announcer.take(1_000).polite).toBeNull();
  expect(announcer.take(5_000).polite).toBe("2 files are safe.");
  expect(announcer.dueInMs(60_000)).toBeNull();
});

test("[S15] what needs the person interrupts, once", () => {
  const announcer = new Announcer();
  announcer.note([moving("a"), moving("b")]);
  announcer.note([stopped("a"), stopped("b")]);
  expect(announcer.dueInMs(0)).toBe(0);
  expect(announcer.take(0)).toEqual({ polite: null, assertive: "a: Stopped. 1 more needs you." });
  announcer.note([stopped("a"), stopped("b")]);
  expect(announcer.dueInMs(0)).toBeNull();
});

test("[S16] what was safe when the page opened is not news", () => {
  const announcer = new Announcer();
  announcer.note([safe("a")]);
  expect(announcer.dueInMs(0)).toBeNull();
});
