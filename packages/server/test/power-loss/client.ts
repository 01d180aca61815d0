import {
  chunkLength,
  countChunks,
  type FinalizeRequest,
  HawserError,
  type InitializeRequest,
  missingRanges,
  runLength,
} from "@hawser/protocol";
import type { RunRequest } from "../../src/ports/facts.ts";
import { flipBit } from "../support/scripted-body.ts";
import { type Content, contentOf, fileContents, findContent, plainDigest, sha256, treeDigest } from "./contents.ts";
import type { ExpectedFile } from "./expected.ts";
import { owner, type Process } from "./process.ts";
import { TrickleBody } from "./trickle-body.ts";

/** One chunk request, and what becomes of it on its way. */
export interface Shipment {
  readonly first: number;
  readonly last: number;
  readonly variant?: 0 | 1;
  /** A chunk of the run in which a bit flips on the way. */
  readonly damagedChunk?: number | null;
  /** Bytes after which the line breaks. */
  readonly breaksAt?: number | null;
  readonly offsetBytes?: number;
  /** Sends so many bytes as a prefix on purpose. */
  readonly partialBytes?: number | null;
  /** How slow the line is. */
  readonly pausesPerPiece?: number;
}

/** The refusal with which `work` ends, or undefined. Anything that is no honest refusal is thrown on. */
export async function refusalOf(work: Promise<unknown>): Promise<HawserError | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    if (!(error instanceof HawserError) || error.code === "internal") throw error;
    return error;
  }
}

/** Begins the upload, or finds the one of its key. */
export async function initialize({ domain }: Process, file: ExpectedFile): Promise<void> {
  const { sizeBytes, isSizeKnown, key } = file.plan;
  const body: InitializeRequest = { filename: file.name, size: isSizeKnown ? sizeBytes : null };
  const { response } = await domain.initialize(owner, body, key);
  acknowledgeUpload(file, response.id);
}

/** A key stands for one upload; without one each request makes another. */
function acknowledgeUpload(file: ExpectedFile, id: string): void {
  if (file.plan.key !== null && file.id !== null && file.id !== id) {
    throw new Error(`${file.name}: the key found ${id} instead of ${file.id}`);
  }
  file.id = id;
  if (file.told === "nothing") file.told = "active";
}

/** Sends a run; what the answer says, a refusal's too, is acknowledged. */
export async function ship(process: Process, file: ExpectedFile, shipment: Shipment): Promise<void> {
  const { first, last, variant = 0, damagedChunk = null, partialBytes = null, offsetBytes = 0 } = shipment;
  const { sizeBytes, isSizeKnown, index } = file.plan;
  const contents = new Map<number, Content>();
  const parts: Uint8Array[] = [];
  for (let chunk = first; chunk <= last; chunk++) {
    const content = contentOf(index, chunk, chunkLength(chunk, sizeBytes), variant);
    contents.set(chunk, content);
    const isDamaged = chunk === damagedChunk;
    const bytes = isDamaged ? flipBit(content.bytes, Math.floor(content.bytes.length / 2)) : content.bytes;
    file.sends(chunk, bytes);
    if (variant !== 0 || isDamaged) file.estrange(chunk);
    parts.push(chunk === first ? bytes.subarray(offsetBytes) : bytes);
  }
  if (partialBytes !== null) parts[0] = (parts[0] as Uint8Array).subarray(0, partialBytes);
  const isLast = last === countChunks(sizeBytes);
  const request: RunRequest = {
    ...{ owner, id: file.id as string, first, last, offsetBytes, partial: partialBytes !== null },
    digests:
      partialBytes === null ? [...contents.values()].map(({ digest }) => digest) : [sha256(parts[0] as Uint8Array)],
    contentLength: partialBytes ?? runLength(first, last, sizeBytes) - offsetBytes,
    sizeBytes: !isSizeKnown && isLast ? sizeBytes : null,
  };
  const acknowledged = partialBytes === null ? contents : new Map<number, Content>();
  try {
    const { breaksAt = null, pausesPerPiece = 0 } = shipment;
    const line = { pause: process.pause, pausesPerPiece, breaks: breaksAt !== null };
    const body = new TrickleBody(cut(parts, breaksAt), line);
    file.acknowledgeRun(await process.room.receiveRun(request, body), acknowledged);
  } catch (error) {
    if (error instanceof HawserError) file.acknowledgeRun(error.details, acknowledged);
    throw error;
  }
}

function cut(parts: readonly Uint8Array[], sizeBytes: number | null): Uint8Array[] {
  let left = sizeBytes ?? Number.POSITIVE_INFINITY;
  return parts.map((part) => {
    const piece = part.subarray(0, left);
    left -= piece.length;
    return piece;
  });
}

