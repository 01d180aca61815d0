import type { ChunkRange, RopeChunks } from "./rope-shape.ts";

/** One row of a coil: its chunks, numbered from 1 within the row. */
export interface CoilRow {
  /** Number of its first chunk in the file. */
  readonly first: number;
  readonly chunks: RopeChunks;
  /** How much of a full row it holds, 0 to 1. */
  readonly share: number;
}

const chunksPerRow = 64;
/** A coil is never higher than this: in larger files a row holds more chunks. */
const mostRows = 24;

/** Chunks of each full row: 64, or a multiple of it for files of more than 1,536 chunks. */
export function coilRowChunks(total: number): number {
  return chunksPerRow * Math.max(1, Math.ceil(total / (chunksPerRow * mostRows)));
}

/** The chunks of a file, cut into rows. Costs as much as there are ranges and rows, however large the file is. */
export function coilRows({ total, safe, moving, again }: RopeChunks): readonly CoilRow[] {
  const size = coilRowChunks(total);
  const count = Math.max(1, Math.ceil(total / size));
  const parts = { safe: cut(safe, size, count), moving: cut(moving, size, count), again: cut(again, size, count) };
  return Array.from({ length: count }, (_, row) => {
    const own = Math.min(size, total - row * size);
    return {
      first: row * size + 1,
      share: own / size,
      chunks: {
        total: own,
        safe: parts.safe[row] ?? [],
        moving: parts.moving[row] ?? [],
        again: parts.again[row] ?? [],
      },
    };
  });
}

/** Ranges by row, numbered within it. */
function cut(ranges: readonly ChunkRange[], size: number, count: number): ChunkRange[][] {
  const rows: ChunkRange[][] = Array.from({ length: count }, () => []);
  for (const [first, last] of ranges) {
    const end = Math.min(count - 1, Math.floor((last - 1) / size));
    for (let row = Math.floor((first - 1) / size); row <= end; row++) {
      const before = row * size;
      rows[row]?.push([Math.max(first - before, 1), Math.min(last - before, size)]);
    }
  }
  return rows;
}
