/** Where time comes from. Every module that decides something by time gets one of these. */
export interface Clock {
  /** Wall time, milliseconds since 1970. It may jump. */
  now(): number;
  /** Milliseconds from an arbitrary start; never jumps, never goes back. */
  monotonic(): number;
  /** Resolves after `delayMs`; rejects with the signal's reason when it is aborted first. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>;
}

/** Where ids come from: 128 random bits as 32 lower-case hex digits. */
export type CreateId = () => string;
