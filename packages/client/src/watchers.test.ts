import { expect, test } from "vitest";
import { ManualPlatform } from "./testing/index.ts";
import { Watchers } from "./watchers.ts";

test("[S16] listeners are told at once, then once per interval, and always of the last change", async () => {
  const platform = new ManualPlatform();
  const watchers = new Watchers(platform, new AbortController().signal);
  const toldAt: number[] = [];
  const stop = watchers.watch(() => toldAt.push(platform.monotonic()), 100);
  for (let ms = 0; ms < 250; ms += 10) {
    watchers.changed();
    await platform.advance(10);
  }
  await platform.advance(1_000);
  expect(toldAt).toEqual([0, 100, 200, 300]);
  stop();
  watchers.changed();
  await platform.advance(1_000);
  expect(toldAt).toHaveLength(4);
});

test("[S16] what is left to tell is told when everything ends", async () => {
  const platform = new ManualPlatform();
  const closing = new AbortController();
  const watchers = new Watchers(platform, closing.signal);
  let told = 0;
  watchers.watch(() => told++, 100);
  watchers.changed();
  await platform.settle();
  watchers.changed();
  closing.abort();
  await platform.settle();
  expect(told).toBe(2);
});
