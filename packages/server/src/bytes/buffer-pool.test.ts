import { limits } from "@hawser/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import { BufferPool, type Lease, pieceSizesBytes } from "./buffer-pool.ts";

const [block, quarter, sixteenth] = pieceSizesBytes;
const mebibytes = (count: number) => count * limits.chunkSizeBytes;

function takeAll(pool: BufferPool, sizeBytes: number): Lease[] {
  const leases: Lease[] = [];
  for (let lease = pool.tryAcquire(sizeBytes); lease !== undefined; lease = pool.tryAcquire(sizeBytes)) {
    leases.push(lease);
  }
  return leases;
}

async function isReady(lease: Lease | Promise<Lease>): Promise<boolean> {
  return (await Promise.race([lease, new Promise((resolve) => setImmediate(resolve))])) !== undefined;
}

test("[S3] the pool has the blocks it was given, and at least two", () => {
  expect(new BufferPool(mebibytes(48)).blocks).toBe(48);
  expect(new BufferPool(mebibytes(5) + 1).blocks).toBe(5);
  expect(new BufferPool(0).blocks).toBe(2);
});

test("[S3] leases have the size that was asked for and never overlap", () => {
  const pool = new BufferPool(mebibytes(4));
  const leases = [...takeAll(pool, quarter), ...takeAll(pool, block), ...takeAll(pool, sixteenth)];
  leases.forEach(({ bytes }, i) => {
    bytes.fill(i);
  });
  leases.forEach(({ bytes }, i) => {
    expect(bytes.every((byte) => byte === i)).toBe(true);
  });
  const total = leases.reduce((sum, { bytes }) => sum + bytes.length, 0);
  expect(total).toBe(mebibytes(4));
});

test("[S3] blocks are page-aligned in memory, so that they can be written past the page cache", () => {
  const pool = new BufferPool(mebibytes(3));
  for (const { bytes } of takeAll(pool, block)) expect(bytes.byteOffset % 4_096).toBe(0);
});

test("[S3] whole chunks leave an eighth of the blocks to pieces, and pieces to whole chunks", () => {
  for (const [blocks, reserved] of [
    [2, 1],
    [8, 1],
    [48, 6],
  ] as const) {
    expect(takeAll(new BufferPool(mebibytes(blocks)), block).length).toBe(blocks - reserved);
    expect(takeAll(new BufferPool(mebibytes(blocks)), sixteenth).length).toBe((blocks - reserved) * 16);
  }
});

test("[S3] whole chunks find memory however many pieces are in use", async () => {
  const pool = new BufferPool(mebibytes(8));
  const whole = takeAll(pool, block);
  const waiting = [pool.acquire(block), pool.acquire(block)];
  for (const lease of whole) lease.release();
  const pieces = takeAll(pool, sixteenth);
  for (const lease of await Promise.all(waiting)) lease.release();
  const again = pool.tryAcquire(block);
  expect(again).toBeDefined();
  for (const lease of pieces) lease.release();
});

test("[S3] the piece size shrinks with the number of requests, and grows back", () => {
  const pool = new BufferPool(mebibytes(48));
  const sizeAt = new Map<number, number>();
  for (let requests = 1; requests <= 1_000; requests++) {
    pool.enter();
    sizeAt.set(requests, pool.pieceBytes());
  }
  expect([1, 42, 43, 168, 169, 1_000].map((requests) => sizeAt.get(requests))).toEqual([
    block,
    block,
    quarter,
    quarter,
    sixteenth,
    sixteenth,
  ]);
  for (let requests = 1_000; requests > 42; requests--) pool.leave();
  expect(pool.pieceBytes()).toBe(block);
});

test("[S3] waiters of one size are served in the order in which they came, and nobody passes them", async () => {
  const pool = new BufferPool(mebibytes(2));
  const held = pool.tryAcquire(block) as Lease;
  const order: number[] = [];
  const waiting = [1, 2].map(async (number) => {
    const lease = await pool.acquire(block);
    order.push(number);
    return lease;
  });
  expect(pool.tryAcquire(block)).toBeUndefined();
  held.release();
  const first = await Promise.race(waiting);
  expect(order).toEqual([1]);
  first.release();
  await Promise.all(waiting);
  expect(order).toEqual([1, 2]);
});

test("[S3] a lease is given back once; again does not lend its memory twice", async () => {
  const pool = new BufferPool(mebibytes(2));
  const first = pool.tryAcquire(block) as Lease;
  first.release();
  const second = pool.tryAcquire(block) as Lease;
  first.release();
  const third = pool.acquire(block);
  expect(await isReady(third)).toBe(false);
  second.release();
  (await third).release();
});

test("[S3] any order of leases and returns ends with all memory free", async () => {
  const step = fc.record({ size: fc.constantFrom(...pieceSizesBytes), give: fc.nat({ max: 20 }), wait: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 120 }), async (steps) => {
      const pool = new BufferPool(mebibytes(3));
      const held: Lease[] = [];
      const waiting: Promise<Lease>[] = [];
      for (const { size, give, wait } of steps) {
        const lease = wait ? pool.acquire(size) : pool.tryAcquire(size);
        if (lease instanceof Promise) waiting.push(lease.then((late) => held[held.push(late) - 1] as Lease));
        else if (lease !== undefined) held.push(lease);
        if (give % 2 === 0) held.splice(give % Math.max(1, held.length), 1)[0]?.release();
        await undefined;
      }
      // Whoever waits gets memory as long as others give theirs back.
      while (waiting.length > 0) {
        for (const lease of held.splice(0)) lease.release();
        await waiting.shift();
      }
      for (const lease of held) lease.release();
      expect(takeAll(pool, block).length).toBe(2);
    }),
    { numRuns: 100 },
  );
});
