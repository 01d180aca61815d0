/** A closed range of chunk numbers, `[first, last]`. */
export type Range = readonly [first: number, last: number];
/** Ranges in rising order that neither touch nor overlap: the canonical form of a set of chunks. */
export type Ranges = readonly Range[];

/** The canonical ranges of chunk numbers given in rising order; equal neighbours count once. */
export function rangesOf(rising: Iterable<number>): [number, number][] {
  const ranges: [number, number][] = [];
  for (const chunk of rising) {
    const tail = ranges.at(-1);
    if (tail !== undefined && chunk <= tail[1] + 1) tail[1] = Math.max(tail[1], chunk);
    else ranges.push([chunk, chunk]);
  }
  return ranges;
}

/** The canonical form of ranges given in any order, overlapping or not. */
export function normalizeRanges(ranges: Iterable<Range>): [number, number][] {
  const sorted = [...ranges].sort((a, b) => a[0] - b[0]);
  const result: [number, number][] = [];
  for (const [first, last] of sorted) {
    const tail = result.at(-1);
    if (tail !== undefined && first <= tail[1] + 1) tail[1] = Math.max(tail[1], last);
    else result.push([first, last]);
  }
  return result;
}

/** What canonical `ranges` leave out of `first` to `last`. */
export function missingRanges(ranges: Ranges, first: number, last: number): [number, number][] {
  const missing: [number, number][] = [];
  let next = first;
  for (const [from, to] of ranges) {
    if (to < next) continue;
    if (from > last) break;
    if (from > next) missing.push([next, from - 1]);
    next = to + 1;
  }
  if (next <= last) missing.push([next, last]);
  return missing;
}

/** Number of chunks in canonical `ranges`. */
export function countInRanges(ranges: Ranges): number {
  return ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0);
}

/** Whether `chunk` lies in canonical `ranges`; a binary search. */
export function rangesInclude(ranges: Ranges, chunk: number): boolean {
  let low = 0;
  let high = ranges.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const [first, last] = ranges[middle] as Range;
    if (chunk < first) high = middle - 1;
    else if (chunk > last) low = middle + 1;
    else return true;
  }
  return false;
}

/** The chunks of canonical `ranges`, one by one. */
export function* chunksIn(ranges: Ranges): Generator<number> {
  for (const [first, last] of ranges) for (let chunk = first; chunk <= last; chunk++) yield chunk;
}
