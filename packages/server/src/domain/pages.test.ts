import { chunksIn, normalizeRanges } from "@hawser/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { LedgerReader } from "../ports/ledger.ts";
import { readChunkPage } from "./pages.ts";

const mebibyte = 1_048_576;

/** Receipts and prefixes of the given chunks, and how many rows were read. */
function reader(received: readonly number[], partial: readonly number[]) {
  const rows = { read: 0 };
  const within = (chunks: readonly number[], first: number, last: number, limit: number) => {
    const found = chunks.filter((chunk) => chunk >= first && chunk <= last).slice(0, limit);
    rows.read += found.length;
    return found;
  };
  const fake = {
    receipts: async (_: number, first: number, last: number, limit: number) =>
      within(received, first, last, limit).map((chunk) => ({ chunk })),
    prefixes: async (_: number, first: number, last: number, limit: number) =>
      within(partial, first, last, limit).map((chunk) => ({ chunk, sizeBytes: 1 })),
  } as unknown as LedgerReader;
  return { fake, rows };
}

test("[R8] pages together cover every chunk once, each within its caps", async () => {
  const scenario = fc.record({
    total: fc.integer({ min: 0, max: 120 }),
    chance: fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 120, maxLength: 120 }),
    ranges: fc.integer({ min: 2, max: 9 }),
    receipts: fc.integer({ min: 1, max: 30 }),
  });
  await fc.assert(
    fc.asyncProperty(scenario, async ({ total, chance, ranges, receipts }) => {
      const all = Array.from({ length: total }, (_, i) => i + 1);
      const received = all.filter((chunk) => chance[chunk - 1] === 0);
      const partial = all.filter((chunk) => chance[chunk - 1] === 1);
      const { fake } = reader(received, partial);
      const seen = { received: [] as [number, number][], missing: [] as [number, number][], partial: [] as number[] };
      let from: number | null = 1;
      for (let page = 0; from !== null; page++) {
        expect(page).toBeLessThan(200);
        const got = await readChunkPage(fake, { key: 1, sizeBytes: total * mebibyte }, from, { ranges, receipts });
        expect(got.received.length).toBeLessThanOrEqual(ranges);
        expect(got.missing?.length).toBeLessThanOrEqual(ranges);
        expect(got.partial.length).toBeLessThanOrEqual(ranges);
        const here = [...chunksIn(normalizeRanges([...got.received, ...(got.missing ?? [])]))];
        const upTo: number = got.next === null ? total : got.next - 1;
        expect(here).toEqual(all.filter((chunk) => chunk >= (from as number) && chunk <= upTo));
        seen.received.push(...got.received);
        seen.missing.push(...(got.missing ?? []));
        seen.partial.push(...got.partial.map(([chunk]) => chunk));
        from = got.next;
      }
      expect([...chunksIn(seen.received)]).toEqual(received);
      expect([...chunksIn(seen.missing)]).toEqual(all.filter((chunk) => !received.includes(chunk)));
      expect(seen.partial).toEqual(partial);
    }),
  );
});

test("[S2] gaps before, between and after as many ranges as fit do not break the cap", async () => {
  const { fake } = reader([2, 4, 6, 8], []);
  const caps = { ranges: 4, receipts: 100 };
  const page = await readChunkPage(fake, { key: 1, sizeBytes: 9 * mebibyte }, 1, caps);
  expect(page).toMatchObject({
    missing: [
      [1, 1],
      [3, 3],
      [5, 5],
    ],
    next: 7,
  });
});

test("[S2] the first page of a TiB with every second chunk missing reads what it shows, and little more", async () => {
  const received = Array.from({ length: 524_288 }, (_, i) => 2 * i + 1);
  const { fake, rows } = reader(received, []);
  const page = await readChunkPage(fake, { key: 1, sizeBytes: 2 ** 40 }, 1);
  expect(page.received.length).toBeGreaterThan(9_000);
  expect(page.received.length).toBeLessThanOrEqual(10_000);
  expect(page.next).toBe((page.received.at(-1)?.[1] ?? 0) + 1);
  expect(rows.read).toBeLessThan(15_000);
});

test("[S6] while the size is unknown only what is there is told, and nothing is missing", async () => {
  const { fake } = reader([1, 2, 5], [3]);
  expect(await readChunkPage(fake, { key: 1, sizeBytes: null }, 1)).toEqual({
    received: [
      [1, 2],
      [5, 5],
    ],
    missing: null,
    partial: [[3, 1]],
    next: null,
  });
});
