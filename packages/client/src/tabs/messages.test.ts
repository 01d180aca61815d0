import { HawserError } from "@hawser/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { UploadState } from "../upload-state.ts";
import { type Body, heardState, parseMessage, tellState, toPost } from "./messages.ts";

const figures = {
  id: "1",
  uploadId: null,
  name: "one.bin",
  sizeBytes: 5,
  confirmedBytes: 0,
  resumedBytes: 0,
  isFromEarlier: false,
  carrier: "here",
} as const;

const states: UploadState[] = [
  { ...figures, status: "queued", ahead: 2 },
  { ...figures, status: "preparing", work: "hashing", doneBytes: 3 },
  { ...figures, status: "creating" },
  {
    ...figures,
    status: "uploading",
    inFlightBytes: 1,
    bytesPerSecond: null,
    timeLeftMs: 3,
    lanes: 1,
    confirmedChunks: [[1, 2]],
    travellingChunks: [],
    resendingChunks: 0,
  },
  { ...figures, status: "waiting", retryAt: 1, attempt: 1, maxAttempts: 5, cause: new HawserError("connection_lost") },
  { ...figures, status: "paused", reasons: ["user"], cause: null },
  { ...figures, status: "paused", reasons: ["parked"], cause: new HawserError("storage_full", { detail: "Full." }) },
  { ...figures, status: "needs-source", evidence: {}, canReopen: false },
  { ...figures, status: "verifying" },
  { ...figures, status: "failed", error: new HawserError("source_changed") },
  { ...figures, status: "cancelled" },
];

const post = (body: unknown): unknown =>
  structuredClone(toPost({ from: "a", to: null, leads: false, body: body as Body }));

test("[X4] every state comes through to another tab as it was, carried elsewhere", () => {
  for (const state of states) {
    const message = parseMessage(post({ type: "states", uploads: [{ state: tellState(state) }] }));
    const [told] = message?.body?.type === "states" ? message.body.uploads : [];
    expect(told && heardState(told.state)).toEqual({ ...state, carrier: "elsewhere" });
  }
});

test("[X4] what another version of the app says is not understood, but shows that it lives", () => {
  expect(parseMessage(post({ type: "something new" }))).toMatchObject({ from: "a", body: null });
  expect(parseMessage(post({ type: "toString" }))).toMatchObject({ from: "a", body: null });
  expect(parseMessage(post({ type: "share", turn: "1" }))).toMatchObject({ from: "a", body: null });
  const strange = { ...figures, status: "levitating" };
  expect(parseMessage(post({ type: "states", uploads: [{ state: strange }] }))).toMatchObject({ body: null });
});

test("[X4] [R8] whatever comes over the channel, nothing breaks", () => {
  fc.assert(
    fc.property(fc.anything(), fc.anything(), (value, body) => {
      expect(parseMessage(value)).toBeNull();
      expect(parseMessage({ hawser: 1, from: "a", to: null, leads: true, body })?.body ?? null).toBeNull();
    }),
  );
});
