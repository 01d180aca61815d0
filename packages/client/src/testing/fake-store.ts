import {
  type Candidate,
  chunkLength,
  chunkOffset,
  countChunks,
  equalDigests,
  type File,
  type FinalizeRequest,
  formatTreeDigest,
  HawserError,
  type InitializeRequest,
  type InitializeResponse,
  limits,
  type ManifestResponse,
  missingRanges,
  headers as names,
  parseContentDigest,
  parseDigestList,
  type ResumeResponse,
  type RunResponse,
  rangesOf,
  type Sha256,
  toHex,
  treeRoot,
  type UploadState,
} from "@hawser/protocol";

interface Chunk {
  readonly bytes: Uint8Array;
  readonly digest: Uint8Array;
}

/** One upload of the fake server. */
export interface FakeUpload {
  readonly id: string;
  readonly request: InitializeRequest;
  readonly createdAt: string;
  state: UploadState;
  size: number | null;
  readonly chunks: Map<number, Chunk>;
  readonly prefixes: Map<number, Uint8Array>;
  digest: string | null;
}

type Fields = Readonly<Record<string, string>>;

interface FakeStoreParts {
  readonly now: () => number;
  readonly runAlign: number;
  readonly maxRunChunks: number;
  readonly sha256: Sha256;
}

/** The uploads of the fake server, with the rules of the protocol that a client can meet. */
export class FakeStore {
  readonly uploads = new Map<string, FakeUpload>();
  /** How many times finalize answers that it is still at work, before it is done. */
  slowFinalizes = 0;
  /** Receipts and ranges of one page. */
  pageChunks = 65_536;
  readonly #parts: FakeStoreParts;
  readonly #keys = new Map<string, { readonly fingerprint: string; readonly id: string }>();
  #idCount = 0;

  constructor(parts: FakeStoreParts) {
    this.#parts = parts;
  }

  /** The bytes of a completed file. */
  bytesOf(id: string): Uint8Array | null {
    const upload = this.uploads.get(id);
    if (upload?.state !== "completed") return null;
    const bytes = new Uint8Array(upload.size ?? 0);
    for (const [chunk, { bytes: piece }] of upload.chunks) bytes.set(piece, chunkOffset(chunk));
    return bytes;
  }

  get completed(): FakeUpload[] {
    return [...this.uploads.values()].filter(({ state }) => state === "completed");
  }

  /** Everything is lost: what was there is unknown from now on. */
  wipe(): void {
    this.uploads.clear();
    this.#keys.clear();
  }

