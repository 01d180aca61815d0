import { chunkLength, countChunks, HawserError, missingRanges, rangesOf, type UploadState } from "@hawser/protocol";
import { treeDigestOf, type Variant } from "../support/contents.ts";

/** An upload as the reference has it. */
export interface RefUpload {
  readonly id: string;
  readonly owner: string;
  state: UploadState;
  size: number | null;
  /** Whether it came in one small piece, which the ledger keeps. */
  readonly small: boolean;
  deleted: boolean;
  /** Acknowledged chunks, damaged ones and prefixes. */
  readonly whole: Map<number, Variant>;
  readonly damaged: Map<number, Variant>;
  readonly prefixes: Map<number, Uint8Array>;
  /** Plain digest of the file where it is known, and one that was found wrong. */
  sha256: string | null;
  refuted: string | null;
  /** Wall time as far as it went, and monotonic time, of the last activity. */
  activeAt: Moment;
  endedAt: Moment | null;
}

export interface Moment {
  readonly wall: number;
  readonly monotonic: number;
}

export const refuse = (...why: ConstructorParameters<typeof HawserError>): never => {
  throw new HawserError(...why);
};

export function hasEnded({ state, deleted }: RefUpload): boolean {
  return deleted || state === "cancelled" || state === "expired" || state === "failed";
}

export function refuseEnded(upload: RefUpload): void {
  if (hasEnded(upload)) refuse("gone", { state: upload.state });
}

export function missingCount({ size, whole }: Pick<RefUpload, "size" | "whole">): number | null {
  return size === null ? null : countChunks(size) - whole.size;
}

/** What is missing, as ranges, and the prefixes. */
export function holes({ size, whole, prefixes }: RefUpload) {
  const rising = [...whole.keys()].sort((a, b) => a - b);
  const partial = [...prefixes]
    .sort(([a], [b]) => a - b)
    .map(([chunk, { length }]): [number, number] => [chunk, length]);
  const missing = size === null ? null : missingRanges(rangesOf(rising), 1, countChunks(size));
  return { missingChunks: missing ?? [], partialChunks: partial };
}

/** The chunks of a file, in order: what each is made of. */
export function inOrder({ whole, damaged }: Pick<RefUpload, "whole" | "damaged">): Variant[] {
  return [...whole, ...damaged].sort(([a], [b]) => a - b).map(([, variant]) => variant);
}

export function digestOf(upload: RefUpload): string {
  return treeDigestOf(inOrder(upload), upload.size as number);
}

export function bound({ whole, damaged }: RefUpload, chunk: number): Variant | undefined {
  return whole.get(chunk) ?? damaged.get(chunk);
}

export function isWritable({ state, damaged, small }: RefUpload, chunk: number): boolean {
  return state === "active" || (state === "completed" && !small && damaged.has(chunk));
}

/** An unknown size has to fit what is there. */
export function checkSize({ whole, damaged, prefixes }: RefUpload, size: number): void {
  const last = countChunks(size);
  const highest = Math.max(0, ...whole.keys(), ...damaged.keys(), ...prefixes.keys());
  const isCut = size % chunkLength(1, null) !== 0 && (whole.has(last) || damaged.has(last));
  if (highest > last || isCut || (prefixes.get(last)?.length ?? 0) > chunkLength(last, size)) refuse("size_conflict");
}

/** A clock that was set back does not make an upload look idle. */
export function touch(upload: RefUpload, at: Moment): void {
  upload.activeAt = { wall: Math.max(upload.activeAt.wall, at.wall), monotonic: at.monotonic };
}
