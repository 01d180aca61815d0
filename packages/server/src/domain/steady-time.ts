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

/**
 * Tells by which wall time things may be removed. A clock that is set forward would make everything look idle at
 * once. So a time counts only when a second look, at least `markMs` of monotonic time later, found the clock still
 * going evenly; what is idle by it was found idle twice, and whoever was waiting had that long to come back. A jump
 * forgets all marks. A clock that goes back only makes things live longer.
 */
export function createSteadyTime(markMs: number): { look(now: Moment): SteadyReading } {
  let last: Moment | undefined;
  let mark: Moment | undefined;
  let confirmedAt: number | null = null;
  return {
    look(now) {
      const jumped =
        last !== undefined && Math.abs(now.wall - last.wall - (now.monotonic - last.monotonic)) > toleranceMs;
      last = now;
      if (jumped) {
        mark = undefined;
        confirmedAt = null;
      }
      if (mark !== undefined && now.monotonic - mark.monotonic >= markMs) {
        confirmedAt = mark.wall;
        mark = undefined;
      }
      mark ??= now;
      return { jumped, confirmedAt };
    },
  };
}