/** What is missing of a file, after everything that the server reports was noted as acknowledged. */
export interface Sight {
  readonly missing: readonly number[];
  readonly partial: ReadonlyMap<number, number>;
}

/** Asks what has arrived; the answer is an acknowledgement. */
export async function look({ domain }: Process, file: ExpectedFile): Promise<Sight> {
  const id = file.id as string;
  const totalChunks = countChunks(file.plan.sizeBytes);
  const { partialChunks } = await domain.resume(owner, id, 1);
  const { chunks } = await domain.manifest(owner, id, 1);
  for (const [chunk, hex] of chunks) {
    const content = findContent(hex);
    if (content === undefined) throw new Error(`${file.name}: chunk ${chunk} has a digest that nobody sent`);
    file.acknowledgeChunk(chunk, content);
  }
  for (const [chunk, sizeBytes] of partialChunks) file.acknowledgePrefix(chunk, sizeBytes);
  const held = chunks.map(([chunk]) => [chunk, chunk] as const);
  const missing = missingRanges(held, 1, totalChunks).flatMap(([first, last]) =>
    Array.from({ length: last - first + 1 }, (_, i) => first + i),
  );
  return { missing, partial: new Map(partialChunks) };
}

/** What the acknowledged chunks make together; the file's own contents where nothing is acknowledged yet. */
export function heldContents(file: ExpectedFile): Content[] {
  const own = fileContents(file.plan.index, file.plan.sizeBytes);
  return own.map((content, index) => file.chunks.get(index + 1) ?? content);
}

export function finalizeBody(file: ExpectedFile): FinalizeRequest {
  const { ending, sizeBytes, isSizeKnown } = file.plan;
  const size = isSizeKnown ? {} : { size: sizeBytes };
  if (ending === "finalize with digest") return { ...size, digest: treeDigest(heldContents(file)) };
  if (ending === "finalize with sha256") return { ...size, sha256: plainDigest(heldContents(file)) };
  return size;
}

/** Finalizes with right claims, until there is a file or a refusal. */
export async function finalize({ domain, pause }: Process, file: ExpectedFile): Promise<void> {
  const body = finalizeBody(file);
  file.begun.add("complete");
  for (;;) {
    const result = await domain.finalize(owner, file.id as string, body);
    if (result.status === 200) break;
    await pause();
  }
  if (file.told === "active") file.told = "completed";
}

/** Claims a hash that the bytes do not have: that must never complete the upload. */
export async function finalizeWrongly({ domain }: Process, file: ExpectedFile): Promise<void> {
  const size = file.plan.isSizeKnown ? {} : { size: file.plan.sizeBytes };
  const result = await domain.finalize(owner, file.id as string, { ...size, sha256: "0".repeat(64) });
  // A file that is complete already, by a finalize that nobody heard of, is told as it is.
  if (result.status === 200 && !file.begun.has("complete")) {
    throw new Error(`${file.name} was completed with a wrong sha256`);
  }
}

/** As a run with `Upload-Complete` does at its end. */
export async function completeIfWhole({ domain }: Process, file: ExpectedFile): Promise<void> {
  file.begun.add("complete");
  const done = await domain.completeIfWhole(owner, file.id as string);
  if (done !== undefined && file.told === "active") file.told = "completed";
}

export async function cancel({ domain }: Process, file: ExpectedFile): Promise<void> {
  file.begun.add("end");
  await domain.cancel(owner, file.id as string);
  file.told = "ended";
}

export async function deleteFile({ domain }: Process, file: ExpectedFile): Promise<void> {
  file.begun.add("delete");
  await domain.deleteFile(owner, file.id as string);
  file.told = "deleted";
}

/** Sends the whole file in one request. */
export async function shipWhole(process: Process, file: ExpectedFile, breaksAt: number | null): Promise<void> {
  const contents = fileContents(file.plan.index, file.plan.sizeBytes);
  for (const [i, { bytes }] of contents.entries()) file.sends(i + 1, bytes);
  const parts = contents.map(({ bytes }) => bytes);
  const sha = file.plan.ending === "finalize with sha256" ? { sha256: plainDigest(contents) } : {};
  file.begun.add("complete");
  const { file: stored } = await process.room.receiveOneShot(
    {
      owner,
      fields: { filename: file.name, ...sha },
      sizeBytes: file.plan.sizeBytes,
      digests: contents.map(({ digest }) => digest),
      idempotencyKey: file.plan.key,
    },
    new TrickleBody(cut(parts, breaksAt), { pause: process.pause, pausesPerPiece: 0, breaks: breaksAt !== null }),
  );
  file.id = stored.id;
  file.told = "completed";
  for (const [i, content] of contents.entries()) file.acknowledgeChunk(i + 1, content);
}
