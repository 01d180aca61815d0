import { formatSpeed } from "../figures.ts";

const MB = 1_000_000;

/** Limits that are offered, bytes a second; null is none. */
export const offeredLimits: readonly (number | null)[] = [null, 250_000, MB, 5 * MB];

/** Slower than this nothing would ever arrive. */
const leastBytes = 1_000;

/**
 * Bytes a second of what a person wrote as MB/s, with a point or a comma.
 * @returns null for what is no speed
 */
export function readLimit(written: string): number | null {
  const value = Number(written.trim().replace(",", "."));
  if (written.trim() === "" || !Number.isFinite(value) || value <= 0) return null;
  return Math.max(leastBytes, Math.round(value * MB));
}

/** A limit as the field has it. */
export function writeLimit(bytesPerSecond: number): string {
  return String(bytesPerSecond / MB);
}

/** `5 MB/s`: limits are round, so that their decimals say nothing. */
export function formatLimit(bytesPerSecond: number): string {
  return formatSpeed(bytesPerSecond).replace(".0 ", " ");
}
