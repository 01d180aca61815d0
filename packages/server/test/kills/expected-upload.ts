import assert from "node:assert/strict";
import { open } from "node:fs/promises";
import { join } from "node:path";
import {
  chunkLength,
  chunkOffset,
  chunksIn,
  type ManifestResponse,
  type Problem,
  type ResumeResponse,
  type UploadState,
} from "@hawser/protocol";
import type { Answer, Client } from "./client.ts";
import type { Content } from "./content.ts";
import { until } from "./until.ts";

/** What has become of an upload: a state, or a file that was deleted, or a tombstone that is gone. */
export type Fate = UploadState | "deleted" | "forgotten";

/**
 * What the driver knows of one upload, in its own memory: what was acknowledged, and what requests that got no answer
 * may have done.
 */
export class ExpectedUpload {
  readonly filename: string;
  readonly content: Content;
  /** Files sent in one shot and this small are kept in the ledger. */
  readonly bytesIn: "blobs" | "ledger";
  id: string | undefined;
  fate: Fate = "active";
  /** What requests without an answer may have made of it. */
  readonly possible = new Set<Fate>();
  /** Chunks that are acknowledged. */
  readonly held = new Set<number>();
  /** Length of the prefixes that are acknowledged. */
  readonly prefixes = new Map<number, number>();
  /** Chunks whose prefix may be dropped, or have other bytes than the content's: nothing is expected of it. */
  readonly unpledged = new Set<number>();
  /** Chunks whose bytes the driver damaged on the disk. */
  readonly damaged = new Set<number>();

  constructor(filename: string, content: Content, bytesIn: "blobs" | "ledger" = "blobs") {
    this.filename = filename;
    this.content = content;
    this.bytesIn = bytesIn;
  }

  /** The key of its first request, journalled before that is sent. */
  get key(): string {
    return `key of ${this.filename}`;
  }

  /** @throws when another id was told for it before: then the same request made two uploads */
  identify(id: string): void {
    assert.equal(id, this.id ?? id, `${this.filename} has two ids`);
    this.id = id;
  }

  mayBecome(...fates: readonly Fate[]): void {
    for (const fate of fates) this.possible.add(fate);
  }

  /** What was acknowledged, or found, stays: a final fate is never left. */
  became(fate: Fate): void {
    this.fate = fate;
    this.possible.clear();
  }

  holds(first: number, last: number): void {
    for (let chunk = first; chunk <= last; chunk++) {
      this.held.add(chunk);
      this.prefixes.delete(chunk);
    }
  }

  /** Notes what an answer of `/resume` acknowledges. */
  noteResume({ receivedChunks, partialChunks }: ResumeResponse): void {
    for (const chunk of chunksIn(receivedChunks)) if (!this.damaged.has(chunk)) this.holds(chunk, chunk);
    for (const [chunk, sizeBytes] of partialChunks) {
      if (!this.unpledged.has(chunk)) this.prefixes.set(chunk, sizeBytes);
    }
  }

  /** Whether the blob store has to keep bytes of it. */
  get keepsBytes(): boolean {
    return this.fate === "completed" && this.bytesIn === "blobs" && this.content.sizeBytes > 0;
  }
}

export interface CheckOptions {
  readonly client: Client;
  /** The blob store's folder. */
  readonly blobs: string;
  /** Whether completed files are downloaded and compared. */
  readonly downloads: boolean;
}

/**
 * Holds the server against what was acknowledged. What `/resume` tells is acknowledged from then on.
 * @throws AssertionError for anything lost, changed or gone back
 */
export async function checkUpload(upload: ExpectedUpload, options: CheckOptions): Promise<void> {
  const { id, filename } = upload;
  if (id === undefined) return;
  const answer = await settledAnswer(options.client, id);
  const found = fateOf(answer);
  assert.ok(
    found === upload.fate || upload.possible.has(found),
    `${filename} was ${upload.fate} (or ${[...upload.possible]}) and is ${found}: ${answer}`,
  );
  if (found !== "active") upload.became(found);
  if (answer.status !== 200) return;
  const resume = answer.json<ResumeResponse>();
  const received = new Set(chunksIn(resume.receivedChunks));
  for (const chunk of upload.held) assert.ok(received.has(chunk), `${filename} lost chunk ${chunk}: ${answer}`);
  await checkManifest(upload, received, options.client);
  checkSums(upload, received, resume);
  const partial = new Map(resume.partialChunks);
  for (const [chunk, sizeBytes] of upload.prefixes) {
    const isThere = received.has(chunk) || (partial.get(chunk) ?? 0) >= sizeBytes;
    assert.ok(isThere, `${filename} lost ${sizeBytes} bytes of chunk ${chunk}: ${answer}`);
  }
  const isFile = found === "completed" && upload.damaged.size === 0;
  if (upload.bytesIn === "blobs" && !isFile) await checkBytes(upload, { received, partial }, options.blobs);
  upload.noteResume(resume);
  if (isFile && options.downloads) await checkDownload(upload, options.client);
}

