import { expect, test } from "vitest";
import type { UploadRecord } from "../ports/ledger.ts";
import { rankCandidates } from "./evidence.ts";

const hex = (digit: string) => digit.repeat(64);
const upload = (id: string, patch: Partial<UploadRecord>) =>
  ({ id, sizeBytes: 5, lastModified: null, evidence: {}, createdAt: 0, ...patch }) as UploadRecord;
const query = {
  filename: "a",
  size: 5,
  lastModified: "2026-01-01T00:00:00.000Z",
  sampledHash: hex("1"),
  sha256: hex("2"),
};

test("[R1] candidates come best evidence first: full hash, sampled hash, time and size, size, name", () => {
  const uploads = [
    upload("name", { sizeBytes: 6 }),
    upload("size", {}),
    upload("time", { lastModified: query.lastModified }),
    upload("sampled", { evidence: { sampledHash: hex("1") } }),
    upload("full", { evidence: { sha256: hex("2"), sampledHash: hex("9") } }),
  ];
  expect(rankCandidates(query, uploads).map(({ id }) => id)).toEqual(["full", "sampled", "time", "size", "name"]);
});

test("[R1] of equal evidence the newer one comes first", () => {
  const uploads = [upload("old", { createdAt: 1 }), upload("new", { createdAt: 2 })];
  expect(rankCandidates(query, uploads).map(({ id }) => id)).toEqual(["new", "old"]);
});

test("[R9] an upload whose known hash differs is another file", () => {
  const uploads = [
    upload("a", { evidence: { sha256: hex("3"), sampledHash: hex("1") } }),
    upload("b", { evidence: { sampledHash: hex("4") } }),
  ];
  expect(rankCandidates(query, uploads)).toEqual([]);
  expect(rankCandidates({ filename: "a", size: 5 }, uploads)).toHaveLength(2);
});
