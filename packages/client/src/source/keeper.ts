import type { Priority } from "@hawser/protocol";
import type { StorageStanding } from "../uploader-api.ts";
import type { Source, SourceOrigin } from "./source.ts";

/** A source that was given to an upload, and has to be found again in later lives. */
export interface KeepJob {
  /** The upload's record. */
  readonly id: string;
  readonly source: Source;
  readonly priority: Priority;
  /** Resolves when the record is durable; rejects when it is not. */
  readonly journaled: Promise<void>;
  /** Nothing has to be kept any more. */
  readonly signal: AbortSignal;
  /** Journals where the bytes are found from now on. */
  save(origin: SourceOrigin): Promise<void>;
}

/**
 * Keeps what later lives need to read sources again, and tells how well this place keeps things at all. What it kept
 * goes when the record that names it goes.
 */
export interface Keeper {
  readonly standing: StorageStanding;
  /** Calls `listener` when the standing changes. */
  onChange(listener: () => void): void;
  /** Never throws: what cannot be kept is told by `standing`, and the upload goes on without. */
  keep(job: KeepJob): void;
}
