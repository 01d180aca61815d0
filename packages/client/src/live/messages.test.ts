import { type LiveMessage, numberedEvents, uploadStates } from "@hawser/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import { liveUpload } from "../testing/fake-live.ts";
import { Book } from "./book.ts";
import type { LiveUpload } from "./live-api.ts";
import { parseMessage } from "./messages.ts";

const upload = liveUpload("a", {
  state: "completed",
  bundle: { id: "trip", position: 2 },
  failure: { code: "file_mismatch", detail: "It is another one." },
  file: {
    id: "a",
    filename: "a.mov",
    contentType: "video/quicktime",
    size: 1,
    digest: `tree:${"0".repeat(64)}`,
    metadata: {},
    completedAt: "2026-01-01T00:00:00.000Z",
    url: "/files/a",
  },
});
const { id, lastActivityAt: at } = upload;
const subject = "uploads";
const counts = { receivedBytes: 1, missingCount: null };
const messages: LiveMessage[] = [
  {
    type: "events",
    subject,
    seq: 7,
    events: [
      ...numberedEvents.map((type) => ({ type, id, seq: 7, at, upload, code: "x", detail: "y" })),
      { type: "resumed", id, at, ...counts },
      { type: "chunk_uploaded", id, at, ranges: [[1, 3]] },
      { type: "failed", id, at, code: "digest_mismatch", ranges: [[2, 2]] },
      { type: "progress", id, at, size: null, ...counts, bytesPerSecond: 0.5, timeLeftMs: null },
    ],
  },
  { type: "uploads", subject: `upload:${id}`, seq: 0, uploads: [upload], isLast: true },
  {
    type: "refused",
    subject: "bundle:trip",
    problem: { type: "about:blank", title: "Not found", status: 404, code: "not_found" },
  },
  { type: "alive", seq: 1 },
];

test("[S7] every message that the protocol has is understood as it is", () => {
  for (const message of messages) expect(parseMessage(JSON.stringify(message))).toEqual(message);
});

test("[S7] kinds of events that only a newer server has are left out, and the rest is told", () => {
  const [events] = messages as [Extract<LiveMessage, { type: "events" }>];
  const newer = { ...events, events: [{ type: "thawed", id, at }, ...events.events] };
  expect(parseMessage(JSON.stringify(newer))).toEqual(events);
});

/** Every place of a value, as the way to it. */
function* places(value: unknown): Generator<(string | number)[]> {
  yield [];
  if (typeof value !== "object" || value === null) return;
  for (const [key, inner] of Object.entries(value)) for (const way of places(inner)) yield [key, ...way];
}

function put(value: unknown, [key, ...way]: (string | number)[], rest: unknown): unknown {
  if (key === undefined) return rest;
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<string | number, unknown>;
  copy[key] = put(copy[key], way, rest);
  return copy;
}

/** What a page may rely on. */
function isFit(shown: LiveUpload): boolean {
  const { id, name, contentType, state, bundle, file, failure } = shown;
  const { sizeBytes, totalChunks, missingChunks, bytesPerSecond, timeLeftMs } = shown;
  const isNumber = (value: unknown) => Number.isFinite(value) && (value as number) >= 0;
  return (
    [id, name, contentType].every((text) => typeof text === "string") &&
    uploadStates.includes(state) &&
    [shown.receivedBytes, shown.createdAt, shown.lastActivityAt].every(isNumber) &&
    [sizeBytes, totalChunks, missingChunks, bytesPerSecond, timeLeftMs].every((it) => it === null || isNumber(it)) &&
    (bundle === null || (typeof bundle.id === "string" && isNumber(bundle.position))) &&
    (file === null || (typeof file.url === "string" && typeof file.filename === "string" && isNumber(file.size))) &&
    (failure === null || (typeof failure.code === "string" && typeof failure.detail === "string"))
  );
}

test("[S7] whatever is broken in a message, nothing gets to a page that it could not rely on", () => {
  const all = messages.flatMap((message) => [...places(message)].map((way) => ({ message, way })));
  const rest = fc.oneof(fc.jsonValue(), fc.constantFrom(-1, 0.5, "", "uploads", null, [], {}));
  let refused = 0;
  fc.assert(
    fc.property(fc.constantFrom(...all), rest, ({ message, way }, value) => {
      const parsed = parseMessage(JSON.stringify(put(message, way, value)));
      if (parsed === null) refused++;
      const book = new Book();
      for (const each of [messages[1] as LiveMessage, ...(parsed === null ? [] : [parsed])]) book.hear(each, 0);
      expect(book.list(() => true).every(isFit)).toBe(true);
    }),
    { numRuns: 2_000 },
  );
  expect(refused).toBeGreaterThan(500);
});

test("[S7] an event about another upload than the one that it brings is none", () => {
  const [events] = messages as [Extract<LiveMessage, { type: "events" }>];
  const other = { ...events, events: [{ ...events.events[0], id: "b".repeat(32) }] };
  expect(parseMessage(JSON.stringify(other))).toBeNull();
});
