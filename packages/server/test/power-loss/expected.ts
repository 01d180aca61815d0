import { chunksIn, type RunResponse } from "@hawser/protocol";
import type { Content } from "./contents.ts";

/** A file that the workload sends, and how. */
export interface FilePlan {
  /** From 0; its contents follow from it. */
  readonly index: number;
  readonly sizeBytes: number;
  readonly key: string | null;
  readonly isSizeKnown: boolean;
  readonly way: "runs" | "one-shot";
  readonly ending: Ending;
}

export type Ending =
  | "finalize"
  | "finalize with digest"
  | "finalize with sha256"
  | "finalize with wrong sha256"
  | "finalize with the last run"
  | "cancel"
  | "abandon"
  | "delete";

/** Steps that were begun and may therefore be found done, without anybody having been told. */
export type Begun = "complete" | "end" | "delete" | "forget";

/** How far an upload has got, as far as somebody was told. */
export type Told = "nothing" | "active" | "completed" | "ended" | "deleted";

/**
 * What the clients know of one file: what was acknowledged, and what was begun. A copy is taken when power fails; it
 * is all that may be expected afterwards.
 */
export class ExpectedFile {
  readonly plan: FilePlan;
  id: string | null = null;
  told: Told = "nothing";
  readonly begun: Set<Begun> = new Set();
  /** Acknowledged chunks. */
  readonly chunks: Map<number, Content> = new Map();
  /** Acknowledged prefixes of chunks for which nothing but the file's own content was ever sent. */
  readonly prefixes: Map<number, number> = new Map();
  /** All bytes that were ever sent for a chunk: a prefix is a part of one of them. */
  readonly sent: Map<number, Set<Uint8Array>> = new Map();
  /** Chunks for which other content was sent. A prefix of theirs may be the stranger's, or give way to the file's own. */
  readonly #estranged: Set<number> = new Set();

  constructor(plan: FilePlan) {
    this.plan = plan;
  }

  get name(): string {
    return `file-${this.plan.index}`;
  }

  copy(): ExpectedFile {
    const copy = new ExpectedFile(this.plan);
    copy.id = this.id;
    copy.told = this.told;
    for (const step of this.begun) copy.begun.add(step);
    for (const [chunk, content] of this.chunks) copy.chunks.set(chunk, content);
    for (const [chunk, sizeBytes] of this.prefixes) copy.prefixes.set(chunk, sizeBytes);
    for (const [chunk, all] of this.sent) copy.sent.set(chunk, new Set(all));
    for (const chunk of this.#estranged) copy.#estranged.add(chunk);
    return copy;
  }

  sends(chunk: number, bytes: Uint8Array): void {
    const all = this.sent.get(chunk) ?? new Set();
    this.sent.set(chunk, all.add(bytes));
  }

  /** Something else than the file's own content is about to be sent for a chunk. */
  estrange(chunk: number): void {
    this.#estranged.add(chunk);
    this.prefixes.delete(chunk);
  }

  acknowledgeChunk(chunk: number, content: Content): void {
    this.chunks.set(chunk, content);
    this.prefixes.delete(chunk);
  }

  acknowledgePrefix(chunk: number, sizeBytes: number): void {
    if (this.chunks.has(chunk) || this.#estranged.has(chunk)) return;
    this.prefixes.set(chunk, Math.max(sizeBytes, this.prefixes.get(chunk) ?? 0));
  }

  /** What an answer says about a run whose chunks were `contents`. */
  acknowledgeRun(
    answer: Partial<Pick<RunResponse, "receipts" | "skipped" | "partialChunks">>,
    contents: ReadonlyMap<number, Content>,
  ): void {
    for (const chunk of [...chunksIn(answer.receipts ?? []), ...chunksIn(answer.skipped ?? [])]) {
      const content = contents.get(chunk);
      if (content !== undefined) this.acknowledgeChunk(chunk, content);
    }
    for (const [chunk, sizeBytes] of answer.partialChunks ?? []) this.acknowledgePrefix(chunk, sizeBytes);
  }
}

export type Expected = readonly ExpectedFile[];

export const copyExpected = (expected: Expected): ExpectedFile[] => expected.map((file) => file.copy());
