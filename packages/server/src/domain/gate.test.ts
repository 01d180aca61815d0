import { HawserError } from "@hawser/protocol";
import { expect, test } from "vitest";
import { createGate } from "./gate.ts";

test("[S15] so many run at a time, the others in their order, and one more than may wait is refused", async () => {
  const gate = createGate(2, 2, new AbortController().signal);
  const started: number[] = [];
  const ends: (() => void)[] = [];
  const begin = (name: number) =>
    gate(() => {
      started.push(name);
      return new Promise<void>((resolve) => ends.push(resolve));
    });
  const all = [begin(1), begin(2), begin(3), begin(4)];
  await expect(begin(5)).rejects.toMatchObject({ code: "unavailable" });
  expect(started).toEqual([1, 2]);
  ends[1]?.();
  await all[1];
  expect(started).toEqual([1, 2, 3]);
  ends[0]?.();
  await all[0];
  expect(started).toEqual([1, 2, 3, 4]);
  ends[2]?.();
  ends[3]?.();
  await Promise.all(all);
});

test("[S15] a work that fails gives its place on, and those who wait at the end are refused", async () => {
  const controller = new AbortController();
  const gate = createGate(1, 5, controller.signal);
  await expect(gate(() => Promise.reject(new HawserError("internal")))).rejects.toMatchObject({ code: "internal" });
  let end = () => {};
  const running = gate(
    () =>
      new Promise<void>((resolve) => {
        end = resolve;
      }),
  );
  const waiting = gate(async () => undefined);
  controller.abort();
  await expect(waiting).rejects.toMatchObject({ code: "unavailable" });
  await expect(gate(async () => undefined)).rejects.toMatchObject({ code: "unavailable" });
  end();
  await running;
});
