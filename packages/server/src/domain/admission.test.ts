import { chunkLength, type ErrorCode, HawserError } from "@hawser/protocol";
import { describe, expect, test } from "vitest";
import { digestOf, mebibyte, sha256 } from "../../test/support/domain-stage.ts";
import type { RunRequest } from "../ports/facts.ts";
import type { UploadRecord } from "../ports/ledger.ts";
import { decideRun, type RunFacts } from "./admission.ts";
import { newUpload } from "./creation.ts";

const rules = { maxSizeBytes: 100 * mebibyte, runAlign: 1 };
const size = 3 * mebibyte + 100;

function record(patch: Partial<UploadRecord> = {}): UploadRecord {
  const described = {
    filename: "film.mp4",
    contentType: "video/mp4",
    sizeBytes: size,
    lastModified: null,
    metadata: {},
    evidence: {},
    priority: "normal",
    bundle: null,
    sealed: false,
  } as const;
  return { ...newUpload(described, "a".repeat(32), "local", 0), key: 7, ...patch };
}

function facts(patch: Partial<RunFacts> = {}): RunFacts {
  return { record: record(), receipts: [], prefixes: [], damages: [], extent: null, ...patch };
}

function request(first: number, last: number, patch: Partial<RunRequest> = {}): RunRequest {
  return {
    owner: "local",
    id: "a".repeat(32),
    first,
    last,
    digests: Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => digestOf(first + i)),
    offsetBytes: 0,
    partial: false,
    contentLength: Math.min(last * mebibyte, size) - (first - 1) * mebibyte,
    sizeBytes: null,
    ...patch,
  };
}

const receipt = (chunk: number, variant = 0) => ({
  chunk,
  sizeBytes: chunkLength(chunk, size),
  digest: digestOf(chunk, variant),
});

function refusal(run: RunRequest, known: RunFacts, with_ = rules): HawserError {
  try {
    decideRun(run, known, with_);
  } catch (error) {
    if (error instanceof HawserError) return error;
    throw error;
  }
  throw new Error("It was admitted.");
}

describe("what stands against a run", () => {
  const cases: [string, ErrorCode, RunRequest, RunFacts, typeof rules?][] = [
    ["a cancelled upload", "gone", request(1, 1), facts({ record: record({ state: "cancelled" }) })],
    ["an expired upload", "gone", request(1, 1), facts({ record: record({ state: "expired" }) })],
    ["a failed upload", "gone", request(1, 1), facts({ record: record({ state: "failed" }) })],
    ["a deleted file", "gone", request(1, 1), facts({ record: record({ state: "completed", deletedAt: 5 }) })],
    ["chunk 0", "invalid_chunk", request(0, 0), facts()],
    ["a reversed run", "invalid_chunk", request(2, 1), facts()],
    ["a run across the end", "invalid_chunk", request(4, 5), facts()],
    ["no whole number", "invalid_chunk", request(1.5, 2), facts()],
    ["65 chunks", "invalid_chunk", request(1, 65), facts({ record: record({ sizeBytes: 90 * mebibyte }) })],
    ["a chunk of an empty file", "invalid_chunk", request(1, 1), facts({ record: record({ sizeBytes: 0 }) })],
    ["a chunk beyond any size", "invalid_chunk", request(101, 101), facts({ record: record({ sizeBytes: null }) })],
    ["a run off the store's groups", "invalid_chunk", request(2, 4), facts(), { ...rules, runAlign: 2 }],
    ["a run that ends inside a group", "invalid_chunk", request(1, 1), facts(), { ...rules, runAlign: 2 }],
    ["a prefix of two chunks", "invalid_chunk", request(1, 2, { partial: true }), facts()],
    ["no digests", "digest_required", request(1, 2, { digests: null }), facts()],
    ["too few digests", "digest_required", request(1, 2, { digests: [digestOf(1)] }), facts()],
    ["a body that is short", "body_too_short", request(1, 1, { contentLength: mebibyte - 1 }), facts()],
    ["an empty prefix", "body_too_short", request(1, 1, { partial: true, contentLength: 0 }), facts()],
    ["an offset outside the chunk", "invalid_chunk", request(4, 4, { offsetBytes: 101 }), facts()],
    ["a size that is none", "invalid_request", request(1, 1, { sizeBytes: -1 }), facts()],
    ["another size", "size_conflict", request(1, 1, { sizeBytes: size + 1 }), facts()],
    ["an assembling upload", "state_conflict", request(1, 1), facts({ record: record({ state: "assembling" }) })],
    ["a completed upload", "state_conflict", request(1, 1), facts({ record: record({ state: "completed" }) })],
    ["a body that is long", "body_too_long", request(1, 1, { contentLength: mebibyte + 1 }), facts()],
    ["a long prefix", "body_too_long", request(4, 4, { partial: true, contentLength: 101 }), facts()],
    [
      "an offset beyond the prefix",
      "offset_conflict",
      request(1, 1, { offsetBytes: 9, contentLength: mebibyte - 9 }),
      facts({ prefixes: [{ chunk: 1, sizeBytes: 8 }] }),
    ],
  ];
  test.each(cases)("[S4] [S15] %s is refused with %s", (_, code, run, known, with_ = rules) => {
    expect(refusal(run, known, with_).code).toBe(code);
  });

  test("[R5] one other digest refuses the whole run and names the conflicts, before the body's length is looked at", () => {
    const known = facts({ receipts: [receipt(1, 1), receipt(2), receipt(3, 1)] });
    const error = refusal(request(1, 4, { contentLength: 99 * mebibyte }), known);
    expect(error.code).toBe("chunk_conflict");
    expect(error.details.conflicts).toEqual([
      [1, 1],
      [3, 3],
    ]);
  });

  test("[S15] the checks come in the protocol's order", () => {
    const ended = record({ state: "expired" });
    const bad = request(0, 0, { digests: null, sizeBytes: 1, contentLength: 0 });
    expect(refusal(bad, facts({ record: ended })).code).toBe("gone");
    expect(refusal(bad, facts()).code).toBe("invalid_chunk");
    const sized = request(1, 1, { sizeBytes: 1, offsetBytes: 5, contentLength: 2 * mebibyte });
    const conflicting = { receipts: [receipt(1, 1)], record: record({ state: "completed" }) };
    expect(refusal(sized, facts(conflicting)).code).toBe("size_conflict");
    expect(refusal({ ...sized, sizeBytes: null }, facts(conflicting)).code).toBe("chunk_conflict");
    expect(refusal({ ...sized, sizeBytes: null }, facts({ record: record({ state: "completed" }) })).code).toBe(
      "state_conflict",
    );
    expect(refusal({ ...sized, sizeBytes: null }, facts()).code).toBe("body_too_long");
    expect(refusal({ ...sized, sizeBytes: null, contentLength: mebibyte - 5 }, facts()).code).toBe("offset_conflict");
  });
});

