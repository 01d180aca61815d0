import { chunkLength, countChunks, rangesOf } from "@hawser/protocol";
import { agree, chunkOf, equalBytes, plainDigestOf, type Variant } from "../support/contents.ts";
import {
  bound,
  checkSize,
  digestOf,
  holes,
  inOrder,
  isWritable,
  type Moment,
  missingCount,
  type RefUpload,
  refuse,
  refuseEnded,
  touch,
} from "./reference-upload.ts";

/** A chunk request. The body is made of `claim`, whose digests are sent, but for one chunk that may be another's. */
export interface Send {
  readonly owner: string;
  readonly id: string;
  readonly first: number;
  readonly last: number;
  readonly claim: Variant;
  readonly flaw: { readonly chunk: number; readonly variant: Variant } | null;
  readonly offset: number;
  readonly declared: number | null;
  /** By how much `Content-Length` is wrong. */
  readonly lengthOff: number;
  /** `Chunk-Partial`: how many bytes of the chunk are sent. */
  readonly partial: number | null;
  /** After how many bytes the body ends, and whether the line breaks there. */
  readonly cut: { readonly bytes: number; readonly breaks: boolean } | null;
}

export interface Claim {
  readonly size?: number;
  readonly digest?: string;
  readonly sha256?: string;
}

/** What the server is held against: maps and sets, one request after the other, nothing that can be lost. */
export class Reference {
  readonly uploads = new Map<string, RefUpload>();
  /** Ids whose tombstone is gone. */
  readonly forgotten = new Map<string, string>();
  /** Upload of each `Idempotency-Key`, by owner, route and key. */
  readonly keys = new Map<string, { readonly id: string; readonly request: string }>();
  /** Ids with bytes that no upload owns. */
  readonly orphans = new Set<string>();

  add(id: string, owner: string, size: number | null, at: Moment, small = false): RefUpload {
    const maps = { whole: new Map(), damaged: new Map(), prefixes: new Map() };
    const more = { deleted: false, sha256: null, refuted: null, activeAt: at, endedAt: null };
    const upload: RefUpload = { id, owner, state: "active", size, small, ...maps, ...more };
    this.uploads.set(id, upload);
    return upload;
  }

  find(owner: string, id: string): RefUpload {
    const upload = this.uploads.get(id);
    return upload?.owner === owner ? upload : refuse("not_found");
  }

  /** What a key stands for: nothing yet, or an upload; another request is refused. */
  keyed(owner: string, route: string, key: string | null, request: string): string | undefined {
    const bound = key === null ? undefined : this.keys.get(`${owner} ${route} ${key}`);
    if (bound !== undefined && bound.request !== request) refuse("idempotency_mismatch");
    return bound?.id;
  }

  bind(owner: string, route: string, key: string | null, id: string, request: string): void {
    if (key !== null) this.keys.set(`${owner} ${route} ${key}`, { id, request });
  }

