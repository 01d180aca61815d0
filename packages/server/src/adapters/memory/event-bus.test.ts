import { expect, test } from "vitest";
import type { UploadEvent } from "../../ports/event-bus.ts";
import { createMemoryEventBus } from "./event-bus.ts";

const created: UploadEvent = { seq: 1, uploadId: "a", owner: "local", kind: "created", at: 0, data: {} };

test("[S8] listeners get what is published until they end their subscription", () => {
  const bus = createMemoryEventBus(() => undefined);
  const seen: string[] = [];
  const cancel = bus.subscribe(([event]) => seen.push(`first ${event?.seq}`));
  bus.subscribe(([event]) => seen.push(`second ${event?.seq}`));
  bus.publish([created]);
  cancel();
  bus.publish([{ ...created, seq: 2 }]);
  expect(seen).toEqual(["first 1", "second 1", "second 2"]);
});

test("[S15] a listener that throws hinders nobody", () => {
  const errors: unknown[] = [];
  const bus = createMemoryEventBus((error) => errors.push(error));
  const seen: number[] = [];
  bus.subscribe(() => {
    throw new RangeError("broken listener");
  });
  bus.subscribe((events) => seen.push(events.length));
  bus.publish([created]);
  expect(seen).toEqual([1]);
  expect(errors).toEqual([expect.any(RangeError)]);
});
