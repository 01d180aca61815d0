import { hash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import {
  chunkLength,
  countChunks,
  type ErrorDetails,
  equalDigests,
  formatTreeDigest,
  HawserError,
  headers,
  limits,
  missingRanges,
  parseContentDigest,
  parseDigestList,
  problemOf,
  rangesOf,
  toHex,
  treeRoot,
} from "@hawser/protocol";

const sha256 = (bytes: Uint8Array) => hash("sha256", bytes, "buffer");

interface FakeUpload {
  readonly id: string;
  state: string;
  readonly filename: string;
  /** Null until the client has told it. */
  size: number | null;
  readonly chunks: Map<number, Buffer>;
  /** What is there of chunks that are not whole. */
  readonly prefixes: Map<number, Buffer>;
  completedAt?: string;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly lastModified?: string;
  readonly evidence: { sampledHash?: string; sha256?: string };
}

/** What initialize tells of an upload. */
interface Described {
  readonly filename: string;
  readonly size: number | null;
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly lastModified?: string;
  readonly evidence?: { sampledHash?: string; sha256?: string };
}

/** One request as it came, for the tests to look at. */
export interface Seen {
  readonly method: string;
  readonly path: string;
  /** Chunk numbers of a run; none for a part of a chunk, which is no receipt yet. */
  readonly chunks: readonly number[];
}

/**
 * As much of the native protocol as the client needs, in memory, with a place to put trouble. It is written from
 * the protocol's page alone and shares no code with the server.
 */
export class FakeServer {
  readonly uploads = new Map<string, FakeUpload>();
  readonly seen: Seen[] = [];
  runAlign = 1;
  /** Where downloads started. */
  readonly ranges: number[] = [];
  /** Byte of a file at which the next download's line breaks. */
  breaksAt: number | undefined;
  /** Called before a request is answered; may throw a HawserError, destroy the line, or damage the body. */
  trouble: (seen: Seen, request: IncomingMessage, body: Buffer) => void | Promise<void> = () => {};
  /** Whether the answer to a request that was carried out gets lost. */
  loses: (seen: Seen) => boolean = () => false;
  readonly #keys = new Map<string, string>();
  #server: Server | undefined;
  #port = 0;

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Starts, or starts again on the same port; uploads stay, as they would on disk. */
  async start(): Promise<this> {
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch(() => request.socket.destroy());
    });
    this.#server.listen(this.#port, "127.0.0.1");
    await once(this.#server, "listening");
    this.#port = (this.#server.address() as AddressInfo).port;
    return this;
  }

  /** Breaks every line, as a killed process does. */
  async stop(): Promise<void> {
    if (this.#server === undefined) return;
    const closed = once(this.#server, "close");
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
    this.#server = undefined;
  }

  /** Chunks that came in runs, one entry for each time. */
  get chunksSeen(): number[] {
    return this.seen.flatMap(({ chunks }) => chunks);
  }

  bytesOf(id: string): Buffer {
    const upload = this.#find(id);
    return Buffer.concat([...upload.chunks.entries()].sort(([a], [b]) => a - b).map(([, bytes]) => bytes));
  }

  /** An upload that somebody has begun: the first chunks are there. */
  begin(
    filename: string,
    bytes: Buffer,
    chunks: number,
    known: Pick<Described, "lastModified" | "evidence"> = {},
  ): string {
    const upload = this.#create(undefined, { filename, size: bytes.length, ...known });
    for (let chunk = 1; chunk <= chunks; chunk++) {
      upload.chunks.set(chunk, bytes.subarray((chunk - 1) * limits.chunkSizeBytes, chunk * limits.chunkSizeBytes));
    }
    return upload.id;
  }

  /** A completed upload, without any request. */
  add(filename: string, bytes: Buffer): string {
    const upload = this.#create(undefined, { filename, size: bytes.length });
    for (let chunk = 1; chunk <= countChunks(bytes.length); chunk++) {
      const start = (chunk - 1) * limits.chunkSizeBytes;
      upload.chunks.set(chunk, bytes.subarray(start, start + limits.chunkSizeBytes));
    }
    this.#finalize(upload, {});
    return upload.id;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", this.url);
    const run = /^\/uploads\/[0-9a-f]+\/chunks\/(\d+)(?:-(\d+))?$/.exec(url.pathname);
    const first = Number(run?.[1] ?? 0);
    const last = Number(run?.[2] ?? first);
    const chunks = run === null ? [] : Array.from({ length: last - first + 1 }, (_, index) => first + index);
    const isPart = request.headers[headers.chunkPartial] === "?1";
    const seen = { method: request.method ?? "", path: url.pathname, chunks: isPart ? [] : chunks };
    try {
      const pieces: Buffer[] = [];
      for await (const piece of request as AsyncIterable<Buffer>) pieces.push(piece);
      const body = Buffer.concat(pieces);
      this.seen.push(seen);
      await this.trouble(seen, request, body);
      await this.#route(seen, url, request, body, response, chunks);
    } catch (error) {
      const problem = problemOf(HawserError.from(error));
      if (problem.code === "internal") throw error;
      response.setHeader("content-type", "application/problem+json").statusCode = problem.status;
      response.end(JSON.stringify(problem));
    }
  }

  async #route(
    seen: Seen,
    url: URL,
    request: IncomingMessage,
    body: Buffer,
    response: ServerResponse,
    chunks: readonly number[],
  ) {
    const json = (status: number, value: unknown) => {
      if (this.loses(seen)) return request.socket.destroy();
      response.writeHead(status, { "content-type": "application/json" });
      return response.end(JSON.stringify(value));
    };
    const [, room, id = "", action = ""] = url.pathname.split("/");
    const route = `${seen.method} ${room}${action === "" ? "" : `/${action}`}`;
    const from = Number(url.searchParams.get("from") ?? 1);
    if (route === "POST uploads" && id === "initialize") return json(201, this.#initialize(request, body));
    if (route === "POST uploads") return json(201, { file: this.#oneShot(url, request, body) });
    if (route === "GET files" && id === "") return json(200, { files: this.#files() });
    if (route === "GET files") return this.#download(id, request, response);
    if (route === "GET uploads" && id === "check") return json(200, { candidates: this.#check(url.searchParams) });
    const upload = this.#find(id);
    if (route === "GET uploads") return json(200, this.#describe(upload));
    if (route === "GET uploads/resume") return json(200, this.#resume(upload));
    if (route === "GET uploads/manifest") return json(200, { chunks: manifestOf(upload, from) });
    if (route === "PUT uploads/chunks") return json(200, this.#receive(upload, chunks, request, body));
    if (route === "POST uploads/finalize") return json(200, { file: this.#finalize(upload, JSON.parse(`${body}`)) });
    if (route === "POST uploads/verify") return json(200, { checked: receivedOf(upload), damaged: [] });
    if (route === "DELETE uploads") {
      upload.state = "cancelled";
      return response.writeHead(204).end();
    }
    throw new HawserError("not_found");
  }

  #find(id: string): FakeUpload {
    const upload = this.uploads.get(id);
    if (upload === undefined) throw new HawserError("not_found");
    if (upload.state === "cancelled" || upload.state === "expired") {
      throw new HawserError("gone", { state: upload.state });
    }
    return upload;
  }

  #check(query: URLSearchParams) {
    return [...this.uploads.values()]
      .filter(({ state, filename, size }) => {
        return state === "active" && filename === query.get("filename") && `${size}` === query.get("size");
      })
      .map((upload) => ({
        ...this.#describe(upload),
        ...(upload.lastModified === undefined ? {} : { lastModified: upload.lastModified }),
        evidence: upload.evidence,
        missingChunks: null,
        runAlign: 1,
        expiresAt: "2026-12-01T10:00:00.000Z",
      }));
  }

  #create(key: string | undefined, described: Described): FakeUpload {
    const known = this.uploads.get(this.#keys.get(key ?? "") ?? "");
    if (known !== undefined) return known;
    const id = randomBytes(16).toString("hex");
    const { metadata = {}, evidence = {} } = described;
    const upload: FakeUpload = {
      ...described,
      id,
      state: "active",
      chunks: new Map(),
      prefixes: new Map(),
      metadata,
      evidence,
    };
    this.uploads.set(id, upload);
    if (key !== undefined) this.#keys.set(key, id);
    return upload;
  }

  #initialize(request: IncomingMessage, body: Buffer) {
    const upload = this.#create(keyOf(request), JSON.parse(body.toString()) as Described);
    const allowed = { maxRunChunks: limits.maxRunChunks, maxLanes: limits.maxLanes, maxSize: limits.maxSizeBytes };
    return { ...this.#describe(upload), runAlign: this.runAlign, limits: allowed };
  }

  #oneShot(url: URL, request: IncomingMessage, body: Buffer) {
    const filename = url.searchParams.get("filename") ?? "";
    const metadata = JSON.parse(url.searchParams.get("metadata") ?? "{}");
    const upload = this.#create(keyOf(request), { filename, size: body.length, metadata });
    if (upload.state === "active") {
      this.#receive(upload, body.length === 0 ? [] : [1], request, body);
      this.#finalize(upload, {});
    }
    return this.#fileOf(upload);
  }

  #receive(upload: FakeUpload, chunks: readonly number[], request: IncomingMessage, body: Buffer) {
    const first = chunks[0] as number;
    const offset = Number(request.headers[headers.chunkOffset] ?? 0);
    const prefix = upload.prefixes.get(first) ?? Buffer.alloc(0);
    if (offset > prefix.length) throw new HawserError("offset_conflict", { prefix: prefix.length });
    const bytes = Buffer.concat([prefix.subarray(0, offset), body]);
    if (request.headers[headers.chunkPartial] !== "?1") return this.#receiveRun(upload, chunks, request, bytes);
    const digest = parseContentDigest(String(request.headers[headers.contentDigest] ?? ""));
    if (digest === undefined || chunks.length !== 1) throw new HawserError("digest_required");
    if (!equalDigests(sha256(body), digest)) {
      throw new HawserError("digest_mismatch", { rejected: [{ chunk: first, code: "digest_mismatch" }] });
    }
    if (bytes.length > prefix.length) upload.prefixes.set(first, bytes);
    return { receipts: [], skipped: [], missingCount: missingOf(upload), partialChunks: prefixesOf(upload) };
  }

  #receiveRun(upload: FakeUpload, chunks: readonly number[], request: IncomingMessage, body: Buffer) {
    const digests = parseDigestList(String(request.headers[headers.chunkDigests] ?? "")) ?? [];
    const length = request.headers[headers.uploadLength];
    if (length !== undefined) upload.size ??= Number(length);
    if (digests.length !== chunks.length) throw new HawserError("digest_required");
    if (this.runAlign > 1 && ((chunks[0] as number) - 1) % this.runAlign !== 0) throw new HawserError("invalid_chunk");
    const conflicts = chunks.filter((chunk, index) => {
      const held = upload.chunks.get(chunk);
      return held !== undefined && !equalDigests(sha256(held), digests[index] as Uint8Array);
    });
    if (conflicts.length > 0) throw new HawserError("chunk_conflict", { conflicts: rangesOf(conflicts) });
    const rejected: { chunk: number; code: "digest_mismatch" }[] = [];
    let start = 0;
    for (const [index, chunk] of chunks.entries()) {
      const bytes = body.subarray(start, start + chunkLength(chunk, upload.size));
      start += bytes.length;
      upload.prefixes.delete(chunk);
      if (equalDigests(sha256(bytes), digests[index] as Uint8Array)) upload.chunks.set(chunk, Buffer.from(bytes));
      else rejected.push({ chunk, code: "digest_mismatch" });
    }
    if (start !== body.length) throw new HawserError("body_too_long");
    const receipts = rangesOf(chunks.filter((chunk) => !rejected.some((other) => other.chunk === chunk)));
    const answer = { receipts, skipped: [], missingCount: missingOf(upload) } satisfies ErrorDetails;
    if (rejected.length > 0) throw new HawserError("digest_mismatch", { ...answer, rejected });
    return answer;
  }

  #resume(upload: FakeUpload) {
    const totalChunks = upload.size === null ? null : countChunks(upload.size);
    return {
      state: upload.state,
      size: upload.size,
      totalChunks,
      receivedBytes: receivedBytesOf(upload),
      receivedChunks: receivedOf(upload),
      missingChunks: totalChunks === null ? null : missingRanges(receivedOf(upload), 1, totalChunks),
      partialChunks: prefixesOf(upload),
      expiresAt: null,
    };
  }

  #finalize(upload: FakeUpload, { digest, size }: { digest?: string; size?: number }) {
    upload.size ??= size ?? null;
    if (upload.size === null) throw new HawserError("size_unknown");
    const missingChunks = missingRanges(receivedOf(upload), 1, countChunks(upload.size));
    if (missingChunks.length > 0) throw new HawserError("chunks_missing", { missingChunks });
    if (digest !== undefined && digest !== digestOf(upload)) throw new HawserError("file_mismatch");
    upload.state = "completed";
    upload.completedAt ??= new Date().toISOString();
    return this.#fileOf(upload);
  }

  #files() {
    return [...this.uploads.values()]
      .filter(({ state }) => state === "completed")
      .map((upload) => this.#fileOf(upload));
  }

  #download(id: string, request: IncomingMessage, response: ServerResponse) {
    const bytes = this.bytesOf(id);
    const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
    response.writeHead(start === 0 ? 200 : 206, { "content-length": bytes.length - start });
    this.ranges.push(start);
    if (this.breaksAt === undefined) return response.end(bytes.subarray(start));
    const end = this.breaksAt;
    this.breaksAt = undefined;
    return response.write(bytes.subarray(start, end), () => request.socket.destroy());
  }

  #describe(upload: FakeUpload) {
    const { id, state, filename, size } = upload;
    return {
      id,
      state,
      filename,
      size,
      receivedBytes: receivedBytesOf(upload),
      missingCount: missingOf(upload),
      createdAt: "2026-11-20T10:00:00.000Z",
      expiresAt: null,
      ...(state === "completed" ? { file: this.#fileOf(upload) } : {}),
    };
  }

  #fileOf(upload: FakeUpload) {
    const { id, filename, size, completedAt = "" } = upload;
    return { id, filename, size, digest: digestOf(upload), completedAt, url: `/files/${id}` };
  }
}

function keyOf(request: IncomingMessage): string | undefined {
  return request.headers[headers.idempotencyKey]?.toString();
}

function missingOf({ size, chunks }: FakeUpload): number | null {
  return size === null ? null : countChunks(size) - chunks.size;
}

function prefixesOf({ prefixes }: FakeUpload): [number, number][] {
  return [...prefixes].map(([chunk, bytes]) => [chunk, bytes.length]);
}

function receivedOf(upload: FakeUpload): [number, number][] {
  return rangesOf([...upload.chunks.keys()].sort((a, b) => a - b));
}

function receivedBytesOf(upload: FakeUpload): number {
  return [...upload.chunks.values()].reduce((sum, bytes) => sum + bytes.length, 0);
}

function manifestOf(upload: FakeUpload, from: number): [number, string][] {
  return [...upload.chunks.entries()]
    .filter(([chunk]) => chunk >= from)
    .sort(([a], [b]) => a - b)
    .map(([chunk, bytes]) => [chunk, toHex(sha256(bytes))]);
}

function digestOf(upload: FakeUpload): string {
  const leaves = [...upload.chunks.entries()].sort(([a], [b]) => a - b).map(([, bytes]) => sha256(bytes));
  return formatTreeDigest(treeRoot(leaves, sha256));
}
