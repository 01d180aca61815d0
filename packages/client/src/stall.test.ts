import { HawserError } from "@hawser/protocol";
import { expect, test } from "vitest";
import { Stall } from "./stall.ts";

const lost = new HawserError("connection_lost");

test("[S15] of a line that nobody knows the longest silence is waited for", () => {
  const stall = new Stall(30_000);
  expect(stall.timeoutMs(6_000)).toBe(30_000);
  expect(stall.timeoutOf(100)).toBe(30_000);
  stall.answered(100, 50);
  expect(stall.timeoutMs(null)).toBe(30_000);
  expect(stall.timeoutOf(1_000_000)).toBe(30_000);
});

test("[S15] a silence is too long after a few seconds, a few round trips, or twice what was expected", () => {
  const stall = new Stall(30_000);
  stall.answered(100, 50);
  expect([stall.timeoutOf(100), stall.timeoutMs(1_000), stall.timeoutMs(6_000)]).toEqual([5_000, 5_000, 12_000]);
  expect(stall.timeoutMs(60_000)).toBe(30_000);
  const far = new Stall(30_000);
  far.answered(100, 2_000);
  expect(far.timeoutOf(100)).toBe(8_000);
  const hasty = new Stall(700);
  hasty.answered(100, 50);
  expect(hasty.timeoutMs(6_000)).toBe(700);
});

test("[S15] after a stall more is waited for, once for all that it stopped, until something is answered", () => {
  const stall = new Stall(60_000);
  stall.answered(100, 50);
  expect(stall.failed(lost, 5_000, 1_000, 6_000)).toBe(true);
  expect(stall.failed(lost, 5_000, 1_500, 6_500)).toBe(true);
  expect(stall.timeoutOf(100)).toBe(10_000);
  expect(stall.failed(lost, 10_000, 7_000, 17_000)).toBe(true);
  expect(stall.timeoutOf(100)).toBe(20_000);
  stall.answered(1_000_000, 90_000);
  expect(stall.timeoutOf(100)).toBe(5_000);
});

test("[S15] a line that breaks is no stall, nor is a refusal", () => {
  const stall = new Stall(30_000);
  stall.answered(100, 50);
  expect(stall.failed(lost, 200, 0, 200)).toBe(false);
  expect(stall.failed(new HawserError("unavailable"), 9_000, 0, 9_000)).toBe(false);
  expect(stall.failed(new Error("stopped"), 9_000, 0, 9_000)).toBe(false);
  expect(stall.timeoutOf(100)).toBe(5_000);
});

test("[S15] the round trip is that of quick small requests; one slow answer does not change it much", () => {
  const stall = new Stall(30_000);
  stall.answered(100, 400);
  stall.answered(2_000_000, 9_000);
  stall.answered(100, 100);
  expect(stall.roundTripMs).toBe(100);
  stall.answered(0, 4_100);
  expect(stall.roundTripMs).toBe(500);
});
