import type { LiveMessage, NumberedEvent, Upload } from "@hawser/protocol";
import { expect, test } from "vitest";
import { liveUpload } from "../testing/fake-live.ts";
import { Book } from "./book.ts";

const all = () => true;
const a = liveUpload("a");
const b = liveUpload("b", { createdAt: "2026-01-02T00:00:00.000Z" });

function list(seq: number, ...uploads: Upload[]): LiveMessage {
  return { type: "uploads", subject: "uploads", seq, uploads, isLast: true };
}

function event(type: NumberedEvent["type"], seq: number, upload: Upload): LiveMessage {
  const { id, lastActivityAt: at } = upload;
  return { type: "events", subject: "uploads", seq, events: [{ type, id, seq, at, upload }] };
}

function progress(upload: Upload, receivedBytes: number, bytesPerSecond: number): LiveMessage {
  const { id, size, lastActivityAt: at } = upload;
  const told = {
    type: "progress" as const,
    id,
    at,
    size,
    receivedBytes,
    missingCount: 9,
    bytesPerSecond,
    timeLeftMs: 9_000,
  };
  return { type: "events", subject: "uploads", seq: 1, events: [told] };
}

test("[S7] uploads are shown newest first, with what progress tells of them", () => {
  const book = new Book();
  book.hear(list(1, a, b), 0);
  book.hear(progress(a, 1_048_576, 116_508), 10);
  expect(book.list(all).map(({ name }) => name)).toEqual(["b.mov", "a.mov"]);
  expect(book.list(all)[1]).toMatchObject({ receivedBytes: 1_048_576, missingChunks: 9, bytesPerSecond: 116_508 });
});

test("[S7] what is told late changes nothing that is known by then", () => {
  const book = new Book();
  book.hear(event("completed", 5, { ...a, state: "completed" }), 0);
  book.hear(event("created", 3, a), 0);
  book.hear(list(4, a), 0);
  expect(book.list(all).map(({ state }) => state)).toEqual(["completed"]);
});

test("[S7] an end stays for half a minute, and then leaves the list by itself", () => {
  const book = new Book();
  book.hear(list(1, a), 0);
  book.hear(event("completed", 2, { ...a, state: "completed" }), 1_000);
  // Told again, it is no newer for that.
  book.hear(event("completed", 2, { ...a, state: "completed" }), 20_000);
  book.age(30_999);
  expect(book.list(all)).toHaveLength(1);
  book.age(31_000);
  expect(book.list(all)).toEqual([]);
});

test("[S7] no more than 100 ends are kept, the latest ones", () => {
  const book = new Book();
  for (let i = 1; i <= 150; i++) book.hear(event("cancelled", i, liveUpload(`${i}`, { state: "cancelled" })), i);
  book.age(200);
  const names = book.list(all).map(({ name }) => name);
  expect(names).toHaveLength(100);
  expect(names).toContain("150.mov");
  expect(names).not.toContain("50.mov");
});

test("[S7] what happens to a file long after its upload makes no upload of it again", () => {
  const book = new Book();
  book.hear(event("damaged", 2, { ...a, state: "completed" }), 0);
  book.hear(event("file_deleted", 3, { ...b, state: "completed", deletedAt: b.createdAt }), 0);
  expect(book.list(all)).toEqual([]);
  book.hear(event("completed", 4, { ...b, state: "completed", deletedAt: b.createdAt }), 0);
  expect(book.list(all)).toEqual([]);
});

test("[S7] what a complete list does not name is gone; half a list says nothing", () => {
  const book = new Book();
  book.hear(list(1, a, b), 0);
  book.hear({ type: "uploads", subject: "uploads", seq: 2, uploads: [b], isLast: false }, 0);
  expect(book.list(all)).toHaveLength(2);
  book.hear(list(2), 0);
  expect(book.list(all).map(({ name }) => name)).toEqual(["b.mov"]);
});

test("[S7] what does not move any more has no speed", () => {
  const book = new Book();
  book.hear(list(1, a), 0);
  book.hear(progress(a, 1, 500), 0);
  book.age(9_999);
  expect(book.list(all)[0]).toMatchObject({ bytesPerSecond: 500, timeLeftMs: 9_000 });
  book.age(10_000);
  expect(book.list(all)[0]).toMatchObject({ bytesPerSecond: null, timeLeftMs: null });
});

test("[S7] what has not changed is the same object", () => {
  const book = new Book();
  book.hear(list(1, a, b), 0);
  const [, before] = book.list(all);
  book.hear(list(2, a, b), 50);
  book.hear(progress(b, 1, 1), 60);
  book.age(100);
  expect(book.list(all)[1]).toBe(before);
});
