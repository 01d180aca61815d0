import type { Candidate } from "@hawser/protocol";
import { expect, test } from "vitest";
import { compareEvidence, evidenceOf, rankCandidates } from "./evidence.ts";

const mine = { name: "é.mov", sizeBytes: 10, lastModified: "2026-01-01T00:00:00.000Z" };

test("[R1] full hash before sampled hash before time before name; what contradicts is out", () => {
  const full = { ...mine, sha256: "a", sampledHash: "b" };
  expect(compareEvidence(full, { ...mine, sha256: "a", sampledHash: "other" })).toBe("content");
  expect(compareEvidence(full, { ...mine, sha256: "other", sampledHash: "b" })).toBeNull();
  expect(compareEvidence(full, { ...mine, name: "renamed.mov", lastModified: null, sampledHash: "b" })).toBe("content");
  expect(compareEvidence(full, { ...mine, sampledHash: "other" })).toBeNull();
  expect(compareEvidence(full, mine)).toBe("time");
  expect(compareEvidence(full, { ...mine, lastModified: "2025-01-01T00:00:00.000Z" })).toBe("name");
  expect(compareEvidence(full, { ...mine, sizeBytes: 11 })).toBeNull();
  expect(compareEvidence(full, { ...mine, name: "other.mov" })).toBeNull();
});

test("[R1] a name is the same in every normal form, and is never stripped", () => {
  expect(compareEvidence(mine, { ...mine, name: "e\u0301.mov" })).toBe("time");
  const photo = { name: "фото.jpg", sizeBytes: 10, lastModified: null };
  expect(compareEvidence(photo, { ...photo, name: "видео.jpg" })).toBeNull();
});

test("[R1] candidates come best evidence first, newer before older", () => {
  const candidate = (id: string, more: Partial<Candidate>): Candidate => ({
    id,
    filename: mine.name,
    size: 10,
    evidence: {},
    receivedBytes: 0,
    missingChunks: [],
    runAlign: 1,
    createdAt: "2026-01-01T00:00:00.000Z",
    expiresAt: "2026-01-08T00:00:00.000Z",
    ...more,
  });
  const facts = { ...mine, contentType: null };
  const ranked = rankCandidates(evidenceOf(facts, { sampledHash: "b" }), [
    candidate("name", {}),
    candidate("newer", { createdAt: "2026-01-02T00:00:00.000Z" }),
    candidate("time", { lastModified: mine.lastModified }),
    candidate("content", { evidence: { sampledHash: "b" } }),
    candidate("another", { evidence: { sampledHash: "c" } }),
  ]);
  expect(ranked.map(({ candidate: { id }, evidence }) => [id, evidence])).toEqual([
    ["content", "content"],
    ["time", "time"],
    ["newer", "name"],
    ["name", "name"],
  ]);
});