/** @throws AssertionError unless the file is served, exactly */
export async function checkDownload({ id, filename, content }: ExpectedUpload, client: Client): Promise<void> {
  const answer = await client.get(`/files/${id}`);
  assert.equal(answer.status, 200, `${filename} is not served: ${answer}`);
  assert.equal(answer.body.length, content.sizeBytes, `${filename} has another size`);
  assert.equal(Buffer.compare(answer.body, content.bytes), 0, `${filename} has other bytes`);
}

export function blobPath(blobs: string, id: string): string {
  return join(blobs, id.slice(0, 2), id.slice(2, 4), id);
}

/** What was being assembled when the server died goes on by itself, forward or back. */
async function settledAnswer(client: Client, id: string): Promise<Answer> {
  let answer: Answer | undefined;
  await until(`${id} is not assembling any more`, async () => {
    answer = await client.get(`/uploads/${id}/resume`);
    return fateOf(answer) !== "assembling";
  });
  return answer as Answer;
}

function fateOf(answer: Answer): Fate {
  if (answer.status === 404) return "forgotten";
  if (answer.status === 200) return answer.json<ResumeResponse>().state;
  assert.equal(answer.status, 410, `no fate: ${answer}`);
  const { state } = answer.json<Problem>();
  return state === "completed" ? "deleted" : (state as UploadState);
}

async function checkManifest(
  { id, filename, content }: ExpectedUpload,
  received: ReadonlySet<number>,
  client: Client,
): Promise<void> {
  const answer = await client.get(`/uploads/${id}/manifest`);
  assert.equal(answer.status, 200, `${filename} has no manifest: ${answer}`);
  const { chunks } = answer.json<ManifestResponse>();
  assert.deepEqual(
    chunks.map(([chunk]) => chunk),
    [...received],
    `${filename}: manifest and resume disagree`,
  );
  for (const [chunk, digest] of chunks) {
    assert.equal(digest, content.digests[chunk - 1]?.toString("hex"), `${filename}: digest of chunk ${chunk}`);
  }
}

function checkSums({ filename, content }: ExpectedUpload, received: ReadonlySet<number>, resume: ResumeResponse): void {
  let sum = 0;
  for (const chunk of received) sum += chunkLength(chunk, content.sizeBytes);
  assert.equal(resume.receivedBytes, sum, `${filename}: sum of the received bytes`);
}

/** Looks at the disk itself: acknowledged bytes of an active upload cannot be downloaded. */
async function checkBytes(
  { id, filename, content, damaged, unpledged }: ExpectedUpload,
  { received, partial }: { received: ReadonlySet<number>; partial: ReadonlyMap<number, number> },
  blobs: string,
): Promise<void> {
  const expected = [
    ...[...received].filter((chunk) => !damaged.has(chunk)).map((chunk) => ({ chunk, bytes: content.chunk(chunk) })),
    ...[...partial]
      .filter(([chunk]) => !unpledged.has(chunk))
      .map(([chunk, sizeBytes]) => ({ chunk, bytes: content.chunk(chunk).subarray(0, sizeBytes) })),
  ];
  if (expected.length === 0) return;
  const file = await open(blobPath(blobs, id as string), "r");
  try {
    for (const { chunk, bytes } of expected) {
      const stored = Buffer.alloc(bytes.length);
      const { bytesRead } = await file.read(stored, 0, stored.length, chunkOffset(chunk));
      assert.equal(bytesRead, bytes.length, `${filename}: chunk ${chunk} is cut short`);
      assert.equal(Buffer.compare(stored, bytes), 0, `${filename}: chunk ${chunk} has other bytes`);
    }
  } finally {
    await file.close();
  }
}
