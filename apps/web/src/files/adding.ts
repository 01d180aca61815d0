import type { Found, Picked } from "./picked.ts";

/** How far the adding of many files has come. */
export interface Adding {
  readonly added: number;
  readonly unreadable: number;
}

/** Files added before the page gets its turn again: a few milliseconds of work. */
const sliceFiles = 50;

/**
 * Adds files in slices, so that thousands of them do not freeze the page.
 * @param add may take its time: the next file waits for it
 * @param breathe resolves when the page had its turn
 * @param tell called after each slice and at the end
 * @returns what was added in all
 */
export async function addInSlices(
  found: AsyncIterable<Found> | Iterable<Found>,
  add: (picked: Picked) => Promise<void> | undefined,
  breathe: () => Promise<void>,
  tell: (adding: Adding) => void,
): Promise<Adding> {
  let added = 0;
  let unreadable = 0;
  for await (const item of found) {
    if (item === null) unreadable++;
    else {
      const waits = add(item);
      if (waits !== undefined) await waits;
      added++;
    }
    if ((added + unreadable) % sliceFiles !== 0) continue;
    tell({ added, unreadable });
    await breathe();
  }
  tell({ added, unreadable });
  return { added, unreadable };
}
