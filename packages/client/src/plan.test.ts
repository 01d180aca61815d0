import { chunksIn, normalizeRanges } from "@hawser/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import { ChunkSet } from "./chunk-set.ts";
import { alignRanges, nextPiece, RunQueue } from "./plan.ts";

const total = 200;
const ranges = fc
  .array(fc.tuple(fc.integer({ min: 1, max: total }), fc.integer({ min: 0, max: 30 })))
  .map((pairs) => normalizeRanges(pairs.map(([first, length]) => [first, Math.min(total, first + length)] as const)));

function takeAll(queue: RunQueue, runChunks: number, lanes = 1, runAlign = 1) {
  const taken: { run: readonly [number, number]; offsetBytes: number }[] = [];
  const take = () => queue.take({ runChunks, runAlign, lanes });
  for (let next = take(); next !== undefined; next = take()) taken.push(next);
  return taken;
}

const length = ([first, last]: readonly [number, number]) => last - first + 1;
const lanes = fc.integer({ min: 1, max: 16 });

test("[S6] every missing chunk is handed out once, in runs no longer than asked for", () => {
  fc.assert(
    fc.property(ranges, lanes, fc.constantFrom(1, 2, 8), fc.integer({ min: 1, max: 8 }), (...plan) => {
      const [missingChunks, laneCount, runAlign, groups] = plan;
      const missing = alignRanges(missingChunks, runAlign, total);
      const queue = new RunQueue(missing, []);
      const runs = takeAll(queue, groups * runAlign, laneCount, runAlign).map(({ run }) => run);
      expect([...chunksIn(runs)]).toEqual([...chunksIn(missing)]);
      for (const run of runs) {
        expect(length(run)).toBeLessThanOrEqual(groups * runAlign);
        expect((run[0] - 1) % runAlign).toBe(0);
        expect(run[1] === total || run[1] % runAlign === 0).toBe(true);
      }
    }),
  );
});

test("[S17] the end of a file is shared by all lanes, its middle travels in runs as long as asked for", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 300 }),
      lanes,
      fc.integer({ min: 1, max: 64 }),
      (chunks, laneCount, wanted) => {
        const queue = new RunQueue([[1, chunks]], []);
        let left = chunks;
        for (const { run } of takeAll(queue, wanted, laneCount)) {
          expect(length(run)).toBe(
            Math.min(left, wanted, Math.max(1, Math.floor(Math.max(left / laneCount, wanted / 4)))),
          );
          left -= length(run);
        }
      },
    ),
  );
  const aligned = new RunQueue([[1, 40]], []);
  expect(takeAll(aligned, 32, 4, 8).map(({ run }) => length(run))).toEqual([8, 8, 8, 8, 8]);
});

test("[S17] what was put back counts as left again", () => {
  const wish = { runChunks: 8, runAlign: 1, lanes: 2 };
  const queue = new RunQueue([[1, 8]], []);
  expect(queue.take(wish)?.run).toEqual([1, 4]);
  queue.putBack([1, 4]);
  expect(queue.take(wish)?.run).toEqual([1, 4]);
  expect(queue.take(wish)?.run).toEqual([5, 6]);
});

test("[R8] a chunk with a durable prefix starts a run and goes on where the prefix ends, once", () => {
  const missing: [number, number][] = [
    [1, 10],
    [20, 20],
  ];
  const prefixes: [number, number][] = [
    [4, 500],
    [20, 7],
  ];
  const queue = new RunQueue(missing, prefixes);
  expect(takeAll(queue, 8)).toEqual([
    { run: [1, 3], offsetBytes: 0 },
    { run: [4, 10], offsetBytes: 500 },
    { run: [20, 20], offsetBytes: 7 },
  ]);
  queue.putBack([4, 4]);
  expect(queue.take({ runChunks: 8, runAlign: 1, lanes: 1 })).toEqual({ run: [4, 4], offsetBytes: 0 });
});

test("[R13] aligned runs start at a group, hold whole groups, and cover what is missing", () => {
  fc.assert(
    fc.property(ranges, fc.constantFrom(1, 2, 8), (missing, runAlign) => {
      const aligned = alignRanges(missing, runAlign, total - 3);
      for (const [first, last] of aligned) {
        expect((first - 1) % runAlign).toBe(0);
        expect(last === total - 3 || last % runAlign === 0).toBe(true);
      }
      const covered = new Set(chunksIn(aligned));
      for (const chunk of chunksIn(missing)) if (chunk <= total - 3) expect(covered.has(chunk)).toBe(true);
    }),
  );
});

test("[R4] a set of chunks stays canonical, and tells which of the added ones are new", () => {
  const additions = fc.array(fc.tuple(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 0, max: 9 })));
  fc.assert(
    fc.property(additions, (pairs) => {
      const set = new ChunkSet();
      const model = new Set<number>();
      for (const [first, length] of pairs) {
        const last = first + length;
        const isNew = [...chunksIn([[first, last]])].filter((chunk) => !model.has(chunk));
        expect([...chunksIn(set.add(first, last))]).toEqual(isNew);
        for (const chunk of isNew) model.add(chunk);
      }
      expect(set.ranges).toEqual(normalizeRanges([...model].map((chunk) => [chunk, chunk] as const)));
      for (let chunk = 1; chunk <= 70; chunk++) expect(set.has(chunk)).toBe(model.has(chunk));
    }),
  );
});

const mib = 1_048_576;

test("[R8] pieces of a run follow each other, end at chunks or are told to be parts, and none is a crumb", () => {
  const plan = [
    fc.integer({ min: 1, max: 5 * mib }),
    fc.nat(),
    fc.integer({ min: 40_000, max: 6 * mib }),
    fc.constantFrom(1, 4),
  ] as const;
  fc.assert(
    fc.property(...plan, (sizeBytes, start, wishBytes, runAlign) => {
      const run = [5, 4 + Math.ceil(sizeBytes / mib)] as const;
      let doneBytes = start % Math.min(mib, sizeBytes + 1);
      const begunBytes = doneBytes;
      for (let count = 0; doneBytes < sizeBytes; count++) {
        expect(count).toBeLessThan(Math.ceil(mib / wishBytes) * length(run) + 1);
        const piece = nextPiece(run, sizeBytes, doneBytes, wishBytes, runAlign);
        expect((piece.run[0] - 5) * mib + piece.offsetBytes).toBe(doneBytes);
        const isEnd = piece.endBytes % mib === 0 || piece.endBytes === sizeBytes;
        expect(piece.isPart).toBe(!isEnd);
        expect(piece.run[1] - 4).toBe(Math.ceil(piece.endBytes / mib));
        if (piece.isPart) expect(piece.run[0]).toBe(piece.run[1]);
        const sentBytes = piece.endBytes - doneBytes;
        if (runAlign > 1) expect(piece.endBytes).toBe(sizeBytes);
        else expect(sentBytes).toBeLessThanOrEqual(Math.max(1, wishBytes));
        if (piece.isPart) expect(sentBytes).toBeGreaterThanOrEqual(Math.min(wishBytes, sizeBytes - begunBytes) / 2 - 1);
        doneBytes = piece.endBytes;
      }
    }),
  );
  // All of it is there, but for the receipt.
  expect(nextPiece([2, 2], mib, mib, 100, 1)).toEqual({
    run: [2, 2],
    offsetBytes: mib,
    endBytes: mib,
    isPart: false,
  });
});
