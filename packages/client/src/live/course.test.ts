import { HawserError } from "@hawser/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import { afterCut, afterFailedPoll, afterPoll, type Course, type Cut, newCourse } from "./course.ts";

const lost = new HawserError("connection_lost");
const cut = (phase: Cut["phase"], error = lost, livedMs = 0): Cut => ({ phase, error, livedMs });
const at = (now: number, random = 1, isRenewed = false) => ({ now, random, isRenewed });

/** A server that answers nothing from 0 to `untilMs`; the times of all attempts. */
function attempts(untilMs: number, random: number): number[] {
  const times: number[] = [];
  let course: Course = newCourse;
  for (let now = 0; now <= untilMs; ) {
    times.push(now);
    const decision = afterCut(course, cut("asking"), at(now, random));
    course = decision.course;
    now += decision.next.delayMs;
  }
  return times;
}

test("[S7] a server that was restarted within four seconds is found within the next one, whatever chance says", () => {
  for (const random of [0, 0.5, 0.999]) {
    for (let backAt = 0; backAt <= 4_000; backAt += 100) {
      const found = attempts(60_000, random).find((time) => time >= backAt) as number;
      expect(found - backAt).toBeLessThan(1_000);
    }
  }
});

test("[S7] a server that stays away is asked ever more seldom, and every half minute at least", () => {
  const times = attempts(3_600_000, 0.5);
  const pauses = times.slice(1).map((time, index) => time - (times[index] as number));
  expect(pauses.at(-1)).toBeGreaterThan(10_000);
  expect(Math.max(...pauses)).toBeLessThanOrEqual(30_000);
  expect(times.length).toBeLessThan(300);
});

test("[S7] no pause is without length, and none is longer than half a minute and what the server asked for", () => {
  const codes = [
    "connection_lost",
    "unavailable",
    "unauthorized",
    "forbidden",
    "not_found",
    "invalid_request",
  ] as const;
  fc.assert(
    fc.property(
      fc.constantFrom(...codes),
      fc.nat(10_000_000),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      fc.option(fc.nat(60), { nil: undefined }),
      (code, troubledMs, random, retryAfterSeconds) => {
        const error = new HawserError(code, retryAfterSeconds === undefined ? {} : { retryAfterSeconds });
        const course = { ...newCourse, troubledSince: 0 };
        const { delayMs } = afterFailedPoll(course, error, at(troubledMs, random)).next;
        expect(delayMs).toBeGreaterThanOrEqual(50 + (retryAfterSeconds ?? 0) * 1_000);
        expect(delayMs).toBeLessThanOrEqual(30_000 + (retryAfterSeconds ?? 0) * 1_000);
      },
    ),
  );
});

test("[S7] a line that is cut again and again goes on being used, at two seconds' distance at most", () => {
  let course: Course = newCourse;
  for (let now = 0; now < 600_000; now += 3_000) {
    const decision = afterCut(course, cut("hearing", lost, 500), at(now));
    expect(decision.next.way).toBe("socket");
    expect(decision.next.delayMs).toBeLessThanOrEqual(2_000);
    course = decision.course;
  }
});

test("[S7] after three sockets that do not open it asks; a socket is tried again after one minute, two, four", () => {
  let course: Course = newCourse;
  const ways = [1, 2, 3].map((now) => {
    const decision = afterCut(course, cut("opening"), at(now));
    course = decision.course;
    return decision.next.way;
  });
  expect(ways).toEqual(["socket", "socket", "poll"]);
  expect(timeOfSocket(3)).toBe(60_000);
  course = afterCut(course, cut("opening"), at(0)).course;
  expect(timeOfSocket(0)).toBe(120_000);

  function timeOfSocket(from: number): number {
    for (let now = from; ; ) {
      const decision = afterPoll(course, true, at(now));
      course = decision.course;
      now += decision.next.delayMs;
      if (decision.next.way === "socket") return Math.floor((now - from) / 60_000) * 60_000;
    }
  }
});

test("[S7] a server that goes away while a socket opens does not count as one that lets none through", () => {
  let course: Course = newCourse;
  for (let now = 0; now < 10; now++) {
    course = afterCut(course, cut("opening"), at(now)).course;
    const decision = afterCut(course, cut("asking"), at(now));
    expect(decision.next.way).toBe("socket");
    course = decision.course;
  }
});

test("[S7] a server without tickets is asked for its list at once", () => {
  expect(afterCut(newCourse, cut("asking", new HawserError("not_found")), at(0)).next.way).toBe("poll");
});

test("[S7] asking is quick while something moves, and slows down to half a minute", () => {
  let course: Course = { ...newCourse, socketAt: Number.POSITIVE_INFINITY };
  const delayMs = (isMoving: boolean) => {
    const decision = afterPoll(course, isMoving, at(0));
    course = decision.course;
    return decision.next.delayMs;
  };
  expect([delayMs(true), delayMs(false), delayMs(false)]).toEqual([2_000, 3_000, 4_500]);
  for (let i = 0; i < 20; i++) delayMs(false);
  expect([delayMs(false), delayMs(true)]).toEqual([30_000, 2_000]);
});

test("[S7] missing credentials are not asked for in haste, but new ones are used at once", () => {
  const refused = cut("asking", new HawserError("unauthorized"));
  expect(afterCut(newCourse, refused, at(0, 0)).next.delayMs).toBe(7_500);
  expect(afterCut(newCourse, refused, at(0, 1, true)).next.delayMs).toBe(200);
});
