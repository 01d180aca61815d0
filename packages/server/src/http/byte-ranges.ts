import type { IncomingHttpHeaders } from "node:http";

/** Bytes `first` to `last` of a file, both included. */
export type ByteRange = readonly [first: number, last: number];

/** Ranges that one answer may have; a request for more gets the whole file. */
const maxRanges = 16;

const rangePattern = /^(?:([0-9]{1,16})-([0-9]{0,16})|-([0-9]{1,16}))$/;

/**
 * Reads `Range` (RFC 9110, 14.1.2) for a file of `sizeBytes`.
 * @returns the ranges that lie in the file; none when no range does (416); null when the header is to be ignored:
 * another unit, not well formed, more than {@link maxRanges} ranges, or more bytes than the file has
 */
export function parseRange(header: string, sizeBytes: number): ByteRange[] | null {
  const [unit, set, ...rest] = header.split("=");
  if (unit?.trim().toLowerCase() !== "bytes" || set === undefined || rest.length > 0) return null;
  const specs = set.split(",").map((spec) => spec.trim());
  if (specs.length > maxRanges) return null;
  const ranges: ByteRange[] = [];
  for (const spec of specs) {
    const [, firstText, lastText, suffixText] = rangePattern.exec(spec) ?? [];
    if (suffixText !== undefined) {
      const suffixBytes = Math.min(Number(suffixText), sizeBytes);
      if (suffixBytes > 0) ranges.push([sizeBytes - suffixBytes, sizeBytes - 1]);
    } else if (firstText !== undefined) {
      const first = Number(firstText);
      const last = lastText === "" ? Number.POSITIVE_INFINITY : Number(lastText);
      if (last < first) return null;
      if (first < sizeBytes) ranges.push([first, Math.min(last, sizeBytes - 1)]);
    } else return null;
  }
  return countBytes(ranges) > sizeBytes ? null : ranges;
}

export function countBytes(ranges: readonly ByteRange[]): number {
  return ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0);
}

/** What a conditional request is compared with. */
export interface Validators {
  readonly etag: string;
  /** Milliseconds since 1970, whole seconds. */
  readonly lastModified: number;
}

/** Whether the caller has the file already (RFC 9110, 13.1.2 and 13.1.3): 304. */
export function isNotModified(fields: IncomingHttpHeaders, { etag, lastModified }: Validators): boolean {
  const noneMatch = fields["if-none-match"];
  if (noneMatch !== undefined) {
    return noneMatch.split(",").some((tag) => tag.trim() === "*" || tag.trim().replace(/^W\//, "") === etag);
  }
  const since = Date.parse(fields["if-modified-since"] ?? "");
  return lastModified <= since;
}

/** Whether `If-Range` lets `Range` count (RFC 9110, 13.1.5): only for the very same bytes. */
export function rangeCounts(fields: IncomingHttpHeaders, { etag, lastModified }: Validators): boolean {
  const ifRange = fields["if-range"];
  if (typeof ifRange !== "string") return ifRange === undefined;
  return ifRange.trim() === etag || Date.parse(ifRange) === lastModified;
}
