import { HawserError, type UploadState } from "@hawser/client";
import { expect, test } from "vitest";
import { Teller } from "./teller.ts";

const figures = {
  id: "e",
  name: "a",
  sizeBytes: 100,
  confirmedBytes: 0,
  resumedBytes: 0,
  isFromEarlier: false,
  carrier: "here" as const,
  uploadId: null,
};
const uploading = {
  ...figures,
  status: "uploading",
  inFlightBytes: 0,
  bytesPerSecond: null,
  timeLeftMs: null,
  lanes: 1,
  confirmedChunks: [],
  travellingChunks: [],
  resendingChunks: 0,
} as const satisfies UploadState;

test("[R4] [S16] an upload that goes on is told once, with what the server had; progress counts it", () => {
  const teller = new Teller(() => 0);
  const resumed = {
    ...uploading,
    uploadId: "u",
    resumedBytes: 40,
    isFromEarlier: false,
    carrier: "here" as const,
    confirmedBytes: 60,
  };
  expect(teller.tell({ ...figures, uploadId: "u", status: "queued", ahead: 0 })).toEqual([]);
  expect(teller.tell(resumed)).toEqual([
    { event: "upload", id: "u", resumed: true, receivedBytes: 40 },
    { event: "progress", receivedBytes: 60, sizeBytes: 100 },
  ]);
  expect(teller.tell(resumed)).toEqual([]);
});

test("[R8] an upload that is gone on the server is told, whichever states were passed over", () => {
  const teller = new Teller(() => 0);
  teller.tell({ ...uploading, uploadId: "old", confirmedBytes: 50 });
  expect(teller.tell({ ...uploading, uploadId: "new", confirmedBytes: 10 })).toMatchObject([
    { event: "anew", code: "upload_gone" },
    { event: "upload", id: "new", resumed: false },
    { event: "progress", receivedBytes: 10 },
  ]);
});

test("[S15] each wait is told once, in words that say what is the matter", () => {
  const teller = new Teller(() => 1_000);
  const cause = new HawserError("connection_lost", {}, { cause: { code: "ECONNREFUSED" } });
  const waiting = { ...figures, status: "waiting", attempt: 1, maxAttempts: 9, cause, retryAt: 3_000 } as const;
  const message = "Nothing answers there.";
  expect(teller.tell(waiting)).toEqual([{ event: "waiting", delayMs: 2_000, code: "connection_lost", message }]);
  expect(teller.tell({ ...waiting })).toEqual([]);
  expect(teller.tell({ ...waiting, retryAt: 500 })).toMatchObject([{ event: "waiting", delayMs: 0 }]);
});
