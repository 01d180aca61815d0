import type { Evidence, File, HawserError } from "@hawser/protocol";
import type { PauseReason } from "./pause.ts";

/** Figures that every state has. Progress counts confirmed bytes only, also after a resume. */
export interface UploadFigures {
  /** The engine's own id. */
  readonly id: string;
  /** The server's id, once it has one. */
  readonly uploadId: string | null;
  readonly name: string;
  readonly sizeBytes: number | null;
  /** Bytes that the server has acknowledged, those of earlier lives included. */
  readonly confirmedBytes: number;
  /** Acknowledged before this life began: not counted in speed and time left. */
  readonly resumedBytes: number;
  /** Whether it was begun in an earlier life and read from the journal. */
  readonly isFromEarlier: boolean;
  /** Who carries it: this page or process, or another tab of the same browser. */
  readonly carrier: "here" | "elsewhere";
}

/** What an upload is doing. Only the fields that make sense in a state exist in it. */
export type UploadState = UploadFigures &
  (
    | { readonly status: "queued" /** How many go before it. */; readonly ahead: number }
    | { readonly status: "preparing"; readonly work: "sampling" | "hashing" | "comparing"; readonly doneBytes: number }
    | { readonly status: "creating" }
    | {
        readonly status: "uploading";
        /** Body bytes under way that are not confirmed yet. */
        readonly inFlightBytes: number;
        /** Null until there is enough to tell. */
        readonly bytesPerSecond: number | null;
        readonly timeLeftMs: number | null;
        readonly lanes: number;
        /** Confirmed and travelling chunks, for the drawing. */
        readonly confirmedChunks: readonly (readonly [number, number])[];
        readonly travellingChunks: readonly (readonly [number, number])[];
        /** Chunks that arrived damaged and are sent again. */
        readonly resendingChunks: number;
      }
    | {
        readonly status: "waiting";
        /** Wall time of the next attempt, milliseconds since 1970. */
        readonly retryAt: number;
        readonly attempt: number;
        readonly maxAttempts: number;
        readonly cause: HawserError;
      }
    | { readonly status: "paused"; readonly reasons: readonly PauseReason[]; readonly cause: HawserError | null }
    | {
        readonly status: "needs-source";
        readonly evidence: Evidence;
        /** Whether `reopen`, with the person's leave, may do: the file need not be chosen again. */
        readonly canReopen: boolean;
      }
    | { readonly status: "verifying" }
    | { readonly status: "completed"; readonly file: File }
    | { readonly status: "failed"; readonly error: HawserError }
    | { readonly status: "cancelled" }
  );

export type UploadStatus = UploadState["status"];
