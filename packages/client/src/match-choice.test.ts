import { expect, test } from "vitest";
import { chooseMatch } from "./match-choice.ts";
import type { Match } from "./uploader-api.ts";

const match = (id: string, evidence: Match["evidence"]) => ({ candidate: { id }, evidence }) as Match;
const [content, other, time, name] = [
  match("a", "content"),
  match("b", "content"),
  match("c", "time"),
  match("d", "name"),
];

test("[R1] one match by content goes on by itself, whatever else has its name", () => {
  expect(chooseMatch([content])).toEqual({ kind: "resume", match: content });
  expect(chooseMatch([content, time, name])).toEqual({ kind: "resume", match: content });
});

test("[R1] a single candidate by name and size, or by time too, is offered and not taken", () => {
  expect(chooseMatch([name])).toEqual({ kind: "ask", matches: [name] });
  expect(chooseMatch([time])).toEqual({ kind: "ask", matches: [time] });
  expect(chooseMatch([time, name])).toEqual({ kind: "ask", matches: [time, name] });
});

test("[R1] several of the same content: the person says which, of those alone", () => {
  expect(chooseMatch([content, other, name])).toEqual({ kind: "ask", matches: [content, other] });
});

test("[R1] nothing known: a new upload", () => {
  expect(chooseMatch([])).toEqual({ kind: "new" });
});
