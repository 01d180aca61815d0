import { expect, test } from "vitest";
import { createSteadyTime, notedClock } from "./steady-time.ts";

const hour = 3_600_000;

test("[R6] a time counts once a second look, an hour later, found the clock still going evenly", () => {
  const time = createSteadyTime(hour);
  expect(time.look({ wall: 1_000, monotonic: 0 })).toEqual({ jumped: false, confirmedAt: null });
  expect(time.look({ wall: 1_000 + hour / 2, monotonic: hour / 2 }).confirmedAt).toBeNull();
  expect(time.look({ wall: 1_000 + hour, monotonic: hour }).confirmedAt).toBe(1_000);
  expect(time.look({ wall: 1_000 + 1.5 * hour, monotonic: 1.5 * hour }).confirmedAt).toBe(1_000);
  expect(time.look({ wall: 1_000 + 2 * hour, monotonic: 2 * hour }).confirmedAt).toBe(1_000 + hour);
});

test.each([30 * 24 * hour, -30 * 24 * hour, 61_000])(
  "[R6] a jump by %d ms is seen and forgets what was confirmed",
  (jump) => {
    const time = createSteadyTime(hour);
    time.look({ wall: 0, monotonic: 0 });
    expect(time.look({ wall: hour, monotonic: hour }).confirmedAt).toBe(0);
    expect(time.look({ wall: 2 * hour + jump, monotonic: 2 * hour })).toEqual({ jumped: true, confirmedAt: null });
    expect(time.look({ wall: 2.5 * hour + jump, monotonic: 2.5 * hour })).toEqual({ jumped: false, confirmedAt: null });
    expect(time.look({ wall: 3 * hour + jump, monotonic: 3 * hour }).confirmedAt).toBe(2 * hour + jump);
  },
);

test("[R6] a clock that is slewed by less than a minute is no jump", () => {
  const time = createSteadyTime(hour);
  time.look({ wall: 0, monotonic: 0 });
  expect(time.look({ wall: hour + 59_000, monotonic: hour }).jumped).toBe(false);
});

test("[R6] a clock that is set and set back between two looks is noticed by who wrote a time down meanwhile", () => {
  const time = createSteadyTime(hour);
  let wall = 0;
  const clock = notedClock({ now: () => wall, monotonic: () => 0.5 * hour, sleep: async () => {} }, time);
  time.look({ wall: 0, monotonic: 0 });
  wall = 0.5 * hour - 30 * 24 * hour;
  expect(clock.now()).toBe(wall);
  expect(time.look({ wall: hour, monotonic: hour })).toEqual({ jumped: true, confirmedAt: null });
  expect(time.look({ wall: 2 * hour, monotonic: 2 * hour })).toEqual({ jumped: false, confirmedAt: hour });
});
