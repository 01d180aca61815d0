import { stripVTControlCharacters } from "node:util";
import { liveUpload } from "@hawser/client/testing";
import type { LiveEvent, LiveMessage, NumberedEvent, Upload } from "@hawser/protocol";
import { expect, test } from "vitest";
import type { Terminal } from "../output.ts";
import { textWidth } from "../text.ts";
import { type News, Roster } from "./roster.ts";
import { sentenceOfEnd, sentenceOfFile, sentenceOfNews } from "./sentences.ts";
import { WatchRows } from "./watch-rows.ts";

const a = liveUpload("a", { size: 612_000_000, receivedBytes: 61_200_000 });
const b = liveUpload("b", { createdAt: "2026-01-02T00:00:00.000Z" });
const { id, lastActivityAt: at } = a;

function list(seq: number, ...uploads: Upload[]): LiveMessage {
  return { type: "uploads", subject: "uploads", seq, uploads, isLast: true };
}

function events(seq: number, ...events: LiveEvent[]): LiveMessage {
  return { type: "events", subject: "uploads", seq, events };
}

function change(type: NumberedEvent["type"], seq: number, upload: Upload): LiveMessage {
  return events(seq, { type, id: upload.id, seq, at: upload.lastActivityAt, upload });
}

function progress(receivedBytes: number, bytesPerSecond: number | null): LiveEvent {
  const { size } = a;
  return { type: "progress", id, at, size, receivedBytes, missingCount: 1, bytesPerSecond, timeLeftMs: null };
}

function words(news: News): string {
  if (news.kind === "ended") return sentenceOfEnd(news.upload);
  return news.kind === "file" ? sentenceOfFile(news) : sentenceOfNews(news);
}

/** What is said of these messages, one after the other. */
function said(...messages: LiveMessage[]): string[] {
  const roster = new Roster();
  return messages.flatMap((message) => roster.hear(message, 0)).map(words);
}

test("[S7] a whole upload is told from its beginning to its end, once each", () => {
  const checking = { ...a, state: "assembling" as const, receivedBytes: 612_000_000 };
  const completed = { ...checking, state: "completed" as const, completedAt: "2026-01-01T00:01:04.000Z" };
  expect(
    said(
      list(1, a),
      events(1, progress(306_000_000, 9_600_000)),
      events(1, { type: "chunk_uploaded", id, at, ranges: [[1, 9]] }),
      events(1, { type: "failed", id, at, code: "digest_mismatch", ranges: [[4, 5]] }),
      events(1, { type: "resumed", id, at, receivedBytes: 310_000_000, missingCount: 1 }),
      change("assembly_started", 2, checking),
      list(2, checking),
      change("completed", 3, completed),
      change("completed", 3, completed),
      list(2, checking),
    ),
  ).toEqual([
    "a.mov: 10%, 61 MB of 612 MB, on its way.",
    "a.mov: 50%, 306 MB of 612 MB, 9.6 MB/s, 32 s left.",
    "a.mov: 2 chunks arrived damaged and are sent again.",
    "a.mov: goes on from 50%, 310 MB of 612 MB.",
    "a.mov: all bytes are there, the whole file is being checked.",
    "Safe: a.mov, 612 MB, after 64 s",
  ]);
});

test("[S7] what ends otherwise says how, where it was, and why", () => {
  const failure = { code: "file_mismatch", detail: "It is not what was announced." };
  expect(
    said(
      change("cancelled", 1, { ...a, state: "cancelled" }),
      change("expired", 2, { ...b, state: "expired" }),
      change("failed", 3, { ...liveUpload("c"), state: "failed", failure }),
      change("completed", 4, { ...liveUpload("d"), state: "completed", deletedAt: at }),
    ),
  ).toEqual([
    "Cancelled: a.mov, at 10%",
    "Expired: b.mov, at 0%",
    "Failed: c.mov, at 0%. It is not what was announced.",
    "Deleted: d.mov",
  ]);
});

test("[S7] a refused content is told as what it is: the upload goes on", () => {
  const failure = { code: "file_mismatch", detail: "It has another SHA-256." };
  const roster = new Roster();
  roster.hear(list(1, { ...a, state: "assembling" }), 0);
  const news = roster.hear(change("failed", 2, { ...a, failure }), 0);
  expect(news.map(words)).toEqual(["a.mov: Its content was refused. It has another SHA-256."]);
  expect(roster.watched).toHaveLength(1);
});

test("[S7] what happens to a file later is told too", () => {
  const file = { ...a, state: "completed" as const };
  expect(said(change("damaged", 1, file), change("repaired", 2, file), change("file_deleted", 3, file))).toEqual([
    "Damaged: a.mov. Stored bytes are not what was sent; send the file again to mend it.",
    "Mended: a.mov. All stored bytes are what was sent.",
    "Deleted: a.mov",
  ]);
});

test("[S7] what a complete list does not name is on its way no more", () => {
  const roster = new Roster();
  roster.hear(list(1, a, b), 0);
  roster.hear({ type: "uploads", subject: "uploads", seq: 2, uploads: [b], isLast: false }, 0);
  expect(roster.watched.map(({ upload }) => upload.filename)).toEqual(["a.mov", "b.mov"]);
  roster.hear(list(2), 0);
  expect(roster.watched.map(({ upload }) => upload.filename)).toEqual(["b.mov"]);
});

test("[S7] a name from another device cannot write on this terminal", () => {
  const [line] = said(list(1, { ...a, filename: "\u001b[2Jevil\r\nSafe: all.mov" }));
  expect(line).not.toMatch(/[\u0000-\u001f]/);
});

function rowsOf(roster: Roster, now: number, columns: number, rows = 24): string[] {
  const terminal: Terminal = { columns, rows, style: { colour: true, unicode: true }, write: () => undefined };
  return new WatchRows(terminal, roster, () => now).lines(columns).map((line) => stripVTControlCharacters(line));
}

test("[S7] rows show what moves and say what does not, and fit every terminal", () => {
  const roster = new Roster();
  expect(rowsOf(roster, 0, 80)).toEqual(["Nothing is on its way. Watching."]);
  roster.hear(list(1, a, b), 0);
  roster.hear(events(1, progress(306_000_000, 9_600_000)), 15_000);
  const [first, second] = rowsOf(roster, 16_000, 100);
  expect(first).toMatch(/^a\.mov\s+50% ━+┈+ {2}306 MB of 612 MB · 9\.6 MB\/s · 32 s left$/);
  expect(second).toMatch(/^b\.mov\s+0% ┈+ {2}Nothing arrives, for 16 s now\.$/);
  for (let columns = 21; columns < 120; columns++) {
    for (const line of rowsOf(roster, 16_000, columns)) expect(textWidth(line)).toBeLessThan(columns);
  }
});

test("[S7] of many uploads those that moved last are shown, and how many more there are", () => {
  const roster = new Roster();
  const many = Array.from({ length: 30 }, (_, index) => liveUpload(`${index}`));
  roster.hear(list(1, a, ...many), 0);
  roster.hear(events(1, progress(306_000_000, 1)), 5_000);
  const lines = rowsOf(roster, 5_000, 80, 24);
  expect(lines).toHaveLength(9);
  expect(lines.some((line) => line.startsWith("a.mov"))).toBe(true);
  expect(lines.at(-1)).toBe("and 23 more");
  expect(rowsOf(roster, 5_000, 80, 6)).toHaveLength(3);
});
