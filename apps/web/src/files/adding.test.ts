import { expect, test } from "vitest";
import { type Adding, addInSlices } from "./adding.ts";
import type { Found, Picked } from "./picked.ts";

const picked = (name: string): Picked => ({ file: new File([], name), name, handle: null });

test("[S16] thousands of files are added in slices, and the page gets its turn in between", async () => {
  const found = Array.from({ length: 2_001 }, (_, index) => picked(`${index}`));
  const added: string[] = [];
  const addedAtTurns: number[] = [];
  const result = await addInSlices(
    found,
    ({ name }) => void added.push(name),
    async () => void addedAtTurns.push(added.length),
    () => undefined,
  );
  expect(added).toEqual(found.map(({ name }) => name));
  expect(result).toEqual({ added: 2_001, unreadable: 0 });
  expect(addedAtTurns.length).toBe(40);
  const slices = addedAtTurns.map((count, index) => count - (addedAtTurns[index - 1] ?? 0));
  expect(Math.max(...slices)).toBe(50);
});

test("[S15] what cannot be read is left out and counted", async () => {
  async function* walk(): AsyncGenerator<Found> {
    yield picked("a");
    yield null;
    yield picked("b");
  }
  const told: Adding[] = [];
  const result = await addInSlices(
    walk(),
    () => undefined,
    async () => undefined,
    (adding) => told.push(adding),
  );
  expect(result).toEqual({ added: 2, unreadable: 1 });
  expect(told.at(-1)).toEqual(result);
});
