import { expect, test } from "vitest";
import { SpeedMeter, timeLeftMs } from "./speed.ts";

test("[R4] a steady line is measured right from the first second on", () => {
  const meter = new SpeedMeter();
  meter.start(0);
  for (let at = 100; at <= 60_000; at += 100) {
    meter.add(100_000, at);
    const speed = meter.bytesPerSecond(at);
    if (at < 1_000) expect(speed).toBeNull();
    else expect(speed).toBeGreaterThan(900_000);
    if (at >= 1_000) expect(speed).toBeLessThan(1_100_000);
  }
});

test("[R4] a burst does not promise too much; a break shows soon", () => {
  const meter = new SpeedMeter();
  meter.start(0);
  for (let at = 1_000; at <= 30_000; at += 1_000) meter.add(1_000_000, at);
  meter.add(50_000_000, 30_100);
  const calm = 50_000_000 / (9 / Math.LN2) + 1_000_000;
  expect(meter.bytesPerSecond(30_100)).toBeLessThan(calm * 1.15);
  const broken = new SpeedMeter();
  broken.start(0);
  for (let at = 1_000; at <= 30_000; at += 1_000) broken.add(1_000_000, at);
  expect(broken.bytesPerSecond(33_000)).toBeLessThan(600_000);
});

test("[R4] a pause freezes the speed: what stands still is not slow", () => {
  const meter = new SpeedMeter();
  meter.start(0);
  for (let at = 500; at <= 10_000; at += 500) meter.add(500_000, at);
  const before = meter.bytesPerSecond(10_000);
  meter.stop(10_000);
  expect(meter.bytesPerSecond(500_000)).toBe(before);
  meter.start(500_000);
  expect(meter.bytesPerSecond(500_000)).toBe(before);
});

test("[R4] time left is what remains at this speed, or unknown", () => {
  expect(timeLeftMs(10_000, 1_000)).toBe(10_000);
  expect(timeLeftMs(null, 1_000)).toBeNull();
  expect(timeLeftMs(10_000, null)).toBeNull();
  expect(timeLeftMs(10_000, 0)).toBeNull();
});
