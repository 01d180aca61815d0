import type { Source, Uploader } from "@hawser/client";
import type { FilesResponse } from "@hawser/protocol";
import type { Clock } from "./clock.ts";
import type { Network } from "./network.ts";

/** What the files page needs of the world outside React; tests and the gallery bring their own. */
export interface World {
  readonly uploader: Uploader;
  readonly clock: Clock;
  readonly network: Network;
  /** One page of the files that are stored, newest first. Rejects with HawserError. */
  readonly listFiles: (cursor: string | null, signal: AbortSignal) => Promise<FilesResponse>;
  /** A source for a file that a person gave, under the name that the server shall know. */
  readonly toSource: (file: Blob, name: string) => Source;
}
