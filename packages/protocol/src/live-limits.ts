/**
 * What a watcher has to know of `/live` beside the messages: a page that watches loads no schemas.
 */

/** Sizes are bytes, times milliseconds. */
export const liveLimits = {
  /** A message of a watcher. */
  maxFrameBytes: 16_384,
  /** Subscriptions of one connection. */
  maxSubscriptions: 32,
  /** Messages that a watcher may send at once, and how many more each second. */
  maxMessages: 64,
  messagesPerSecond: 8,
  /** A ticket is good for one connection, and for so long. */
  ticketLifeMs: 30_000,
  /** Silence after which the server says `alive`. Twice that long without a sign of the watcher ends the connection. */
  heartbeatMs: 15_000,
  /** A connection that is subscribed to nothing for so long is closed. */
  idleMs: 30_000,
  /** Least time between two messages about the progress of the same uploads. */
  progressIntervalMs: 50,
  /** A page of `GET /uploads`. */
  maxUploadsPerPage: 100,
} as const;

/** Why the server closed a connection: RFC 6455, 7.4; those from 4000 on are Hawser's own. */
export const liveCloses = {
  /** The server stops; come back. */
  stopping: 1001,
  /** A message was longer than {@link liveLimits}.maxFrameBytes. */
  tooLong: 1009,
  /** A message was none that is described here. */
  malformed: 4400,
  /** Nothing was subscribed to, or nothing was heard. */
  idle: 4408,
  /** More messages, or more subscriptions, than allowed. */
  tooMany: 4429,
} as const;

/** Kinds of what is told with a number: a state has changed, durably. */
export const numberedEvents = [
  "created",
  "size_fixed",
  "assembly_started",
  "validation_complete",
  "completed",
  "failed",
  "cancelled",
  "expired",
  "damaged",
  "repaired",
  "file_deleted",
] as const;
