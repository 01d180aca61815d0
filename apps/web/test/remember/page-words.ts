import type { Uploader, UploaderOptions, UploadState } from "@hawser/client";

/** What a test tells the engine's page in its address. */
export type PageSettings = Omit<
  UploaderOptions,
  "endpoint" | "journal" | "transport" | "platform" | "refresh" | "headers" | "openSource"
> & {
  /** Whether files are looked for on the server before they are sent as new ones. Default: `new`. */
  readonly adds?: "new" | "matched";
};

/** One upload as a test sees it. */
export interface Seen {
  readonly id: string;
  readonly uploadId: string | null;
  readonly name: string;
  readonly status: UploadState["status"];
  readonly carrier: UploadState["carrier"];
  readonly isFromEarlier: boolean;
  readonly confirmedBytes: number;
  readonly code: string | null;
  readonly canReopen: boolean;
}

/** The engine's page as `globalThis.stage`. */
export interface StagePage {
  readonly uploader: Uploader;
  /** Codes of what was refused when a person gave a file. */
  readonly told: readonly string[];
  isReady: boolean;
  uploads(): readonly Seen[];
  /** False where there is no upload of that name. */
  does(name: string, act: "pause" | "resume" | "cancel" | "reopen"): boolean;
}
