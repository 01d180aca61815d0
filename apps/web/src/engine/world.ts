import type { Source, Uploader } from "@hawser/client";
import type { FilesResponse, Upload } from "@hawser/protocol";
import type { Clock } from "./clock.ts";
import type { Network } from "./network.ts";

/** What the files page needs of the world outside React; tests and the gallery bring their own. */
export interface World {
  readonly uploader: Uploader;
  readonly clock: Clock;
  /** When the uploader was made, wall time in milliseconds: its trace counts from then. */
  readonly beganMs: number;
  readonly network: Network;
  /** One page of the files that are stored, newest first. Rejects with HawserError. */
  readonly listFiles: (cursor: string | null, signal: AbortSignal) => Promise<FilesResponse>;
  /** What the server knows of an upload, by the server's id. Rejects with HawserError. */
  readonly describeUpload: (uploadId: string, signal: AbortSignal) => Promise<Upload>;
  /**
   * A source for a file that a person gave, under the name that the server shall know.
   * @param handle by which the browser finds the file again after a restart; null where there is none
   */
  readonly toSource: (file: Blob, name: string, handle: FileSystemFileHandle | null) => Source;
}
