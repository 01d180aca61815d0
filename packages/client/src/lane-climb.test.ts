import { expect, test } from "vitest";
import { LaneClimb } from "./lane-climb.ts";

/** All lanes busy with requests of 1 MB, on a line that carries `goodput(lanes)` bytes a millisecond. */
function climb(lanes: LaneClimb, goodput: (lanes: number) => number, from: number, lastsMs: number): number[] {
  const seen: number[] = [];
  const ends = new Map<number, number>();
  let at = from;
  while (at < from + lastsMs) {
    const bytes = 1_000_000;
    const tookMs = (bytes * lanes.lanes) / goodput(lanes.lanes);
    for (let lane = 0; lane < lanes.lanes; lane++) if (!ends.has(lane)) ends.set(lane, at + tookMs * (1 + lane / 10));
    const [lane, endedAt] = [...ends].reduce((first, next) => (next[1] < first[1] ? next : first));
    ends.delete(lane);
    at = endedAt;
    lanes.ran({ bytes, startedAt: endedAt - tookMs, endedAt }, true);
    if (lane < lanes.lanes) ends.set(lane, endedAt + (bytes * lanes.lanes) / goodput(lanes.lanes));
    for (const other of ends.keys()) if (other >= lanes.lanes) ends.delete(other);
    if (seen.at(-1) !== lanes.lanes) seen.push(lanes.lanes);
  }
  return seen;
}

test("[S17] [I2] each lane that brings a tenth more is kept, up to what is allowed", () => {
  const lanes = new LaneClimb(4);
  expect(climb(lanes, (count) => 400 * count, 0, 120_000)).toEqual([2, 3, 4]);
});

test("[S17] a lane that brings nothing is given back, and not tried again for half a minute", () => {
  const lanes = new LaneClimb(8);
  const line = (count: number) => Math.min(900, 300 * count);
  const changes = climb(lanes, line, 0, 40_000);
  expect(changes).toEqual([2, 3, 4, 3]);
  expect(climb(lanes, line, 40_000, 20_000)).toEqual([3]);
  expect(climb(lanes, line, 60_000, 40_000)).toContain(4);
  expect(lanes.lanes).toBeLessThanOrEqual(4);
});

test("[S15] trouble halves the lanes, once for all requests that were on their way, and never to none", () => {
  const lanes = new LaneClimb(8);
  climb(lanes, (count) => 400 * count, 0, 300_000);
  expect(lanes.lanes).toBe(8);
  lanes.troubled(299_000, 300_000);
  lanes.troubled(299_500, 300_001);
  expect(lanes.lanes).toBe(4);
  for (let at = 301_000; at < 310_000; at += 1_000) lanes.troubled(at, at + 1);
  expect(lanes.lanes).toBe(1);
  climb(lanes, (count) => 400 * count, 311_000, 30_000);
  expect(lanes.lanes).toBeGreaterThan(1);
});

test("[S17] what cannot be compared moves nothing: lanes without work, and requests that are still growing", () => {
  const lanes = new LaneClimb(8);
  for (let at = 0; at < 60_000; at += 500) {
    lanes.ran({ bytes: 1_000 * (1 + at), startedAt: at, endedAt: at + 400 }, false);
  }
  expect(lanes.lanes).toBe(2);
  expect(new LaneClimb(1).lanes).toBe(1);
});
