import type { ErrorCode, File } from "@hawser/protocol";
import type { LiveFacts } from "./live.ts";

/**
 * What the byte thread asks of the facts thread. Everything here crosses a thread: plain data in, plain data out,
 * errors as HawserError. The domain implements it.
 */
export interface Facts {
  /** Decides a chunk request before its body is read, in protocol.md's order of checks. */
  admitRun(request: RunRequest): Promise<RunAdmission>;
  /** What is acknowledged of one chunk. Reads what is durable. */
  slot(key: number, chunk: number): Promise<SlotFacts>;
  /** Records what is synced, in one transaction; the outcomes come in the order of the entries. */
  commit(entries: readonly CommitEntry[]): Promise<CommitOutcome[]>;
  /** Forgets the durable prefix of a chunk, before its bytes are written anew or after they proved wrong. */
  dropPrefix(key: number, chunk: number): Promise<void>;
  /** Finalizes when nothing is missing (`Upload-Complete`); undefined when something is. */
  completeIfWhole(owner: string, id: string): Promise<File | undefined>;
  /** Keeps a whole small file whose digests were verified, body and facts in one transaction. */
  storeSmallFile(request: OneShotRequest, body: Uint8Array): Promise<OneShotOutcome>;
  /** For a one-shot body that goes to the blob store: creates its upload, or finds the one of its Idempotency-Key. */
  beginOneShot(request: OneShotRequest): Promise<OneShotAdmission>;
  /** Completes such an upload once its chunks are committed; its declared size is what was sent. */
  finishOneShot(owner: string, id: string): Promise<OneShotOutcome>;
  /** Where a file's bytes are, for a download; `not_found`, `gone` or `file_damaged`. */
  locateFile(owner: string, id: string): Promise<FileLocation>;
  /** Cancels such an upload when its body proved wrong, so that nothing of it is kept. */
  abandonOneShot(owner: string, id: string): Promise<void>;
}

/** The facts thread as the byte thread sees it: the domain, and the JSON API in front of it. */
export interface FactsThread extends Facts, LiveFacts {
  /** Answers a request of the JSON API. */
  handleApi(request: ApiRequest): Promise<ApiResponse>;
}

export interface RunRequest {
  readonly owner: string;
  readonly id: string;
  readonly first: number;
  readonly last: number;
  /** `Chunk-Digests`, or null when the header is absent. Not yet counted against the run. */
  readonly digests: readonly Uint8Array[] | null;
  /** `Chunk-Offset`. */
  readonly offsetBytes: number;
  /** `Chunk-Partial`: the body is a prefix of chunk `first` on purpose. */
  readonly partial: boolean;
  readonly contentLength: number;
  /** `Upload-Length`. */
  readonly sizeBytes: number | null;
}

export interface AdmittedChunk {
  readonly chunk: number;
  readonly sizeBytes: number;
  /** What the whole chunk must hash to; null for a run with `Chunk-Partial`. */
  readonly digest: Uint8Array | null;
  /** Acknowledged already, with this digest: its bytes are read and dropped. */
  readonly held: boolean;
  /** Length of its durable prefix. */
  readonly prefixBytes: number;
}

export interface SlotFacts {
  /** The digest that the chunk's receipt has, or null while it has none. */
  readonly digest: Uint8Array | null;
  /** Length of its durable prefix; 0 once it has a receipt. */
  readonly prefixBytes: number;
}

export interface RunAdmission {
  readonly key: number;
  readonly id: string;
  readonly bundleId: string | null;
  readonly missingCount: number | null;
  /** `receive`: read the body. `held`: every chunk is acknowledged, answer 200 at once. */
  readonly decision: "receive" | "held";
  readonly chunks: readonly AdmittedChunk[];
}

/** A chunk that became whole, or a prefix that became longer; its bytes are synced. */
export type CommitEntry = {
  readonly key: number;
  readonly chunk: number;
  readonly sizeBytes: number;
} & ({ readonly kind: "chunk"; readonly digest: Uint8Array } | { readonly kind: "prefix" });

export interface CommitOutcome {
  /**
   * `recorded`: acknowledged now. `held`: acknowledged before, with the same digest. `refused`: `code` says why
   * (`chunk_conflict`, `state_conflict`, `gone`).
   */
  readonly result: "recorded" | "held" | "refused";
  readonly code?: ErrorCode;
  /** Chunks still missing after the whole batch; null while the size is unknown. */
  readonly missingCount: number | null;
}

export interface OneShotRequest {
  readonly owner: string;
  /** The query of `POST /uploads`, as sent; the domain checks it. */
  readonly fields: Readonly<Record<string, string>>;
  readonly sizeBytes: number;
  readonly digests: readonly Uint8Array[];
  readonly idempotencyKey: string | null;
}

export interface OneShotOutcome {
  /** False when an Idempotency-Key found what an earlier request had made. */
  readonly created: boolean;
  readonly file: File;
}

export type OneShotAdmission =
  | { readonly kind: "done"; readonly outcome: OneShotOutcome }
  | { readonly kind: "receive"; readonly id: string; readonly key: number };

export interface FileLocation {
  readonly file: File;
  readonly key: number;
  /** The bytes themselves where the ledger keeps them. */
  readonly smallBody: Uint8Array | null;
}

export interface ApiRequest {
  readonly owner: string;
  readonly method: string;
  /** Path without the query, percent-encoded as sent. */
  readonly path: string;
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The body, or null when the request has none. */
  readonly body: string | null;
}

export interface ApiResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}
