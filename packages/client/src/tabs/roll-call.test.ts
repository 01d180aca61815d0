import { expect, test } from "vitest";
import { RollCall, rollCallMs } from "./roll-call.ts";

test("[X4] whoever does not answer three times stands still, and is told once", () => {
  const rollCall = new RollCall(0);
  rollCall.heard("a");
  rollCall.heard("b");
  const fallen: (readonly string[])[] = [];
  for (let round = 1; round <= 5; round++) {
    fallen.push(rollCall.call(round * rollCallMs));
    rollCall.heard("b");
  }
  expect(fallen).toEqual([[], [], ["a"], [], []]);
  rollCall.heard("a");
  expect(rollCall.call(6 * rollCallMs)).toEqual([]);
});

test("[X4] a machine that slept takes nobody for dead because its own clock went on", () => {
  const rollCall = new RollCall(0);
  rollCall.heard("a");
  expect(rollCall.call(8 * 3_600_000)).toEqual([]);
  rollCall.heard("a");
  expect(rollCall.call(8 * 3_600_000 + rollCallMs)).toEqual([]);
});

test("[X4] a hidden tab, whose timers come once a minute, still finds out", () => {
  const rollCall = new RollCall(0);
  rollCall.heard("a");
  expect([1, 2, 3].map((minute) => rollCall.call(minute * 60_000))).toEqual([[], ["a"], []]);
});