  initialize(request: InitializeRequest, key: string | null): InitializeResponse {
    const known = this.#keyed("initialize", key, JSON.stringify(request)) ?? this.#other("one-shot", key);
    const upload = known ?? this.#create(request, "initialize", key, JSON.stringify(request));
    return {
      ...this.view(upload.id, true),
      runAlign: this.#parts.runAlign,
      limits: { maxRunChunks: this.#parts.maxRunChunks, maxLanes: limits.maxLanes, maxSize: limits.maxSizeBytes },
    };
  }

  sendWhole(query: Fields, headers: Fields, body: Uint8Array, contentLength: number): File {
    if (body.length < contentLength) throw new HawserError("run_incomplete");
    const digests = body.length === 0 ? [] : readDigests(headers);
    const { filename = "", sampledHash: _, bundleId, bundlePosition, metadata, ...rest } = query;
    const bundle = bundleId === undefined ? {} : { bundle: { id: bundleId, position: Number(bundlePosition) } };
    const described = metadata === undefined ? {} : { metadata: JSON.parse(metadata) };
    const request = { ...rest, ...bundle, ...described, filename, size: body.length } as InitializeRequest;
    const key = headers[names.idempotencyKey] ?? null;
    const fingerprint = JSON.stringify([query, digests.map(toHex)]);
    const known = this.#keyed("one-shot", key, fingerprint);
    if (known !== undefined) return this.#file(known);
    const other = this.#other("initialize", key);
    if (other?.state === "completed") return this.#file(other);
    if (other !== undefined) throw new HawserError("idempotency_busy");
    if (digests.length !== countChunks(body.length)) throw new HawserError("digest_required");
    const pieces = digests.map((_digest, i) => body.subarray(chunkOffset(i + 1), chunkOffset(i + 2)));
    const rejected = pieces.flatMap((piece, i) =>
      equalDigests(this.#parts.sha256(piece), digests[i] as Uint8Array)
        ? []
        : [{ chunk: i + 1, code: "digest_mismatch" as const }],
    );
    if (rejected.length > 0) throw new HawserError("digest_mismatch", { rejected });
    const upload = this.#create(request, "one-shot", key, fingerprint);
    for (const [i, piece] of pieces.entries()) {
      upload.chunks.set(i + 1, { bytes: piece.slice(), digest: digests[i] as Uint8Array });
    }
    return this.#complete(upload);
  }

  check(query: Fields): Candidate[] {
    return [...this.uploads.values()]
      .filter(({ state, request }) => state === "active" && mayBe(query, request))
      .map((upload) => ({
        id: upload.id,
        filename: upload.request.filename,
        size: upload.size,
        ...(upload.request.lastModified && { lastModified: upload.request.lastModified }),
        evidence: upload.request.evidence ?? {},
        receivedBytes: receivedBytes(upload),
        missingChunks: missing(upload),
        runAlign: this.#parts.runAlign,
        createdAt: upload.createdAt,
        expiresAt: new Date(this.#parts.now() + 7 * 86_400_000).toISOString(),
      }));
  }

  receiveRun(id: string, run: string, headers: Fields, body: Uint8Array, contentLength: number): RunResponse {
    const upload = this.#find(id);
    const [first = 0, last = first] = run.split("-").map(Number);
    if (headers[names.chunkPartial] === "?1")
      return this.#receivePart(upload, first, last, headers, body, contentLength);
    const digests = readDigests(headers);
    const offset = Number(headers[names.chunkOffset] ?? 0);
    const uploadLength = headers[names.uploadLength];
    this.#checkRun(upload, first, last, digests, uploadLength === undefined ? null : Number(uploadLength));
    const expected = runBytes(first, last, upload.size) - offset;
    if (contentLength < expected) throw new HawserError("body_too_short");
    if (contentLength > expected) throw new HawserError("body_too_long");
    const prefix = upload.prefixes.get(first) ?? new Uint8Array(0);
    if (!upload.chunks.has(first) && offset > prefix.length) {
      throw new HawserError("offset_conflict", { prefix: prefix.length });
    }
    const whole = new Uint8Array(offset + body.length);
    whole.set((upload.chunks.get(first)?.bytes ?? prefix).subarray(0, offset));
    whole.set(body, offset);
    return this.#takeRun(upload, first, digests, whole);
  }

  resume(id: string, from: number): ResumeResponse {
    const upload = this.#find(id);
    const total = upload.size === null ? null : countChunks(upload.size);
    const end = Math.min(from + this.pageChunks - 1, total ?? Math.max(0, ...upload.chunks.keys()));
    const received = rangesOf(sorted(upload.chunks).filter((chunk) => chunk >= from && chunk <= end));
    const isCut = end < (total ?? Math.max(0, ...upload.chunks.keys()));
    return {
      state: upload.state,
      size: upload.size,
      totalChunks: total,
      receivedBytes: receivedBytes(upload),
      receivedChunks: received,
      missingChunks: total === null ? null : missingRanges(received, from, end),
      partialChunks: sorted(upload.prefixes)
        .filter((chunk) => chunk >= from && (!isCut || chunk <= end))
        .map((chunk) => [chunk, (upload.prefixes.get(chunk) as Uint8Array).length]),
      expiresAt: null,
      ...(isCut && { next: end + 1 }),
    };
  }

  manifest(id: string, from: number): ManifestResponse {
    const { chunks } = this.#find(id);
    const rest = sorted(chunks).filter((chunk) => chunk >= from);
    const next = rest[this.pageChunks];
    return {
      chunks: rest.slice(0, this.pageChunks).map((chunk) => [chunk, toHex((chunks.get(chunk) as Chunk).digest)]),
      ...(next !== undefined && { next }),
    };
  }

  /** The file, or null while it is at work. */
  finalize(id: string, { size, digest }: FinalizeRequest): File | null {
    const upload = this.#find(id);
    if (upload.state === "active") {
      if (upload.size === null) {
        if (size === undefined) throw new HawserError("size_unknown");
        fixSize(upload, size);
      }
      const holes = missing(upload) ?? [];
      if (holes.length > 0) throw new HawserError("chunks_missing", { missingChunks: holes });
    }
    if (this.slowFinalizes > 0) {
      this.slowFinalizes--;
      return null;
    }
    if (size !== undefined && size !== upload.size) throw new HawserError("file_mismatch");
    if (digest !== undefined && digest !== this.#treeOf(upload)) throw new HawserError("file_mismatch");
    return this.#complete(upload);
  }

  cancel(id: string): void {
    const upload = this.uploads.get(id);
    if (upload === undefined) throw new HawserError("not_found");
    if (upload.state === "completed") throw new HawserError("state_conflict", { state: upload.state });
    upload.state = "cancelled";
  }

  view(id: string, alsoEnded = false): Omit<InitializeResponse, "runAlign" | "limits"> {
    const upload = alsoEnded ? (this.uploads.get(id) as FakeUpload) : this.#find(id);
    const { request, state, size, createdAt } = upload;
    return {
      id,
      state,
      filename: request.filename,
      contentType: request.contentType ?? "application/octet-stream",
      size,
      chunkSize: limits.chunkSizeBytes,
      totalChunks: size === null ? null : countChunks(size),
      receivedBytes: receivedBytes(upload),
      missingCount: null,
      metadata: request.metadata ?? {},
      evidence: request.evidence ?? {},
      priority: request.priority ?? "normal",
      ...(request.bundle && { bundle: request.bundle }),
      sealed: false,
      inspection: "none",
      jobs: [],
      createdAt,
      lastActivityAt: createdAt,
      expiresAt: null,
      ...(state === "completed" && { file: this.#file(upload) }),
    };
  }

  #create(request: InitializeRequest, route: string, key: string | null, fingerprint: string): FakeUpload {
    const upload: FakeUpload = {
      id: `f${(++this.#idCount).toString(16).padStart(31, "0")}`,
      request,
      createdAt: new Date(this.#parts.now()).toISOString(),
      state: "active",
      size: request.size,
      chunks: new Map(),
      prefixes: new Map(),
      digest: null,
    };
    this.uploads.set(upload.id, upload);
    if (key !== null) this.#keys.set(`${route} ${key}`, { fingerprint, id: upload.id });
    return upload;
  }

  #keyed(route: string, key: string | null, fingerprint: string): FakeUpload | undefined {
    const known = key === null ? undefined : this.#keys.get(`${route} ${key}`);
    if (known === undefined) return undefined;
    if (known.fingerprint !== fingerprint) throw new HawserError("idempotency_mismatch");
    return this.uploads.get(known.id);
  }

  /** What a request of the other kind has made with this key, unless it ended without a file. */
  #other(route: string, key: string | null): FakeUpload | undefined {
    const upload = this.uploads.get(this.#keys.get(`${route} ${key}`)?.id ?? "");
    return upload?.state === "active" || upload?.state === "completed" ? upload : undefined;
  }

  #find(id: string): FakeUpload {
    const upload = this.uploads.get(id);
    if (upload === undefined) throw new HawserError("not_found");
    const { state } = upload;
    if (state === "cancelled" || state === "expired" || state === "failed") throw new HawserError("gone", { state });
    return upload;
  }

  #checkRun(upload: FakeUpload, first: number, last: number, digests: Uint8Array[], size: number | null): void {
    if (size !== null && upload.size !== null && size !== upload.size) throw new HawserError("size_conflict");
    const total = countChunks(upload.size ?? size ?? limits.maxSizeBytes);
    const isRun = first >= 1 && last >= first && last <= total && last - first < this.#parts.maxRunChunks;
    const isAligned = (first - 1) % this.#parts.runAlign === 0 && (last % this.#parts.runAlign === 0 || last === total);
    if (!isRun || !isAligned) throw new HawserError("invalid_chunk");
    if (digests.length !== last - first + 1) throw new HawserError("digest_required");
    const conflicts = digests.flatMap((digest, i) => {
      const held = upload.chunks.get(first + i);
      return held !== undefined && !equalDigests(held.digest, digest) ? [first + i] : [];
    });
    if (conflicts.length > 0) throw new HawserError("chunk_conflict", { conflicts: rangesOf(conflicts) });
    const isHeld = digests.every((_, i) => upload.chunks.has(first + i));
    if (!isHeld && upload.state !== "active") throw new HawserError("state_conflict", { state: upload.state });
    if (size !== null && upload.size === null) fixSize(upload, size);
  }

  /** A part of one chunk on purpose: it has to arrive whole, and makes the prefix longer. */
  #receivePart(
    upload: FakeUpload,
    first: number,
    last: number,
    headers: Fields,
    body: Uint8Array,
    contentLength: number,
  ): RunResponse {
    const offset = Number(headers[names.chunkOffset] ?? 0);
    const digest = parseContentDigest(headers[names.contentDigest] ?? "");
    const total = countChunks(upload.size ?? limits.maxSizeBytes);
    if (first !== last || first < 1 || first > total) throw new HawserError("invalid_chunk");
    if (digest === undefined) throw new HawserError("digest_required");
    if (offset + contentLength < 1) throw new HawserError("body_too_short");
    const missingCount = upload.size === null ? null : countChunks(upload.size) - upload.chunks.size;
    if (upload.chunks.has(first)) return { receipts: [], skipped: [[first, first]], missingCount };
    if (upload.state !== "active") throw new HawserError("state_conflict", { state: upload.state });
    if (offset + contentLength > chunkLength(first, upload.size)) throw new HawserError("body_too_long");
    const prefix = upload.prefixes.get(first) ?? new Uint8Array(0);
    if (offset > prefix.length) throw new HawserError("offset_conflict", { prefix: prefix.length });
    if (body.length < contentLength) throw new HawserError("run_incomplete", { missingCount });
    if (!equalDigests(this.#parts.sha256(body), digest)) {
      throw new HawserError("digest_mismatch", { missingCount, rejected: [{ chunk: first, code: "digest_mismatch" }] });
    }
    if (offset + body.length > prefix.length) {
      const longer = new Uint8Array(offset + body.length);
      longer.set(prefix.subarray(0, offset));
      longer.set(body, offset);
      upload.prefixes.set(first, longer);
    }
    const bytes = (upload.prefixes.get(first) as Uint8Array).length;
    return { receipts: [], skipped: [], missingCount, partialChunks: [[first, bytes]] };
  }

  /** Takes what arrived of a run: whole chunks count, and the prefix of the one that was cut. */
  #takeRun(upload: FakeUpload, first: number, digests: Uint8Array[], bytes: Uint8Array): RunResponse {
    const receipts: number[] = [];
    const skipped: number[] = [];
    const rejected: { chunk: number; code: "digest_mismatch" }[] = [];
    let isShort = false;
    for (const [i, digest] of digests.entries()) {
      const chunk = first + i;
      const length = chunkLength(chunk, upload.size);
      const piece = bytes.slice(chunkOffset(i + 1), chunkOffset(i + 1) + length);
      if (upload.chunks.has(chunk)) skipped.push(chunk);
      else if (piece.length < length) {
        isShort = true;
        if (piece.length > (upload.prefixes.get(chunk)?.length ?? 0)) upload.prefixes.set(chunk, piece);
      } else if (equalDigests(this.#parts.sha256(piece), digest)) {
        upload.chunks.set(chunk, { bytes: piece, digest });
        upload.prefixes.delete(chunk);
        receipts.push(chunk);
      } else {
        upload.prefixes.delete(chunk);
        rejected.push({ chunk, code: "digest_mismatch" });
      }
    }
    const missingCount = upload.size === null ? null : countChunks(upload.size) - upload.chunks.size;
    const done = { receipts: rangesOf(receipts), skipped: rangesOf(skipped), missingCount };
    if (rejected.length > 0) throw new HawserError("digest_mismatch", { ...done, rejected });
    if (isShort) throw new HawserError("run_incomplete", done);
    return done;
  }

  #complete(upload: FakeUpload): File {
    upload.state = "completed";
    upload.digest ??= this.#treeOf(upload);
    return this.#file(upload);
  }

  #treeOf({ chunks }: FakeUpload): string {
    const digests = sorted(chunks).map((chunk) => (chunks.get(chunk) as Chunk).digest);
    return formatTreeDigest(treeRoot(digests, this.#parts.sha256));
  }

  #file({ id, request, size, digest, createdAt }: FakeUpload): File {
    return {
      id,
      filename: request.filename,
      contentType: request.contentType ?? "application/octet-stream",
      size: size ?? 0,
      digest: digest ?? "",
      metadata: request.metadata ?? {},
      ...(request.bundle && { bundle: request.bundle }),
      completedAt: createdAt,
      url: `/files/${id}`,
    };
  }
}

function readDigests(headers: Fields): Uint8Array[] {
  const digests = parseDigestList(headers[names.chunkDigests] ?? "");
  if (digests === undefined) throw new HawserError("digest_required");
  return digests;
}

/** @throws HawserError `size_conflict` when something is there that a file of this size does not have */
function fixSize(upload: FakeUpload, size: number): void {
  const isPossible = [...upload.chunks].every(([chunk, { bytes }]) => bytes.length === chunkLength(chunk, size));
  if (!isPossible) throw new HawserError("size_conflict");
  upload.size = size;
}

function missing({ chunks, size }: FakeUpload): [number, number][] | null {
  return size === null ? null : missingRanges(rangesOf(sorted(chunks)), 1, countChunks(size));
}

function receivedBytes({ chunks }: FakeUpload): number {
  return [...chunks.values()].reduce((sum, { bytes }) => sum + bytes.length, 0);
}

function runBytes(first: number, last: number, size: number | null): number {
  let bytes = 0;
  for (let chunk = first; chunk <= last; chunk++) bytes += chunkLength(chunk, size);
  return bytes;
}

function sorted(numbered: ReadonlyMap<number, unknown>): number[] {
  return [...numbered.keys()].sort((a, b) => a - b);
}

function mayBe(query: Fields, { size, filename, evidence = {} }: InitializeRequest): boolean {
  if (query.sha256 !== undefined && evidence.sha256 !== undefined) return query.sha256 === evidence.sha256;
  if (query.sampledHash !== undefined && evidence.sampledHash !== undefined) {
    return query.sampledHash === evidence.sampledHash;
  }
  return query.filename === filename && (query.size === undefined || query.size === `${size}`);
}
