import { Value } from "typebox/value";
import { describe, expect, test } from "vitest";
import { errorTable, problemOf, sentenceOf } from "./error-table.ts";
import { type ErrorCode, HawserError, isErrorCode, retryClasses } from "./errors.ts";
import { Problem } from "./messages.ts";

const codes = Object.keys(retryClasses) as ErrorCode[];
const sentence = /^[A-Z].*\.$/s;

test.each(codes)("[S15] %s says what happened and what to do, with a fitting status and retry class", (code) => {
  const { status, title, action } = errorTable[code];
  const retry = retryClasses[code];
  expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/);
  expect(title).toMatch(sentence);
  expect(action).toMatch(sentence);
  expect(title).not.toBe(action);
  // 0 is for what only a client can notice.
  if (status !== 0) expect(status).toBeGreaterThanOrEqual(400);
  expect(status).toBeLessThan(600);
  // A status that says "the server cannot now" is worth trying again, and 410 and 401 leave no choice.
  if (status >= 500 || status === 429) expect(retry).toBe("retry");
  if (status === 410) expect(retry).toBe("restart");
  if (status === 401) expect(retry).toBe("auth");
  if (status === 400 || status === 413 || status === 415) expect(retry).not.toBe("retry");
});

describe("HawserError", () => {
  test.each(codes)("[S15] %s becomes a problem document that its schema takes", (code) => {
    const error = new HawserError(code, { detail: "chunk 7", missingChunks: [[7, 7]], retryAfterSeconds: 2 });
    const problem = problemOf(error);
    expect(Value.Check(Problem, problem)).toBe(true);
    expect(problem).toMatchObject({
      code,
      status: errorTable[code].status,
      title: errorTable[code].title,
      detail: "chunk 7",
    });
    expect(problem.type).toBe(`urn:hawser:error:${code}`);
    expect(problem.action).toBe(errorTable[code].action);
    expect(problem.missingChunks).toEqual([[7, 7]]);
    expect(JSON.parse(JSON.stringify(problem))).toEqual(problem);
  });

  test("[S15] says its title when no detail is given, and leaves out what it does not carry", () => {
    const error = new HawserError("chunk_conflict");
    expect(sentenceOf(error)).toBe(errorTable.chunk_conflict.title);
    expect(sentenceOf(new HawserError("chunk_conflict", { detail: "Chunk 7." }))).toBe("Chunk 7.");
    expect(error.message).toBe("chunk conflict");
    expect(Object.keys(problemOf(error)).sort()).toEqual(["action", "code", "status", "title", "type"]);
  });

  test("[S15] never puts the cause of an unknown failure on the wire", () => {
    const cause = new Error("ENOENT: /secret/path");
    const error = HawserError.from(cause);
    expect(error.code).toBe("internal");
    expect(error.cause).toBe(cause);
    expect(JSON.stringify(problemOf(error))).not.toContain("secret");
    expect(HawserError.from("thrown text").code).toBe("internal");
  });

  test("[S15] passes its own kind through", () => {
    const error = new HawserError("storage_full");
    expect(HawserError.from(error)).toBe(error);
  });
});

test("[S15] only the table's codes are codes", () => {
  expect(codes.every(isErrorCode)).toBe(true);
  for (const other of ["", "constructor", "toString", "__proto__", "Internal"]) expect(isErrorCode(other)).toBe(false);
});
