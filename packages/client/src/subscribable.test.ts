import { expect, test } from "vitest";
import { Subscribable } from "./subscribable.ts";
import { ManualPlatform } from "./testing/index.ts";

test("[S16] listeners are told at once, then once per interval, and always of the last change", async () => {
  const platform = new ManualPlatform();
  const subscribable = new Subscribable(platform, new AbortController().signal, 100);
  const toldAt: number[] = [];
  const stop = subscribable.subscribe(() => toldAt.push(platform.monotonic()));
  for (let ms = 0; ms < 250; ms += 10) {
    subscribable.changed();
    await platform.advance(10);
  }
  await platform.advance(1_000);
  expect(toldAt).toEqual([0, 100, 200, 300]);
  stop();
  subscribable.changed();
  await platform.advance(1_000);
  expect(toldAt).toHaveLength(4);
});

test("[S16] what is left to tell is told when everything ends", async () => {
  const platform = new ManualPlatform();
  const closing = new AbortController();
  const subscribable = new Subscribable(platform, closing.signal, 100);
  let told = 0;
  subscribable.subscribe(() => told++);
  subscribable.changed();
  await platform.settle();
  subscribable.changed();
  closing.abort();
  await platform.settle();
  expect(told).toBe(2);
});
