import type { Clock } from "../ports/clock.ts";

/** By how much wall time and monotonic time may differ from one look to the next. */
const toleranceMs = 60_000;

interface Moment {
  readonly wall: number;
  readonly monotonic: number;
}

export interface SteadyReading {
  /** Whether the wall clock was set, or the machine slept, since the last look. */
  readonly jumped: boolean;
  /** A wall time that has stood for long enough to remove things by it; null while there is none. */
  readonly confirmedAt: number | null;
}

export interface SteadyTime {
  /** A look at the clock by whoever wants to remove things. */
  look(now: Moment): SteadyReading;
  /** A look by whoever writes a time down: a clock that is set and set back between two looks is noticed too. */
  note(now: Moment): void;
}

/**
 * Tells by which wall time things may be removed. A clock that is set forward would make everything look idle at
 * once. So a time counts only when a second look, at least `markMs` of monotonic time later, found the clock still
 * going evenly; what is idle by it was found idle twice, and whoever was waiting had that long to come back. A jump
 * forgets all marks. A clock that goes back only makes things live longer.
 */
export function createSteadyTime(markMs: number): SteadyTime {
  let last: Moment | undefined;
  let mark: Moment | undefined;
  let confirmedAt: number | null = null;
  let jumped = false;

  function note(now: Moment): void {
    const isJump =
      last !== undefined && Math.abs(now.wall - last.wall - (now.monotonic - last.monotonic)) > toleranceMs;
    last = now;
    if (!isJump) return;
    jumped = true;
    mark = undefined;
    confirmedAt = null;
  }

  return {
    note,
    look(now) {
      note(now);
      if (mark !== undefined && now.monotonic - mark.monotonic >= markMs) {
        confirmedAt = mark.wall;
        mark = undefined;
      }
      mark ??= now;
      const reading = { jumped, confirmedAt };
      jumped = false;
      return reading;
    },
  };
}

/** The same clock; each wall time that is read of it, to be written down, is noted. */
export function notedClock(clock: Clock, steadyTime: SteadyTime): Clock {
  return {
    now: () => {
      const wall = clock.now();
      steadyTime.note({ wall, monotonic: clock.monotonic() });
      return wall;
    },
    monotonic: () => clock.monotonic(),
    sleep: (delayMs, signal) => clock.sleep(delayMs, signal),
  };
}
