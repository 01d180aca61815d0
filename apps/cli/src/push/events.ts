/** What a push tells about one file. Sizes are bytes; `receivedBytes` counts what the server has confirmed. */
export type PushEvent =
  | { readonly event: "started"; readonly filename: string; readonly sizeBytes: number | null }
  /** The server has named the upload, or an earlier one goes on. */
  | { readonly event: "upload"; readonly id: string; readonly resumed: boolean; readonly receivedBytes: number }
  | { readonly event: "progress"; readonly receivedBytes: number; readonly sizeBytes: number | null }
  | { readonly event: "resending"; readonly chunks: number }
  | { readonly event: "waiting"; readonly delayMs: number; readonly code: string; readonly message: string }
  | {
      readonly event: "anew";
      /** `not_asked`: there was a candidate, but nobody who could say whether it is the same file. */
      readonly code: "source_changed" | "upload_gone" | "not_asked";
      readonly message: string;
    }
  /** Chunks that were sent in an earlier life are compared with the file as it is now. */
  | { readonly event: "comparing"; readonly comparedBytes: number }
  /** All bytes are there; the server proves and inspects the file. */
  | { readonly event: "checking" }
  | {
      readonly event: "completed";
      readonly id: string;
      readonly filename: string;
      readonly sizeBytes: number;
      readonly digest: string;
      readonly url: string;
    }
  | { readonly event: "failed"; readonly code: string; readonly message: string; readonly resumable: boolean };
