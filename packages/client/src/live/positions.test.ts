import type { LiveMessage } from "@hawser/protocol";
import { expect, test } from "vitest";
import { Positions } from "./positions.ts";

const page = (seq: number, isLast: boolean): LiveMessage => {
  return { type: "uploads", subject: "uploads", seq, uploads: [], isLast };
};

test("[S7] only a complete list, and only on this line, moves the number on that a next line begins with", () => {
  const positions = new Positions();
  positions.begin();
  positions.accept(page(3, true));
  expect(positions.after("uploads")).toBe(3);
  positions.accept({ type: "alive", seq: 5 });
  expect(positions.after("uploads")).toBe(5);
  positions.begin();
  // The server may still be telling what was missed.
  positions.accept({ type: "alive", seq: 9 });
  positions.accept(page(9, false));
  expect(positions.after("uploads")).toBe(5);
  positions.accept(page(9, true));
  expect(positions.after("uploads")).toBe(9);
});

test("[S7] a list that is older than what came before it on the same line takes nothing back", () => {
  const positions = new Positions();
  positions.begin();
  positions.accept(page(3, true));
  positions.accept({ type: "events", subject: "uploads", seq: 6, events: [] });
  positions.accept(page(4, true));
  expect(positions.after("uploads")).toBe(6);
});

test("[S7] each subject has its own number", () => {
  const positions = new Positions();
  positions.begin();
  positions.accept({ type: "events", subject: "bundle:trip", seq: 6, events: [] });
  expect([positions.after("bundle:trip"), positions.after("uploads")]).toEqual([6, undefined]);
});
