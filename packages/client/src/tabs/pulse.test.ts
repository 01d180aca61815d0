import { expect, test } from "vitest";
import { Pulse } from "./pulse.ts";

test("[X4] a tab that stood still doubts what it carries, until it has looked", () => {
  const pulse = new Pulse(0, 1_000);
  expect(pulse.beat(4_000, 5_000)).toBe(false);
  expect(pulse.beat(9_500, 10_500)).toBe(true);
  expect(pulse.beat(9_600, 10_600)).toBe(true);
  pulse.trust();
  expect(pulse.beat(9_700, 10_700)).toBe(false);
});

test("[X4] a sleep shows in whichever clock goes on in it", () => {
  expect(new Pulse(0, 0).beat(10, 60_000)).toBe(true);
  expect(new Pulse(0, 0).beat(60_000, 10)).toBe(true);
});
