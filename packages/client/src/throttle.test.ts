import fc from "fast-check";
import { expect, test } from "vitest";
import { ManualPlatform } from "./testing/index.ts";
import { Throttle, TokenBucket } from "./throttle.ts";

const never = new AbortController().signal;

/** Whoever asks for pieces without end, and when each might leave. */
function sender(throttle: Throttle, platform: ManualPlatform, pieceBytes: () => number, lateMs = 0) {
  const sent: { at: number; bytes: number }[] = [];
  const stop = new AbortController();
  const run = async () => {
    for (;;) {
      let bytes = 0;
      const ask = () => {
        bytes = pieceBytes();
        return bytes;
      };
      await throttle.take(ask, stop.signal);
      sent.push({ at: platform.monotonic(), bytes });
      await platform.sleep(lateMs, stop.signal);
    }
  };
  const ended = run().catch(() => undefined);
  const end = () => {
    stop.abort();
    return ended;
  };
  return { sent, stop: end };
}

/** The most and the least that left in any five seconds, as shares of the limit. */
function extremes(sent: { at: number; bytes: number }[], from: number, to: number, bytesPerSecond: number) {
  const shares: number[] = [];
  for (let start = from; start + 5_000 <= to; start += 97) {
    const bytes = sent.reduce((sum, each) => sum + (each.at >= start && each.at < start + 5_000 ? each.bytes : 0), 0);
    shares.push(bytes / (5 * bytesPerSecond));
  }
  return { least: Math.min(...shares), most: Math.max(...shares) };
}

test("[V8] [I2] the limit holds over any five seconds, from 50 kB/s to 20 MB/s, for all that send together", async () => {
  for (const limit of [50_000, 1_000_000, 20_000_000]) {
    const platform = new ManualPlatform();
    const throttle = new Throttle(platform, limit);
    const senders = [3, 7, 11].map((lateMs) => sender(throttle, platform, () => throttle.pieceBytes(20), lateMs));
    await platform.advance(30_000);
    const sent = senders.flatMap((each) => each.sent);
    const { least, most } = extremes(sent, 1_000, 29_000, limit);
    expect([limit, least > 0.94, most < 1.06]).toEqual([limit, true, true]);
    await Promise.all(senders.map(({ stop }) => stop()));
  }
});

test("[V8] another limit counts at once, also for those that wait; none lets all go", async () => {
  const platform = new ManualPlatform();
  const throttle = new Throttle(platform, 1_000);
  const { sent, stop } = sender(throttle, platform, () => 100_000, 1);
  await platform.advance(1_000);
  expect(sent).toHaveLength(1);
  throttle.setLimit(1_000_000);
  await platform.advance(1_000);
  expect(throttle.bytesPerSecond).toBe(1_000_000);
  throttle.setLimit(null);
  const before = sent.length;
  await platform.advance(50);
  expect(sent.length - before).toBeGreaterThan(40);
  expect(throttle.pieceBytes(20)).toBe(Number.POSITIVE_INFINITY);
  await stop();
});

test("[X4] a share of the limit is what is left for this uploader", async () => {
  const platform = new ManualPlatform();
  const throttle = new Throttle(platform, 1_000_000);
  throttle.setShare(0.25);
  const { sent, stop } = sender(throttle, platform, () => 10_000);
  await platform.advance(20_000);
  const { least, most } = extremes(sent, 1_000, 19_000, 250_000);
  expect(least).toBeGreaterThan(0.94);
  expect(most).toBeLessThan(1.06);
  expect(throttle.bytesPerSecond).toBe(1_000_000);
  await stop();
});

test("[V8] turns are in the order of asking, and whoever gives up takes nothing", async () => {
  const platform = new ManualPlatform();
  const throttle = new Throttle(platform, 10_000);
  const order: string[] = [];
  const ask = (name: string, signal: AbortSignal) =>
    throttle.take(() => 10_000, signal).then(() => void order.push(name));
  const impatient = new AbortController();
  const [first, second, third] = [ask("a", never), ask("b", impatient.signal), ask("c", never)];
  await platform.settle();
  impatient.abort(new Error("enough"));
  await expect(second).rejects.toThrow("enough");
  await platform.advance(1_000);
  await Promise.all([first, third]);
  expect(order).toEqual(["a", "c"]);
  const late = new AbortController();
  const waiting = ask("d", late.signal);
  await platform.settle();
  late.abort(new Error("closed"));
  await expect(waiting).rejects.toThrow("closed");
});

test("[V8] a piece is what a quarter of a second carries, or a round trip where that is longer", () => {
  const throttle = new Throttle(new ManualPlatform(), 100_000);
  expect(throttle.pieceBytes(20)).toBe(25_000);
  expect(throttle.pieceBytes(1_000)).toBe(100_000);
  throttle.setLimit(1);
  expect(throttle.pieceBytes(20)).toBe(250);
});

test("[V8] no order of limits and requests sends more than the highest limit allows, or waits longer than the debt", () => {
  const step = fc.record({
    gapMs: fc.nat(500),
    bytes: fc.integer({ min: 1, max: 100_000 }),
    limit: fc.constantFrom(null, 10_000, 50_000),
  });
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 40 }), (steps) => {
      const bucket = new TokenBucket();
      bucket.setLimit(50_000);
      let at = 0;
      for (const { gapMs, bytes, limit } of steps) {
        at += gapMs + bucket.waitMs(at + gapMs);
        expect(bucket.waitMs(at)).toBeCloseTo(0);
        bucket.take(bytes, at);
        bucket.setLimit(limit);
        expect(bucket.waitMs(at)).toBeLessThanOrEqual(limit === null ? 0 : 0.001 + bytes / 10);
      }
    }),
  );
});
