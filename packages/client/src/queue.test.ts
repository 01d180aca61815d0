import type { Priority } from "@hawser/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import { TravelQueue } from "./queue.ts";

interface Item {
  readonly name: string;
  priority: Priority;
  readonly isSmall: boolean;
}

const large = (name: string, priority: Priority = "normal"): Item => ({ name, priority, isSmall: false });
const small = (name: string): Item => ({ name, priority: "normal", isSmall: true });

function takeAll(queue: TravelQueue<Item>): string[] {
  const names: string[] = [];
  for (let item = queue.take(); item !== undefined; item = queue.take()) names.push(item.name);
  return names;
}

test("[V2] higher priority goes first, then the order of arrival", () => {
  const queue = new TravelQueue<Item>(4, "parallel");
  for (const item of [large("first"), large("second"), large("late", "low"), large("urgent", "high")]) {
    queue.enqueue(item);
  }
  expect(takeAll(queue)).toEqual(["urgent", "first", "second", "late"]);
});

test("[V3] whoever waits leaves its place to others, and has its turn back afterwards", () => {
  const queue = new TravelQueue<Item>(1, "parallel");
  const items = [large("a"), large("b"), large("c")] as const;
  for (const item of items) queue.enqueue(item);
  expect(queue.take()).toBe(items[0]);
  queue.leave(items[0]);
  expect(queue.take()).toBe(items[1]);
  queue.enqueue(items[0]);
  queue.leave(items[1]);
  expect(queue.take()).toBe(items[0]);
});

test("[S17] four small files take one place; a large one is not overtaken for ever", () => {
  const queue = new TravelQueue<Item>(2, "parallel");
  for (let i = 0; i < 5; i++) queue.enqueue(small(`s${i}`));
  queue.enqueue(large("l"));
  for (let i = 5; i < 9; i++) queue.enqueue(small(`s${i}`));
  expect(takeAll(queue)).toEqual(["s0", "s1", "s2", "s3", "s4"]);
});

test("[V2] in order: one at a time, small ones too, whatever the capacity; higher priority still goes first", () => {
  const queue = new TravelQueue<Item>(4, "in-order");
  const items = [small("first"), small("second"), large("late", "low"), large("urgent", "high")];
  for (const item of items) queue.enqueue(item);
  expect(takeAll(queue)).toEqual(["urgent"]);
  queue.setCapacity(9);
  expect(queue.take()).toBeUndefined();
  for (const name of ["first", "second", "late"]) {
    for (const item of items) queue.leave(item);
    expect(takeAll(queue)).toEqual([name]);
  }
});

test("[V8] [I7] at the end: nobody sets out before the gate is opened, and it stays open", () => {
  const queue = new TravelQueue<Item>(2, "at-end");
  for (const name of ["a", "b", "c"]) queue.enqueue(large(name));
  expect(takeAll(queue)).toEqual([]);
  queue.open();
  expect(takeAll(queue)).toEqual(["a", "b"]);
  expect(queue.close()).toEqual([]);
  queue.setCapacity(3);
  expect(takeAll(queue)).toEqual(["c"]);
});

test("[V8] between marks: closing calls back what travels, and keeps the order for the next time", () => {
  const queue = new TravelQueue<Item>(2, "between-marks");
  const items = ["a", "b", "c"].map((name) => large(name));
  for (const item of items) queue.enqueue(item);
  expect(takeAll(queue)).toEqual([]);
  queue.open();
  expect(takeAll(queue)).toEqual(["a", "b"]);
  for (const item of queue.close()) {
    queue.enqueue(item);
    queue.leave(item);
  }
  expect(takeAll(queue)).toEqual([]);
  queue.open();
  expect(takeAll(queue)).toEqual(["a", "b"]);
});

test("[I1] fewer places: whoever travels goes on, and nobody sets out until enough have come back", () => {
  const queue = new TravelQueue<Item>(3, "parallel");
  const items = ["a", "b", "c", "d"].map((name) => large(name));
  for (const item of items) queue.enqueue(item);
  expect(takeAll(queue)).toEqual(["a", "b", "c"]);
  queue.setCapacity(1);
  queue.leave(items[0] as Item);
  queue.leave(items[1] as Item);
  expect(takeAll(queue)).toEqual([]);
  queue.leave(items[2] as Item);
  expect(takeAll(queue)).toEqual(["d"]);
});

test("[S17] order and number of those ahead agree with a plain list, whatever happens", () => {
  const step = fc.record({
    action: fc.constantFrom("enqueue", "dequeue", "take", "leave", "forget", "reseat"),
    which: fc.nat(30),
    priority: fc.constantFrom<Priority>("low", "normal", "high"),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const queue = new TravelQueue<Item>(2, "parallel");
      const rank = { high: 0, normal: 1, low: 2 };
      let items: { item: Item; isWaiting: boolean; isTravelling: boolean }[] = [];
      // Sorting keeps the order of arrival among equals.
      const waiting = () =>
        items.filter(({ isWaiting }) => isWaiting).sort((a, b) => rank[a.item.priority] - rank[b.item.priority]);
      for (const [i, { action, which, priority }] of steps.entries()) {
        const entry = items[which % Math.max(1, items.length)];
        if (action === "enqueue") {
          const isBack = entry !== undefined && !entry.isWaiting && !entry.isTravelling;
          const coming = isBack ? entry : { item: large(`${i}`, priority), isWaiting: true, isTravelling: false };
          if (!isBack) items.push(coming);
          coming.isWaiting = true;
          queue.enqueue(coming.item);
        } else if (action === "take") {
          const isFull = items.filter(({ isTravelling }) => isTravelling).length === 2;
          const next = isFull ? undefined : waiting()[0];
          expect(queue.take()).toBe(next?.item);
          if (next) Object.assign(next, { isWaiting: false, isTravelling: true });
        } else if (action === "reseat") {
          if (entry === undefined) continue;
          entry.item.priority = priority;
          queue.reseat(entry.item);
        } else if (entry !== undefined) {
          queue[action](entry.item);
          if (action !== "leave") entry.isWaiting = false;
          if (action !== "dequeue") entry.isTravelling = false;
          if (action === "forget") items = items.filter((other) => other !== entry);
        }
        for (const [ahead, { item }] of waiting().entries()) expect(queue.ahead(item)).toBe(ahead);
      }
    }),
    { numRuns: 200 },
  );
});
