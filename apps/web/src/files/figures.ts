/** How sizes, speeds and times are written: rounded, with as few digits as a person needs. */

const units = ["B", "kB", "MB", "GB", "TB", "PB"] as const;

interface Figure {
  readonly value: string;
  readonly unit: string;
}

/** One decimal below 10, none above, and none for bytes. */
export function sizeFigure(sizeBytes: number): Figure {
  let value = sizeBytes;
  let step = 0;
  while (value >= 999.5 && step < units.length - 1) {
    value /= 1000;
    step++;
  }
  return { value: step > 0 && value < 9.95 ? value.toFixed(1) : String(Math.round(value)), unit: units[step] ?? "B" };
}

export function formatSize(sizeBytes: number): string {
  const { value, unit } = sizeFigure(sizeBytes);
  return `${value} ${unit}`;
}

/** `389 of 612 MB`; with both units only where they differ: `940 MB of 1.2 GB`. */
export function formatShare(partBytes: number, wholeBytes: number): string {
  const part = sizeFigure(partBytes);
  const whole = sizeFigure(wholeBytes);
  return part.unit === whole.unit
    ? `${part.value} of ${whole.value} ${whole.unit}`
    : `${part.value} ${part.unit} of ${whole.value} ${whole.unit}`;
}

export function formatSpeed(bytesPerSecond: number): string {
  return `${formatSize(bytesPerSecond)}/s`;
}

/** Whole percent of what is confirmed; 100 means all of it, never nearly all. */
export function percentOf(partBytes: number, wholeBytes: number | null): number | null {
  if (wholeBytes === null) return null;
  if (wholeBytes === 0) return 100;
  return Math.max(0, Math.min(100, Math.floor((partBytes / wholeBytes) * 100)));
}

/** A span of time as figures with their units, largest first: `1 h 13 min`, `4 min`, `23 s`. */
export function timeFigures(spanMs: number): readonly Figure[] {
  const seconds = Math.max(1, Math.round(spanMs / 1_000));
  if (seconds < 60) return [{ value: String(seconds), unit: "s" }];
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return [{ value: String(minutes), unit: "min" }];
  if (minutes < 48 * 60) {
    const hours = { value: String(Math.floor(minutes / 60)), unit: "h" };
    return minutes % 60 === 0 ? [hours] : [hours, { value: String(minutes % 60), unit: "min" }];
  }
  return [{ value: String(Math.round(minutes / 1_440)), unit: "days" }];
}

export function formatTime(spanMs: number): string {
  return timeFigures(spanMs)
    .map(({ value, unit }) => `${value} ${unit}`)
    .join(" ");
}

/** `0:12`, as a clock that runs down; never below zero. */
export function formatCountdown(spanMs: number): string {
  const seconds = Math.max(0, Math.ceil(spanMs / 1_000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

const clockTime = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const clockSecond = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long" });
const dayAndYear = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long", year: "numeric" });

/** `at 14:36` on the same day, `on 27 June` in the same year, else with the year. Wall times in milliseconds. */
export function formatMoment(atMs: number, nowMs: number): string {
  const at = new Date(atMs);
  const now = new Date(nowMs);
  if (dayAndYear.format(at) === dayAndYear.format(now)) return `at ${clockTime.format(at)}`;
  return `on ${at.getFullYear() === now.getFullYear() ? day.format(at) : dayAndYear.format(at)}`;
}

/** `today, 11:20`, `yesterday, 22:04`, `9 June, 08:15`. Wall times in milliseconds. */
export function formatDayTime(atMs: number, nowMs: number): string {
  return `${formatDay(atMs, nowMs)}, ${formatClock(atMs)}`;
}

/** `today`, `yesterday`, `27 June`; with the year where it is another one. */
export function formatDay(atMs: number, nowMs: number): string {
  const at = new Date(atMs);
  const now = new Date(nowMs);
  const written = dayAndYear.format(at);
  if (written === dayAndYear.format(now)) return "today";
  const yesterday = new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1);
  if (written === dayAndYear.format(yesterday)) return "yesterday";
  return at.getFullYear() === now.getFullYear() ? day.format(at) : written;
}

/** `14:33:41`. */
export function formatSecond(atMs: number): string {
  return clockSecond.format(new Date(atMs));
}

export function formatClock(atMs: number): string {
  return clockTime.format(new Date(atMs));
}

/** `1,240`. */
export function formatCount(count: number): string {
  return count.toLocaleString("en");
}

/** A digest short enough for a row; the whole one stands in its title and in the clipboard. */
export function shortDigest(digest: string): string {
  const hex = digest.slice(digest.indexOf(":") + 1);
  return `${hex.slice(0, 8)}…${hex.slice(-6)}`;
}
