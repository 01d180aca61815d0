import type { HawserError } from "@hawser/protocol";

/** How a connection ended, or why there was none. */
export interface Cut {
  /** How far it came: it had no ticket yet, the socket was opening, or something was heard on it. */
  readonly phase: "asking" | "opening" | "hearing";
  readonly error: HawserError;
  /** How long anything was heard on it, milliseconds. */
  readonly livedMs: number;
}

/** What is remembered from one attempt to the next. Times are monotonic milliseconds. */
export interface Course {
  /** Since when no line has held; null while one does. */
  readonly troubledSince: number | null;
  /** Sockets in a row that did not open although the server answered what came before. */
  readonly refusals: number;
  /** When a socket is tried again instead of asking. */
  readonly socketAt: number;
  /** Until the next asking, while it goes well. */
  readonly pollDelayMs: number;
}

export const newCourse: Course = { troubledSince: null, refusals: 0, socketAt: 0, pollDelayMs: 0 };

/** What comes next, after `delayMs`: a socket, or asking for the list. */
export interface Step {
  readonly way: "socket" | "poll";
  readonly delayMs: number;
}

export interface Decision {
  readonly course: Course;
  readonly next: Step;
}

/** What the decision depends on beside the past. */
export interface Situation {
  readonly now: number;
  /** From 0 up to 1, without 1. */
  readonly random: number;
  /** Whether the app has got new credentials since. */
  readonly isRenewed: boolean;
}

/** After so many sockets that did not open, something on the way lets none through. */
const maxRefusals = 3;
/** A line that held so long was a good one. */
const steadyMs = 5_000;
/** Pauses grow with the trouble: a server that is restarted is followed at once, one that stays away is left alone. */
const firstPauseMs = 200;
const longestPauseMs = 30_000;
/** After a line that told something: it is cut early, but it is of use. */
const longestShortPauseMs = 2_000;
const pauseShare = 4;
/** Between two askings: while something moves, and when nothing does. */
const quickPollMs = 2_000;
const slowPollMs = 30_000;
const pollGrowth = 1.5;
/** How long asking goes on before a socket is tried again; it doubles with every one that fails. */
const firstSocketMs = 60_000;
const longestSocketMs = 600_000;

/** A socket has ended, or has not come to be. */
export function afterCut(before: Course, { phase, error, livedMs }: Cut, situation: Situation): Decision {
  const { now } = situation;
  const hasHeld = phase === "hearing" && livedMs >= steadyMs;
  const troubledSince = hasHeld ? now : (before.troubledSince ?? now);
  const refusals = countRefusals(before.refusals, phase, error);
  const course = { ...before, troubledSince, refusals };
  if (refusals >= maxRefusals) {
    const waitMs = Math.min(longestSocketMs, firstSocketMs * 2 ** (refusals - maxRefusals));
    return {
      course: { ...course, troubledSince: null, socketAt: now + waitMs, pollDelayMs: 0 },
      next: { way: "poll", delayMs: 0 },
    };
  }
  const longestMs = phase === "hearing" ? longestShortPauseMs : longestPauseMs;
  return { course, next: { way: "socket", delayMs: pauseMs(now - troubledSince, longestMs, error, situation) } };
}

/** The list was got. @param isMoving whether it has changed since the last time */
export function afterPoll(before: Course, isMoving: boolean, { now }: Situation): Decision {
  const pollDelayMs = isMoving
    ? quickPollMs
    : Math.min(slowPollMs, Math.max(quickPollMs, before.pollDelayMs * pollGrowth));
  const course = { ...before, troubledSince: null, pollDelayMs };
  return { course, next: { way: now + pollDelayMs >= before.socketAt ? "socket" : "poll", delayMs: pollDelayMs } };
}

/** The list was not got. */
export function afterFailedPoll(before: Course, error: HawserError, situation: Situation): Decision {
  const { now } = situation;
  const troubledSince = before.troubledSince ?? now;
  const delayMs = pauseMs(now - troubledSince, longestPauseMs, error, situation);
  return { course: { ...before, troubledSince }, next: { way: "poll", delayMs } };
}

function countRefusals(before: number, phase: Cut["phase"], { retry, code }: HawserError): number {
  // A line that is cut in the middle shows that it can be had.
  if (phase === "hearing") return 0;
  if (phase === "opening") return before + 1;
  // A server that has no such thing as a ticket.
  if (retry === "restart" || retry === "never") return Math.max(before, maxRefusals);
  // A server that is away was on its way out when it refused.
  return code === "connection_lost" && before < maxRefusals ? 0 : before;
}

function pauseMs(troubledMs: number, longestMs: number, error: HawserError, situation: Situation): number {
  const { retry, details } = error;
  const { random, isRenewed } = situation;
  // What a person or a program has to change is not changed within a second.
  const isPassing = retry === "retry" || (retry === "auth" && isRenewed);
  const ceilingMs = isPassing ? Math.min(longestMs, Math.max(firstPauseMs, troubledMs / pauseShare)) : longestPauseMs;
  return Math.round((details.retryAfterSeconds ?? 0) * 1_000 + ceilingMs * (0.25 + 0.75 * random));
}
