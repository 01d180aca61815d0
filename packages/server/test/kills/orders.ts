/** What the driver tells a running server; each of its threads obeys and replies. */
export interface Order {
  readonly number: number;
  /** `NAME:COUNT`: die when the failpoint NAME is passed for the COUNT-th time from now on. Empty: do not die. */
  readonly killAt?: string;
  /** Time that passes at once, on the wall and on the monotonic clock alike. */
  readonly passMs?: number;
}

export interface Reply {
  readonly number: number;
  readonly passed: Readonly<Record<string, Passes>>;
}

/** How often a failpoint was passed since the start, and when for the first time, in milliseconds since 1970. */
export interface Passes {
  readonly count: number;
  readonly firstAt: number;
}

/** Broadcast channels between the threads of a server under test. */
export const channels = { orders: "hawser-orders", replies: "hawser-replies" } as const;

export const listeningPattern = /^Hawser listening on (http:\S+)$/m;
