import { hash } from "node:crypto";
import {
  chunkLength,
  countChunks,
  equalDigests,
  type File,
  finalStates,
  formatTreeDigest,
  HawserError,
  limits,
  rangesOf,
  runLength,
  treeRoot,
  type UploadState,
} from "@hawser/protocol";
import type {
  AdmittedChunk,
  CommitEntry,
  CommitOutcome,
  Facts,
  OneShotRequest,
  RunAdmission,
  RunRequest,
} from "../../src/ports/facts.ts";

/** One upload as the fake keeps it. */
export interface FakeUpload {
  readonly key: number;
  readonly id: string;
  readonly owner: string;
  readonly filename: string;
  state: UploadState;
  sizeBytes: number | null;
  /** By chunk number. */
  readonly receipts: Map<number, Uint8Array>;
  readonly prefixes: Map<number, number>;
  smallBody: Uint8Array | null;
}

export interface FakeFacts extends Facts {
  add(upload: { id: string; sizeBytes: number | null; owner?: string; filename?: string }): FakeUpload;
  upload(id: string): FakeUpload;
  readonly uploads: readonly FakeUpload[];
}

/** The semantics of `ports/facts.ts` in memory, as plainly as they can be said: for tests of the byte room alone. */
export function createFakeFacts(): FakeFacts {
  const uploads: FakeUpload[] = [];
  const oneShots = new Map<string, string>();

  const upload = (id: string): FakeUpload => {
    const found = uploads.find((one) => one.id === id);
    if (found === undefined) throw new HawserError("not_found");
    return found;
  };
  const owned = (owner: string, id: string): FakeUpload => {
    const found = upload(id);
    if (found.owner !== owner) throw new HawserError("not_found");
    return found;
  };
  const byKey = (key: number) => uploads[key - 1] as FakeUpload;
  const add: FakeFacts["add"] = ({ id, sizeBytes, owner = "local", filename = "file" }) => {
    const key = uploads.length + 1;
    const receipts = new Map<number, Uint8Array>();
    const made = { key, id, owner, filename, sizeBytes, receipts, prefixes: new Map<number, number>() };
    const state: FakeUpload = { ...made, state: "active", smallBody: null };
    uploads.push(state);
    return state;
  };
  const complete = (one: FakeUpload): File => {
    one.state = "completed";
    return fileOf(one);
  };
  const newId = () => (uploads.length + 1).toString(16).padStart(32, "0");

  return {
    uploads,
    upload,
    add,
    admitRun: async (request) => admit(owned(request.owner, request.id), request),
    slot: async (key, chunk) => {
      const { receipts, prefixes } = byKey(key);
      const digest = receipts.get(chunk) ?? null;
      return { digest, prefixBytes: digest === null ? (prefixes.get(chunk) ?? 0) : 0 };
    },
    commit: async (entries) => {
      const results = entries.map((entry) => record(byKey(entry.key), entry));
      return results.map((result, i) => ({
        ...result,
        missingCount: countMissing(byKey((entries[i] as CommitEntry).key)),
      }));
    },
    dropPrefix: async (key, chunk) => {
      byKey(key).prefixes.delete(chunk);
    },
    completeIfWhole: async (owner, id) => {
      const one = owned(owner, id);
      return countMissing(one) === 0 ? complete(one) : undefined;
    },
    storeSmallFile: async (request, body) => {
      const one = add({ id: newId(), ...oneShotFacts(request) });
      one.smallBody = Uint8Array.from(body);
      request.digests.forEach((digest, i) => {
        one.receipts.set(i + 1, digest);
      });
      return { created: true, file: complete(one) };
    },
    beginOneShot: async (request) => {
      const known = oneShots.get(request.idempotencyKey ?? "");
      const one = known === undefined ? add({ id: newId(), ...oneShotFacts(request) }) : upload(known);
      if (one.state === "completed") return { kind: "done", outcome: { created: false, file: fileOf(one) } };
      if (request.idempotencyKey !== null) oneShots.set(request.idempotencyKey, one.id);
      return { kind: "receive", id: one.id, key: one.key };
    },
    finishOneShot: async (owner, id) => ({ created: true, file: complete(owned(owner, id)) }),
    abandonOneShot: async (owner, id) => {
      owned(owner, id).state = "cancelled";
    },
    locateFile: async (owner, id) => {
      const one = owned(owner, id);
      if (one.state !== "completed") throw new HawserError("not_found");
      return { file: fileOf(one), key: one.key, smallBody: one.smallBody };
    },
  };
}

