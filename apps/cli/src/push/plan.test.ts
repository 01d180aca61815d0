import { chunksIn, normalizeRanges } from "@hawser/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import { alignRanges, RunQueue } from "./plan.ts";

const total = 200;
const ranges = fc
  .array(fc.tuple(fc.integer({ min: 1, max: total }), fc.integer({ min: 0, max: 30 })))
  .map((pairs) => normalizeRanges(pairs.map(([first, length]) => [first, Math.min(total, first + length)] as const)));

function takeAll(queue: RunQueue) {
  const taken: { run: readonly [number, number]; offsetBytes: number }[] = [];
  for (let next = queue.take(); next !== undefined; next = queue.take()) taken.push(next);
  return taken;
}

test("[S6] every missing chunk is handed out once, in runs no longer than asked for", () => {
  fc.assert(
    fc.property(ranges, fc.integer({ min: 1, max: 64 }), (missing, maxChunks) => {
      const runs = takeAll(new RunQueue(missing, [], maxChunks)).map(({ run }) => run);
      expect([...chunksIn(runs)]).toEqual([...chunksIn(missing)]);
      for (const [first, last] of runs) expect(last - first + 1).toBeLessThanOrEqual(maxChunks);
    }),
  );
});

test("[R8] a chunk with a durable prefix starts a run and goes on where the prefix ends, once", () => {
  const queue = new RunQueue(
    [
      [1, 10],
      [20, 20],
    ],
    [
      [4, 500],
      [20, 7],
    ],
    8,
  );
  expect(takeAll(queue)).toEqual([
    { run: [1, 3], offsetBytes: 0 },
    { run: [4, 10], offsetBytes: 500 },
    { run: [20, 20], offsetBytes: 7 },
  ]);
  queue.putBack([4, 4]);
  expect(queue.take()).toEqual({ run: [4, 4], offsetBytes: 0 });
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
