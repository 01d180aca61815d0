import type { TSchema } from "typebox";
import { Value } from "typebox/value";
import { describe, expect, test } from "vitest";
import { limits } from "./limits.ts";
import { FinalizeRequest, InitializeRequest, RunResponse, Upload } from "./messages.ts";
import { finalStates, transitions, uploadStates } from "./states.ts";

const takes = (schema: TSchema, value: unknown) => Value.Check(schema, value);
const hex = "0".repeat(64);

describe("initialize", () => {
  const least = { filename: "a.bin", size: 0 };
  const most = {
    filename: "a.bin",
    size: limits.maxSizeBytes,
    contentType: "video/mp4",
    lastModified: "2026-01-02T03:04:05Z",
    evidence: { sampledHash: hex, sha256: hex },
    metadata: { camera: "front", take: 3, final: true, note: null },
    priority: "high",
    bundle: { id: "post-1_a", position: 0 },
    sealed: false,
  };

  test("[S1] takes the least and the most that there is, and an unknown size", () => {
    for (const request of [least, most, { ...least, size: null }]) expect(takes(InitializeRequest, request)).toBe(true);
  });

  test.each([
    ["an unknown field", { ...least, fileName: "b" }],
    ["an unknown field in evidence", { ...least, evidence: { md5: hex } }],
    ["an unknown field in the bundle", { ...least, bundle: { id: "a", position: 0, name: "b" } }],
    ["no filename", { size: 0 }],
    ["no size", { filename: "a" }],
    ["an empty filename", { ...least, filename: "" }],
    ["a filename that is no text", { ...least, filename: 7 }],
    ["a negative size", { ...least, size: -1 }],
    ["a fractional size", { ...least, size: 0.5 }],
    ["a size of 2^53", { ...least, size: 2 ** 53 }],
    ["a size as text", { ...least, size: "10" }],
    ["a size that is no number", { ...least, size: Number.NaN }],
    ["an infinite size", { ...least, size: Number.POSITIVE_INFINITY }],
    ["nested metadata", { ...least, metadata: { a: { b: 1 } } }],
    ["a list in metadata", { ...least, metadata: { a: [1] } }],
    ["an empty metadata key", { ...least, metadata: { "": 1 } }],
    ["a metadata key of 129 characters", { ...least, metadata: { ["k".repeat(129)]: 1 } }],
    ["a short hash", { ...least, evidence: { sha256: "00" } }],
    ["a hash in upper case", { ...least, evidence: { sha256: "A".repeat(64) } }],
    ["another priority", { ...least, priority: "urgent" }],
    ["a path in the bundle's id", { ...least, bundle: { id: "../a", position: 0 } }],
    ["a negative position", { ...least, bundle: { id: "a", position: -1 } }],
    ["a list", [least]],
    ["nothing", null],
  ])("[S1] refuses %s", (_, request) => {
    expect(takes(InitializeRequest, request)).toBe(false);
  });
});

test("[S1] finalize takes what identifies a file, and nothing else", () => {
  const good = [{}, { size: 5 }, { digest: `tree:${hex}`, sha256: hex }];
  const bad = [{ digest: hex }, { sha256: `tree:${hex}` }, { size: null }, { size: -1 }, { force: true }, "{}"];
  for (const request of good) expect(takes(FinalizeRequest, request)).toBe(true);
  for (const request of bad) expect(takes(FinalizeRequest, request)).toBe(false);
});

test("[S1] answers may grow new fields without breaking an older client", () => {
  const answer = { receipts: [[1, 4]], skipped: [], missingCount: 3, newInVersion2: true };
  expect(takes(RunResponse, answer)).toBe(true);
  expect(takes(RunResponse, { ...answer, receipts: [[0, 4]] })).toBe(false);
});

test("[S8] every state is known to the messages, and final ones are never left", () => {
  for (const state of uploadStates) {
    expect(takes(Upload.properties.state, state)).toBe(true);
    expect(transitions[state].length === 0).toBe(finalStates.includes(state));
    for (const next of transitions[state]) expect(uploadStates).toContain(next);
  }
  expect(takes(Upload.properties.state, "paused")).toBe(false);
});

test("[S8] every state is reached from active", () => {
  const reached = new Set(["active"]);
  for (const state of reached) for (const next of transitions[state as keyof typeof transitions]) reached.add(next);
  expect([...reached].sort()).toEqual([...uploadStates].sort());
});
