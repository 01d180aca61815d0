import { expect, test } from "vitest";
import { Budget, type Lease } from "./budget.ts";

const mib = 1_048_576;
const never = new AbortController().signal;

test("[S17] leases stay within the budget and are served in order", async () => {
  const budget = new Budget(4 * mib);
  const order: string[] = [];
  const ask = (name: string, sizeBytes: number) =>
    budget.lease(sizeBytes, never).then((lease): Lease => {
      order.push(name);
      return lease;
    });
  const first = await ask("first", 3 * mib);
  const large = ask("large", 2 * mib);
  const small = ask("small", 100);
  await Promise.resolve();
  expect(order).toEqual(["first"]);
  first.release();
  const [a, b] = await Promise.all([large, small]);
  expect(order).toEqual(["first", "large", "small"]);
  expect([a.bytes.length, b.bytes.length]).toEqual([2 * mib, 100]);
});

test("[S17] one lease larger than the budget is given when nobody else has one", async () => {
  const budget = new Budget(mib);
  const lease = await budget.lease(8 * mib, never);
  expect(lease.bytes.length).toBe(8 * mib);
});

test("[S16] whoever gives up waiting does not keep the others waiting", async () => {
  const budget = new Budget(mib);
  const first = await budget.lease(mib, never);
  const impatient = new AbortController();
  const second = budget.lease(mib, impatient.signal);
  const third = budget.lease(mib, never);
  impatient.abort(new Error("enough"));
  await expect(second).rejects.toThrow("enough");
  first.release();
  expect((await third).bytes.length).toBe(mib);
});

test("[S17] buffers are used again while somebody works", async () => {
  const budget = new Budget(8 * mib);
  const kept = await budget.lease(10, never);
  const first = await budget.lease(2 * mib, never);
  const { buffer } = first.bytes;
  first.release();
  expect((await budget.lease(2 * mib - 1, never)).bytes.buffer).toBe(buffer);
  kept.release();
});