const oneShotFacts = ({ owner, sizeBytes, fields }: OneShotRequest) => ({
  owner,
  sizeBytes,
  filename: fields.filename ?? "file",
});

function hasEnded({ state }: FakeUpload): boolean {
  return finalStates.includes(state) && state !== "completed";
}

function countMissing({ sizeBytes, receipts }: FakeUpload): number | null {
  return sizeBytes === null ? null : countChunks(sizeBytes) - receipts.size;
}

/** In protocol.md's order of checks. */
function admit(upload: FakeUpload, request: RunRequest): RunAdmission {
  const { first, last, digests, offsetBytes, partial, contentLength } = request;
  const { state } = upload;
  if (hasEnded(upload)) throw new HawserError("gone", { state });
  const sizeBytes = upload.sizeBytes ?? request.sizeBytes;
  if (first < 1 || last < first || last - first >= limits.maxRunChunks) throw new HawserError("invalid_chunk");
  if (sizeBytes !== null && last > countChunks(sizeBytes)) throw new HawserError("invalid_chunk");
  if (digests === null || digests.length !== last - first + 1) throw new HawserError("digest_required");
  const expectedBytes = runLength(first, last, sizeBytes) - offsetBytes;
  if (!partial && contentLength < expectedBytes) throw new HawserError("body_too_short");
  if (request.sizeBytes !== null && request.sizeBytes !== sizeBytes) throw new HawserError("size_conflict");
  const chunks = digests.map((digest, i): AdmittedChunk => {
    const chunk = first + i;
    const held = upload.receipts.has(chunk);
    const prefixBytes = held ? 0 : (upload.prefixes.get(chunk) ?? 0);
    return { chunk, sizeBytes: chunkLength(chunk, sizeBytes), digest: partial ? null : digest, held, prefixBytes };
  });
  const conflicts = chunks.filter(({ chunk, digest }) => {
    const acknowledged = upload.receipts.get(chunk);
    return acknowledged !== undefined && digest !== null && !equalDigests(acknowledged, digest);
  });
  if (conflicts.length > 0) {
    throw new HawserError("chunk_conflict", { conflicts: rangesOf(conflicts.map(({ chunk }) => chunk)) });
  }
  const isHeld = chunks.every(({ held }) => held);
  if (!isHeld) {
    if (state !== "active") throw new HawserError("state_conflict", { state });
    if (contentLength > expectedBytes) throw new HawserError("body_too_long");
    const { held, prefixBytes } = chunks[0] as AdmittedChunk;
    if (!held && offsetBytes > prefixBytes) throw new HawserError("offset_conflict", { prefix: prefixBytes });
  }
  upload.sizeBytes = sizeBytes;
  const decision = isHeld ? "held" : "receive";
  return { key: upload.key, id: upload.id, bundleId: null, missingCount: countMissing(upload), decision, chunks };
}

function record(upload: FakeUpload, entry: CommitEntry): Omit<CommitOutcome, "missingCount"> {
  const { chunk, sizeBytes } = entry;
  if (hasEnded(upload)) return { result: "refused", code: "gone" };
  const acknowledged = upload.receipts.get(chunk);
  if (acknowledged !== undefined) {
    const isSame = entry.kind === "prefix" || equalDigests(acknowledged, entry.digest);
    return isSame ? { result: "held" } : { result: "refused", code: "chunk_conflict" };
  }
  if (upload.state !== "active") return { result: "refused", code: "state_conflict" };
  if (entry.kind === "prefix") {
    if (sizeBytes <= (upload.prefixes.get(chunk) ?? 0)) return { result: "held" };
    upload.prefixes.set(chunk, sizeBytes);
  } else {
    upload.receipts.set(chunk, Uint8Array.from(entry.digest));
    upload.prefixes.delete(chunk);
  }
  return { result: "recorded" };
}

function fileOf({ id, filename, sizeBytes, receipts }: FakeUpload): File {
  const leaves = [...receipts].sort(([a], [b]) => a - b).map(([, digest]) => digest);
  return {
    id,
    filename,
    contentType: "application/octet-stream",
    size: sizeBytes ?? 0,
    digest: formatTreeDigest(treeRoot(leaves, (bytes) => hash("sha256", bytes, "buffer"))),
    metadata: {},
    completedAt: "2026-01-01T00:00:00.000Z",
    url: `/files/${id}`,
  };
}