describe("what is admitted", () => {
  test("[S6] a run with one chunk here, one begun and one absent says so of each", () => {
    const known = facts({
      record: record({ receivedChunks: 1 }),
      receipts: [receipt(2)],
      prefixes: [{ chunk: 3, sizeBytes: 50 }],
    });
    const { admission, fixedSizeBytes } = decideRun(request(2, 4), known, rules);
    expect(fixedSizeBytes).toBeNull();
    expect(admission).toEqual({
      key: 7,
      id: "a".repeat(32),
      bundleId: null,
      missingCount: 3,
      decision: "receive",
      chunks: [
        { chunk: 2, sizeBytes: mebibyte, digest: digestOf(2), held: true, prefixBytes: 0 },
        { chunk: 3, sizeBytes: mebibyte, digest: digestOf(3), held: false, prefixBytes: 50 },
        { chunk: 4, sizeBytes: 100, digest: digestOf(4), held: false, prefixBytes: 0 },
      ],
    });
  });

  test.each(["active", "assembling", "completed"] as const)(
    "[R5] a replay of held chunks is held while %s",
    (state) => {
      const known = facts({ record: record({ state }), receipts: [receipt(1), receipt(2)] });
      expect(decideRun(request(1, 2), known, rules).admission.decision).toBe("held");
    },
  );

  test("[R7] a damaged chunk of a completed file takes its bound digest, and no other", () => {
    const completed = record({ state: "completed", bytesIn: "blobs" });
    const damaged = facts({ record: completed, damages: [{ chunk: 2, digest: digestOf(2) }], receipts: [receipt(1)] });
    expect(decideRun(request(1, 2), damaged, rules).admission.decision).toBe("receive");
    expect(refusal(request(2, 2, { digests: [sha256(Buffer.from("x"))] }), damaged).code).toBe("chunk_conflict");
    expect(refusal(request(2, 3), damaged).code).toBe("state_conflict");
    const small = facts({ ...damaged, record: record({ state: "completed", bytesIn: "ledger" }) });
    expect(refusal(request(2, 2), small).code).toBe("state_conflict");
  });

  test("[S6] a run continues a prefix at or before its end, with an empty body too", () => {
    const known = facts({ prefixes: [{ chunk: 4, sizeBytes: 100 }] });
    expect(decideRun(request(4, 4, { offsetBytes: 100, contentLength: 0 }), known, rules).admission.decision).toBe(
      "receive",
    );
  });

  test("[S6] a prefix on purpose has no chunk digest, and is held where the chunk is", () => {
    const run = request(1, 1, { partial: true, contentLength: 10 });
    expect(decideRun(run, facts(), rules).admission.chunks[0]).toMatchObject({ digest: null, held: false });
    expect(decideRun(run, facts({ receipts: [receipt(1)] }), rules).admission.decision).toBe("held");
  });

  test("[S6] while the size is unknown a chunk is full, unless the request makes it the last", () => {
    const unknown = record({ sizeBytes: null });
    const short = request(2, 2, { contentLength: 10 });
    expect(refusal(short, facts({ record: unknown })).code).toBe("body_too_short");
    const extent = { highestChunk: 1, lastReceiptBytes: null, lastPrefixBytes: null };
    const fixing = { ...short, sizeBytes: mebibyte + 10 };
    const { admission, fixedSizeBytes } = decideRun(fixing, facts({ record: unknown, extent }), rules);
    expect(fixedSizeBytes).toBe(mebibyte + 10);
    expect(admission).toMatchObject({ decision: "receive", missingCount: 2, chunks: [{ chunk: 2, sizeBytes: 10 }] });
  });

  test("[S6] aligned runs hold whole groups, but at the end of the file", () => {
    const aligned = { ...rules, runAlign: 3 };
    expect(decideRun(request(1, 3), facts(), aligned).admission.decision).toBe("receive");
    expect(decideRun(request(4, 4), facts(), aligned).admission.decision).toBe("receive");
    expect(decideRun(request(2, 2, { partial: true }), facts(), aligned).admission.decision).toBe("receive");
  });
});
