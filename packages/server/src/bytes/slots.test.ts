import { expect, test } from "vitest";
import { type Claim, Slots } from "./slots.ts";

const digest = (fill: number) => new Uint8Array(32).fill(fill);
const facts = (fill: number) => ({ digest: digest(fill), prefixBytes: 0 });

/** Lets what is ready go on; nothing here waits for more than promises. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await undefined;
}

/** Records when a claim is had. */
function claimInTurn(slots: Slots, order: string[], name: string): Promise<Claim> {
  return slots.claimWhole(1).then((claim) => {
    order.push(name);
    return claim;
  });
}

test("[R5] whole chunks have a slot one after the other, in the order in which they came", async () => {
  const slots = new Slots();
  const order: string[] = [];
  const claims = ["a", "b", "c"].map((name) => claimInTurn(slots, order, name));
  for (const [i, claim] of claims.entries()) {
    await settle();
    expect(order.length).toBe(i + 1);
    (await claim).release();
  }
  expect(order).toEqual(["a", "b", "c"]);
});

test("[S6] slots of different chunks do not wait for each other", async () => {
  const slots = new Slots();
  await slots.claimWhole(1);
  (await slots.claimWhole(2)).release();
  expect(slots.tryClaim(3)).toBeDefined();
});

test("[R5] a claim is given back once; again does not take the slot from the next one", async () => {
  const slots = new Slots();
  const first = await slots.claimWhole(1);
  first.release();
  const second = slots.tryClaim(1);
  first.release();
  expect(slots.tryClaim(1)).toBeUndefined();
  second?.release();
  expect(slots.tryClaim(1)).toBeDefined();
});

test("[R5] a prefix and a chunk in pieces only have a slot that nobody has", async () => {
  const slots = new Slots();
  const claim = await slots.claimWhole(1);
  expect(slots.tryClaim(1)).toBeUndefined();
  expect(slots.tryClaimStreaming(1)).toBeUndefined();
  claim.release();
  const streaming = slots.tryClaimStreaming(1);
  expect(streaming).toBeDefined();
  expect(slots.tryClaim(1)).toBeUndefined();
  streaming?.release();
  expect(slots.tryClaim(1)).toBeDefined();
});

test("[R5] whoever claims between a release and the one that was woken does not lose its slot", async () => {
  const slots = new Slots();
  const order: string[] = [];
  const first = await slots.claimWhole(1);
  const waiting = [claimInTurn(slots, order, "b"), claimInTurn(slots, order, "c")] as const;
  await settle();
  first.release();
  const between = slots.tryClaim(1);
  expect(between).toBeDefined();
  await settle();
  expect(order).toEqual([]);
  between?.release();
  const one = await Promise.race(waiting);
  await settle();
  expect(order.length).toBe(1);
  one.release();
  for (const claim of await Promise.all(waiting)) claim.release();
  expect(order.sort()).toEqual(["b", "c"]);
});

test("[R5] a whole chunk takes the slot of a streaming one after its write, not after its request", async () => {
  const slots = new Slots();
  const streaming = slots.tryClaimStreaming(1);
  const write = Promise.withResolvers<void>();
  const written = streaming?.write(() => write.promise);
  const order: string[] = [];
  const whole = claimInTurn(slots, order, "whole");
  await settle();
  expect(order).toEqual([]);
  write.resolve();
  expect(await written).toBe(true);
  const claim = await whole;
  expect(await streaming?.write(() => Promise.reject(new Error("must not be written")))).toBe(false);
  expect(streaming?.keep()).toBe(false);
  streaming?.release();
  expect(slots.tryClaim(1)).toBeUndefined();
  claim.release();
});

test("[R5] a write that fails is its holder's trouble, not the taker's", async () => {
  const slots = new Slots();
  const streaming = slots.tryClaimStreaming(1);
  const write = Promise.withResolvers<void>();
  const failed = expect(streaming?.write(() => write.promise)).rejects.toThrow("made by a test");
  const whole = slots.claimWhole(1);
  write.reject(new Error("made by a test"));
  await failed;
  (await whole).release();
});

test("[R5] nobody comes between a streaming holder that lets go and the one that overtook it", async () => {
  const slots = new Slots();
  const streaming = slots.tryClaimStreaming(1);
  const whole = slots.claimWhole(1);
  streaming?.release();
  expect(slots.tryClaim(1)).toBeUndefined();
  (await whole).release();
  expect(slots.tryClaim(1)).toBeDefined();
});

test("[R9] what a streaming holder is about to commit is not taken over any more", async () => {
  const slots = new Slots();
  const streaming = slots.tryClaimStreaming(1);
  expect(streaming?.keep()).toBe(true);
  const order: string[] = [];
  const whole = claimInTurn(slots, order, "whole");
  await settle();
  expect(order).toEqual([]);
  streaming?.release();
  (await whole).release();
});

test("[R5] what was committed after a mark is known, what came before is not told", () => {
  const slots = new Slots();
  slots.remember(1, facts(1));
  const mark = slots.mark();
  expect(slots.recentSince(mark, 1)).toBe("none");
  slots.remember(2, facts(2));
  slots.remember(2, { digest: null, prefixBytes: 7 });
  expect(slots.recentSince(mark, 2)).toMatchObject({ digest: null, prefixBytes: 7 });
  expect(slots.recentSince(0, 1)).toMatchObject(facts(1));
  expect(slots.recentSince(slots.mark(), 2)).toBe("none");
});

test("[R5] a mark before the oldest of 4,096 remembered commits makes the rest unknown, a later one does not", () => {
  const slots = new Slots();
  const before = slots.mark();
  slots.remember(1, facts(1));
  const after = slots.mark();
  for (let chunk = 2; chunk <= 4_096; chunk++) slots.remember(chunk, facts(2));
  expect(slots.recentSince(before, 1)).toMatchObject(facts(1));
  slots.remember(4_097, facts(3));
  expect(slots.recentSince(before, 1)).toBe("unknown");
  expect(slots.recentSince(before, 9_999)).toBe("unknown");
  expect(slots.recentSince(before, 2)).toMatchObject(facts(2));
  expect(slots.recentSince(after, 9_999)).toBe("none");
});

test("[R5] a chunk that is committed again and again takes one place of what is remembered", () => {
  const slots = new Slots();
  slots.remember(1, facts(1));
  for (let length = 1; length <= 10_000; length++) slots.remember(2, { digest: null, prefixBytes: length });
  expect(slots.recentSince(0, 1)).toMatchObject(facts(1));
});
