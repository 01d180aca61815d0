import { expect, test } from "vitest";
import { systemClock } from "./system-clock.ts";

test("[R6] a sleep that is aborted rejects with the signal's reason, also when it was aborted before", async () => {
  const controller = new AbortController();
  const reason = new RangeError("enough");
  const sleeping = systemClock.sleep(3_600_000, controller.signal);
  controller.abort(reason);
  await expect(sleeping).rejects.toBe(reason);
  await expect(systemClock.sleep(3_600_000, controller.signal)).rejects.toBe(reason);
});

test("[R6] monotonic time does not go back", async () => {
  const before = systemClock.monotonic();
  await systemClock.sleep(1);
  expect(systemClock.monotonic()).toBeGreaterThan(before);
});
