/** What a push tells while it runs. Sizes are bytes; `receivedBytes` counts what the server has confirmed. */
export type PushEvent =
  | { readonly event: "started"; readonly filename: string; readonly sizeBytes: number }
  /** The server has named the upload, or an earlier run's upload goes on. */
  | { readonly event: "upload"; readonly id: string; readonly resumed: boolean; readonly receivedBytes: number }
  | { readonly event: "progress"; readonly receivedBytes: number; readonly sizeBytes: number }
  /** Bytes that the line took; not confirmed. */
  | { readonly event: "sent"; readonly bytes: number }
  | { readonly event: "resending"; readonly chunks: number }
  | { readonly event: "waiting"; readonly delayMs: number; readonly code: string; readonly message: string }
  | { readonly event: "anew"; readonly code: "source_changed" | "upload_gone"; readonly message: string }
  /** Chunks that an earlier run sent are compared with the file as it is now. */
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

export type Report = (event: PushEvent) => void;
