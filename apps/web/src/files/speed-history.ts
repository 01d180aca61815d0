/** The speed of the last minute, a value a second. */
export interface SpeedHistory {
  readonly values: readonly number[];
  readonly lastMs: number;
}

const samples = 60;
const intervalMs = 1_000;

export function historyOf(values: readonly number[]): SpeedHistory {
  return { values: values.slice(-samples), lastMs: Number.NEGATIVE_INFINITY };
}

/** The same history when less than a second has passed. */
export function addSpeed(history: SpeedHistory, bytesPerSecond: number, nowMs: number): SpeedHistory {
  if (nowMs - history.lastMs < intervalMs) return history;
  return { values: [...history.values, bytesPerSecond].slice(-samples), lastMs: nowMs };
}
