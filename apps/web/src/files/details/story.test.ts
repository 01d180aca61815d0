import type { TraceEvent } from "@hawser/client";
import { expect, test } from "vitest";
import { tellStory } from "./story.ts";

const event = (atMs: number, name: string, data?: TraceEvent["data"], upload = "a"): TraceEvent => ({
  atMs,
  upload,
  event: name,
  ...(data && { data }),
});
const told = (...events: TraceEvent[]) =>
  tellStory(events, "a", 1_000_000).map(({ atMs, tone, title }) => [atMs - 1_000_000, tone, title]);

test("[S16] what happened to one upload is told newest first, without what says nothing to a person", () => {
  expect(
    told(
      event(0, "added"),
      event(1, "added", {}, "other"),
      event(5, "admitted"),
      event(9, "creating"),
      event(20, "retried", { code: "connection_lost", delayMs: 700 }),
      event(30, "due"),
      event(40, "held", { reason: "user" }),
      event(50, "something-new"),
      event(60, "failed", { code: "storage_full" }),
    ),
  ).toEqual([
    [60, "stop", "Stopped"],
    [40, "rest", "Paused by you"],
    [20, "wait", "The connection broke"],
    [9, "move", "Started"],
    [0, "rest", "Added"],
  ]);
});

test("[S16] that it moves is told after it did not, with how long that took", () => {
  const retried = event(1_000, "retried", { code: "request_timeout", delayMs: 9_000 });
  expect(told(event(0, "creating"), event(1, "sending"), retried, event(10_000, "sending"))).toEqual([
    [10_000, "ok", "Went on after 9 s"],
    [1_000, "wait", "The line was too slow"],
    [0, "move", "Started"],
  ]);
});

test("[S16] the same trouble again and again is told once, and the story stays short", () => {
  const retried = (atMs: number) => event(atMs, "retried", { code: "connection_lost", delayMs: 700 });
  expect(told(retried(1), retried(2), retried(3))).toEqual([[3, "wait", "The connection broke, 3 times"]]);
  const many = Array.from({ length: 500 }, (_, index) => event(index, index % 2 ? "lost" : "supplied"));
  expect(told(...many).length).toBe(30);
});
