import { type ErrorCode, errorTable } from "@hawser/protocol";
import { expect, test } from "vitest";
import { errorWords } from "./error-words.ts";
import { remoteWords } from "./remote-words.ts";
import { placeInLine, words } from "./words.ts";

function sentencesOf(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(sentencesOf);
}

test("[S15] every error has words: what happened, and what to do", () => {
  for (const code of Object.keys(errorTable) as ErrorCode[]) {
    const { what, cure } = errorWords(code);
    expect([code, what.length > 0, cure.length > 0]).toEqual([code, true, true]);
    expect([code, /[.!]$/.test(what), /[.!]$/.test(cure)]).toEqual([code, false, false]);
  }
});

test("[S16] the page speaks plainly", () => {
  const all = [
    ...sentencesOf(words),
    ...sentencesOf(remoteWords),
    ...(Object.keys(errorTable) as ErrorCode[]).flatMap((code) => sentencesOf(errorWords(code))),
  ];
  expect(all.length).toBeGreaterThan(80);
  for (const sentence of all) expect(sentence).not.toMatch(/!|\boops\b|\bplease\b|\bjust\b|\bsaved\b/i);
});

test("[S16] places in line are spelled as they are spoken", () => {
  const spoken = [0, 2, 9, 10, 11, 12, 20, 21, 100, 110, 1_239].map(placeInLine);
  expect(spoken).toEqual([
    "First in line.",
    "Third in line.",
    "10th in line.",
    "11th in line.",
    "12th in line.",
    "13th in line.",
    "21st in line.",
    "22nd in line.",
    "101st in line.",
    "111th in line.",
    "1,240th in line.",
  ]);
});