  run(send: Send, at: Moment) {
    const upload = this.find(send.owner, send.id);
    refuseEnded(upload);
    const size = upload.size ?? send.declared;
    const { first, last, offset, partial } = send;
    const chunks = Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => first + i);
    const isRun = first >= 1 && last >= first && last <= (size === null ? Number.MAX_SAFE_INTEGER : countChunks(size));
    if (!isRun || (partial !== null && first !== last) || offset > chunkLength(first, size)) refuse("invalid_chunk");
    const all = chunks.reduce((sum, chunk) => sum + chunkLength(chunk, size), -offset);
    const length = (partial ?? all) + send.lengthOff;
    if (partial === null ? length < all : length + offset < 1) refuse("body_too_short");
    if (send.declared !== null && upload.size !== null && send.declared !== upload.size) refuse("size_conflict");
    if (send.declared !== null && upload.size === null) checkSize(upload, send.declared);
    const isOther = (chunk: number) => (bound(upload, chunk) ?? send.claim) !== send.claim;
    const conflicts = partial === null ? rangesOf(chunks.filter(isOther)) : [];
    if (conflicts.length > 0) refuse("chunk_conflict", { conflicts });
    const isHeld = chunks.every((chunk) => upload.whole.has(chunk));
    if (!isHeld) {
      const isClosed = (chunk: number) => !upload.whole.has(chunk) && !isWritable(upload, chunk);
      if (chunks.some(isClosed)) refuse("state_conflict", { state: upload.state });
      if (length > all) refuse("body_too_long");
      const prefix = upload.prefixes.get(first)?.length ?? 0;
      if (!upload.whole.has(first) && offset > prefix) refuse("offset_conflict", { prefix });
    }
    upload.size = size;
    if (isHeld) return { receipts: [], skipped: rangesOf(chunks), missingCount: missingCount(upload) };
    return partial === null ? this.#receive(upload, send, chunks, at) : this.#receivePrefix(upload, send, partial, at);
  }

  #receive(upload: RefUpload, send: Send, chunks: readonly number[], at: Moment) {
    const { size, prefixes } = upload;
    const receipts: number[] = [];
    const skipped: number[] = [];
    const rejected: { chunk: number; code: "digest_mismatch" }[] = [];
    const partialChunks: [number, number][] = [];
    let left = send.cut?.bytes ?? Number.POSITIVE_INFINITY;
    for (const chunk of chunks) {
      const from = chunk === send.first ? send.offset : 0;
      const comes = Math.min(left, chunkLength(chunk, size) - from);
      const isWhole = from + comes === chunkLength(chunk, size);
      left -= comes;
      const before = prefixes.get(chunk) ?? new Uint8Array(0);
      const bytes = Buffer.concat([before.subarray(0, from), bodyOf(send, chunk, size).subarray(from, from + comes)]);
      const continues = from === 0 || agree(bytes, before);
      if (upload.whole.has(chunk)) {
        if (isWhole) skipped.push(chunk);
      } else if (!isWhole) {
        if (comes > 0 && continues && bytes.length > before.length) {
          prefixes.set(chunk, bytes);
          partialChunks.push([chunk, bytes.length]);
        }
      } else if (continues && equalBytes(bytes, chunkOf(send.claim, chunk, size))) {
        upload.whole.set(chunk, send.claim);
        upload.damaged.delete(chunk);
        prefixes.delete(chunk);
        receipts.push(chunk);
      } else {
        rejected.push({ chunk, code: "digest_mismatch" });
        if (from > 0) prefixes.delete(chunk);
      }
      if (!isWhole) break;
    }
    if (receipts.length + partialChunks.length > 0) touch(upload, at);
    const done = {
      receipts: rangesOf(receipts),
      skipped: rangesOf(skipped),
      missingCount: missingCount(upload),
      ...(partialChunks.length > 0 ? { partialChunks } : {}),
    };
    const details = rejected.length > 0 ? { ...done, rejected } : done;
    if (send.cut?.breaks) refuse("run_incomplete", details);
    if (rejected.length > 0) refuse("digest_mismatch", details);
    if (send.cut !== null) refuse("run_incomplete", details);
    return done;
  }

  /** `Chunk-Partial`: its own digest decides, and it never puts another prefix aside. */
  #receivePrefix(upload: RefUpload, send: Send, partial: number, at: Moment) {
    const { first: chunk, offset } = send;
    const done = { receipts: [], skipped: [], missingCount: missingCount(upload) };
    if (send.cut !== null) refuse("run_incomplete", done);
    if (send.flaw?.chunk === chunk && partial > 0) {
      refuse("digest_mismatch", { ...done, rejected: [{ chunk, code: "digest_mismatch" }] });
    }
    const before = upload.prefixes.get(chunk) ?? new Uint8Array(0);
    const sent = chunkOf(send.claim, chunk, upload.size).subarray(offset, offset + partial);
    const bytes = Buffer.concat([before.subarray(0, offset), sent]);
    if (!agree(bytes, before)) refuse("offset_conflict", { ...done, prefix: before.length });
    if (bytes.length > before.length) {
      upload.prefixes.set(chunk, bytes);
      touch(upload, at);
    }
    return { ...done, partialChunks: [[chunk, Math.max(bytes.length, before.length)]] };
  }

  finalize(owner: string, id: string, claim: Claim, at: Moment): RefUpload {
    const upload = this.find(owner, id);
    refuseEnded(upload);
    if (upload.state === "active") this.#finish(upload, claim, at);
    const isOther =
      (claim.size ?? upload.size) !== upload.size ||
      (claim.digest ?? digestOf(upload)) !== digestOf(upload) ||
      (upload.sha256 !== null && (claim.sha256 ?? upload.sha256) !== upload.sha256);
    if (isOther) refuse("file_mismatch");
    if (upload.damaged.size > 0) refuse("file_damaged", holes(upload));
    return upload;
  }

  #finish(upload: RefUpload, claim: Claim, at: Moment): void {
    if (upload.size !== null && (claim.size ?? upload.size) !== upload.size) refuse("file_mismatch");
    const size = upload.size ?? claim.size ?? refuse("size_unknown");
    if (upload.size === null) checkSize(upload, size);
    const fixed = { ...upload, size };
    if (missingCount(fixed) !== 0) {
      upload.size = size;
      refuse("chunks_missing", holes(upload));
    }
    if ((claim.digest ?? digestOf(fixed)) !== digestOf(fixed)) refuse("file_mismatch");
    const plain = plainDigestOf(inOrder(fixed), size);
    if ((claim.sha256 ?? plain) !== plain) {
      // Of one chunk the plain hash is known at once; more have to be read, which assembling does.
      if (countChunks(size) > 1 && upload.refuted !== claim.sha256) {
        Object.assign(upload, { size, refuted: claim.sha256 });
        touch(upload, at);
      }
      refuse("file_mismatch");
    }
    Object.assign(upload, { size, state: "completed" });
    upload.sha256 = claim.sha256 === undefined && countChunks(size) > 1 ? null : plain;
  }

  end(upload: RefUpload, state: "cancelled" | "expired" | "completed", at: Moment): void {
    Object.assign(upload, { state, endedAt: at, deleted: state === "completed" });
  }

  /** A tombstone goes, and with it the key that stood for the upload. */
  forget({ id, owner }: RefUpload): void {
    this.uploads.delete(id);
    this.forgotten.set(id, owner);
    for (const [name, bound] of this.keys) if (bound.id === id) this.keys.delete(name);
  }
}

/** The bytes that a request really sends for a chunk. */
export function bodyOf({ claim, flaw }: Send, chunk: number, size: number | null): Uint8Array {
  return chunkOf(flaw?.chunk === chunk ? flaw.variant : claim, chunk, size);
}
