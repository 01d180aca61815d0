import { type ErrorCode, HawserError, type RunResponse, rangesOf } from "@hawser/protocol";
import type { CommitOutcome } from "../ports/facts.ts";

/** What a run has achieved so far, and what its answer will be. */
export class RunTally {
  readonly #receipts: number[] = [];
  readonly #skipped: number[] = [];
  readonly #rejected: { chunk: number; code: ErrorCode }[] = [];
  readonly #partial: [number, number][] = [];
  #missingCount: number | null;
  /** The first thing that ended the run, if anything did. */
  #failure: HawserError | null = null;

  readonly #onRejected: (chunk: number, code: ErrorCode) => void;

  constructor(missingCount: number | null, onRejected: (chunk: number, code: ErrorCode) => void = () => undefined) {
    this.#missingCount = missingCount;
    this.#onRejected = onRejected;
  }

  get failure(): HawserError | null {
    return this.#failure;
  }

  skipped(chunk: number): void {
    this.#skipped.push(chunk);
  }

  rejected(chunk: number, code: ErrorCode): void {
    this.#rejected.push({ chunk, code });
    this.#onRejected(chunk, code);
  }

  partial(chunk: number, sizeBytes: number): void {
    this.#partial.push([chunk, sizeBytes]);
  }

  failed(error: HawserError): void {
    this.#failure ??= error;
  }

  committed(chunk: number, outcome: CommitOutcome): void {
    if (outcome.result !== "refused") {
      this.#missingCount = smaller(this.#missingCount, outcome.missingCount);
    }
    if (outcome.result === "recorded") this.#receipts.push(chunk);
    else if (outcome.result === "held") this.#skipped.push(chunk);
    else this.rejected(chunk, outcome.code ?? "state_conflict");
  }

  /**
   * The 200, when every one of `chunkCount` chunks has its receipt (or the run was a prefix on purpose).
   * @throws HawserError that names what was achieved
   */
  answer(chunkCount: number): RunResponse {
    const done = {
      receipts: rangesOf(this.#receipts.sort((a, b) => a - b)),
      skipped: rangesOf(this.#skipped.sort((a, b) => a - b)),
      missingCount: this.#missingCount,
      ...(this.#partial.length > 0 ? { partialChunks: this.#partial } : {}),
    };
    const rejected = this.#rejected.sort((a, b) => a.chunk - b.chunk);
    const details = rejected.length > 0 ? { ...done, rejected } : done;
    if (this.#failure !== null) {
      throw new HawserError(
        this.#failure.code,
        { ...this.#failure.details, ...details },
        { cause: this.#failure.cause },
      );
    }
    if (rejected.length > 0) {
      const conflicts = rangesOf(rejected.filter(({ code }) => code === "chunk_conflict").map(({ chunk }) => chunk));
      throw new HawserError(worstCode(rejected), conflicts.length > 0 ? { ...details, conflicts } : details);
    }
    if (this.#receipts.length + this.#skipped.length < chunkCount) {
      throw new HawserError("run_incomplete", details);
    }
    return done;
  }
}

/** What a run with several kinds of refusal answers: the one that ends more. */
const severity: readonly ErrorCode[] = [
  "gone",
  "state_conflict",
  "chunk_conflict",
  "offset_conflict",
  "digest_mismatch",
];

function worstCode(rejected: readonly { code: ErrorCode }[]): ErrorCode {
  return severity.find((code) => rejected.some((one) => one.code === code)) ?? (rejected[0]?.code as ErrorCode);
}

function smaller(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return b ?? a;
  return Math.min(a, b);
}
