/** What the page asks of the spool's worker. */
export type SpoolRequest =
  | { readonly kind: "copy"; readonly folder: string; readonly spoolId: string; readonly blob: Blob }
  /** Gives up what is being copied. */
  | { readonly kind: "stop" };

/** What became of a copy. */
export type SpoolAnswer =
  | { readonly kind: "copied" | "stopped" | "unreadable" }
  | { readonly kind: "failed"; readonly name: string; readonly message: string };
