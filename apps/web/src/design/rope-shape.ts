/** Consecutive chunks, both ends included, from 1. */
export type ChunkRange = readonly [first: number, last: number];

/** What is known of a file's chunks; what is in none of the lists was not sent yet. */
export interface RopeChunks {
  readonly total: number;
  readonly safe: readonly ChunkRange[];
  readonly moving: readonly ChunkRange[];
  /** Arrived damaged, to be sent again. */
  readonly again: readonly ChunkRange[];
}

/** SVG paths over a box of `total` × 8, one a state however many chunks there are; empty where a state has none. */
export interface RopePaths {
  readonly thread: string;
  readonly safe: string;
  readonly moving: string;
  readonly again: string;
}

/** Up to here each strand is one chunk. */
export const countedStrands = 110;
/** From here on a pixel holds several chunks, and a plain bar says the same. */
export const maxLaidChunks = 3_000;

export function ropePaths({ total, safe, moving, again }: RopeChunks): RopePaths {
  const known = [...safe, ...moving, ...again].sort((a, b) => a[0] - b[0]);
  const boxes = (ranges: readonly ChunkRange[], top: number, height: number) =>
    ranges.map(([first, last]) => box(first - 1, top, last - first + 1, height)).join("");
  return {
    thread: boxes(gaps(known, total), 3.1, 1.8),
    safe: boxes(safe, 0, 8),
    moving: boxes(moving, 2, 4),
    again: boxes(again, 0, 2.9) + boxes(again, 5.1, 2.9),
  };
}

function box(left: number, top: number, width: number, height: number): string {
  return `M${left} ${top}h${width}v${height}h-${width}z`;
}

/** What the sorted ranges leave of 1 to `total`. */
function gaps(sorted: readonly ChunkRange[], total: number): ChunkRange[] {
  const found: ChunkRange[] = [];
  let next = 1;
  for (const [first, last] of sorted) {
    if (first > next) found.push([next, first - 1]);
    next = Math.max(next, last + 1);
  }
  if (next <= total) found.push([next, total]);
  return found;
}

/** Chunks of a plain bar's three parts, in thousandths: received, in flight after it, the rest. */
export function barParts({ total, safe, moving }: RopeChunks): { readonly safe: number; readonly moving: number } {
  const share = (ranges: readonly ChunkRange[]) =>
    (ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0) / Math.max(1, total)) * 1_000;
  const safeShare = share(safe);
  // What is in flight of a huge file is thinner than a pixel; it is drawn wide enough to be seen.
  return { safe: safeShare, moving: moving.length === 0 ? 0 : Math.min(1_000 - safeShare, Math.max(8, share(moving))) };
}
