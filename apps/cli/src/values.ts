/** How people write sizes and times on a command line, and how they like to read them. All functions are pure. */

/** An option or argument that cannot be understood; the message is a sentence for the person. Exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** It cannot be done as things are; the message is a sentence for the person. Exit code 1. */
export class RefusedError extends Error {
  override readonly name = "RefusedError";
}

const sizeUnits: Readonly<Record<string, number>> = {
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KIB: 2 ** 10,
  MIB: 2 ** 20,
  GIB: 2 ** 30,
  TIB: 2 ** 40,
};
const durationUnits: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
const quantityPattern = /^(\d+(?:\.\d+)?)\s*([A-Za-z]*)$/;

/** Bytes of `10GB` (powers of 1000), `10GiB` (powers of 1024) or `10` (bytes). */
export function parseSize(text: string): number {
  const [, amount, unit] = quantityPattern.exec(text.trim()) ?? [];
  const factor = sizeUnits[(unit === "" ? "B" : (unit ?? "?")).toUpperCase()];
  const sizeBytes = Math.round(Number(amount) * (factor ?? Number.NaN));
  if (!Number.isSafeInteger(sizeBytes)) throw new UsageError(`"${text}" is not a size; write 500MB, 10GB or 2GiB.`);
  return sizeBytes;
}

/** Milliseconds of `90s`, `10m`, `12h`, `7d` or `500ms`; a bare 0 needs no unit. */
export function parseDuration(text: string): number {
  const [, amount, unit] = quantityPattern.exec(text.trim()) ?? [];
  const factor = amount === "0" && unit === "" ? 1 : durationUnits[unit ?? "?"];
  const durationMs = Math.round(Number(amount) * (factor ?? Number.NaN));
  if (!Number.isSafeInteger(durationMs)) throw new UsageError(`"${text}" is not a time; write 30s, 10m, 12h or 7d.`);
  return durationMs;
}

/** A reader of whole numbers from `min` to `max`. */
export function parseInteger(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text.trim()) ? Number(text) : Number.NaN;
    if (!(value >= min && value <= max)) throw new UsageError(`"${text}" is not a whole number from ${min} to ${max}.`);
    return value;
  };
}

/** The base address of a server, with a slash at its end. */
export function parseServer(text: string): URL {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.search !== "" || url.hash !== "") {
    throw new UsageError(`"${text}" is not a server's address; write http://HOST:PORT or https://HOST.`);
  }
  if (!url.pathname.endsWith("/")) url.pathname += "/";
  return url;
}

/** Powers of 1000, one decimal below 10: `7.5 MB`, `612 MB`. */
export function formatSize(sizeBytes: number): string {
  const names = ["B", "KB", "MB", "GB", "TB", "PB"];
  let value = sizeBytes;
  let rank = 0;
  while (value >= 999.5 && rank < names.length - 1) {
    value /= 1000;
    rank++;
  }
  return `${rank > 0 && value < 9.95 ? value.toFixed(1) : Math.round(value)} ${names[rank]}`;
}

/** Rounded as a person says it: `23 s`, `4 min`, `1 h 13 min`, `2 d 3 h`. */
export function formatDuration(durationMs: number): string {
  const seconds = Math.max(1, Math.round(durationMs / 1000));
  if (seconds < 90) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `${minutes} min`;
  const pair = (value: number, size: number, name: string, small: string) => {
    const rest = value % size;
    return rest === 0 ? `${Math.floor(value / size)} ${name}` : `${Math.floor(value / size)} ${name} ${rest} ${small}`;
  };
  if (minutes < 48 * 60) return pair(minutes, 60, "h", "min");
  return pair(Math.round(minutes / 60), 24, "d", "h");
}

/** A countdown: `0:07`. */
export function formatCountdown(leftMs: number): string {
  const seconds = Math.max(0, Math.ceil(leftMs / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** Whole percent that says 100 only when everything is there. */
export function formatPercent(part: number, whole: number): string {
  return `${whole === 0 ? 100 : Math.floor((part / whole) * 100)}%`;
}

/** Local time to the minute: `2026-11-20 14:36`. */
export function formatTime(iso: string): string {
  const time = new Date(iso);
  if (Number.isNaN(time.getTime())) return "unknown";
  const two = (value: number) => String(value).padStart(2, "0");
  const date = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  return `${date} ${two(time.getHours())}:${two(time.getMinutes())}`;
}
