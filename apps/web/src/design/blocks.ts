/** Rows that come and go together: few enough to appear within one frame. */
const rowsPerBlock = 25;

/** A list of `count` rows, cut into blocks; `end` is not part of the block. */
export function blocksOf(count: number): { readonly start: number; readonly end: number }[] {
  return Array.from({ length: Math.ceil(count / rowsPerBlock) }, (_, index) => ({
    start: index * rowsPerBlock,
    end: Math.min(count, (index + 1) * rowsPerBlock),
  }));
}
