import { blobSource, createUploader } from "@hawser/client";
import { type FilesResponse, HawserError, isErrorCode, type Problem, type Upload } from "@hawser/protocol";
import { systemClock } from "./clock.ts";
import { browserNetwork } from "./network.ts";
import type { World } from "./world.ts";

/** About half a minute of attempts for an upload's own trouble. A server that is away costs none. */
const maxAttempts = 8;

/** The real world: the server that this page came from. */
export function browserWorld(): World {
  return {
    uploader: createUploader({ endpoint: `${location.origin}/`, maxAttempts }),
    clock: systemClock,
    beganMs: systemClock.now(),
    network: browserNetwork(systemClock),
    listFiles: (cursor, signal) =>
      ask<FilesResponse>(`/files${cursor === null ? "" : `?${new URLSearchParams({ cursor })}`}`, signal),
    describeUpload: (uploadId, signal) => ask<Upload>(`/uploads/${encodeURIComponent(uploadId)}`, signal),
    toSource: (file, name, handle) => blobSource(file, { name }, handle),
  };
}

async function ask<T>(address: string, signal: AbortSignal): Promise<T> {
  const response = await fetch(address, { signal }).catch((cause: unknown) => {
    signal.throwIfAborted();
    throw new HawserError("connection_lost", {}, { cause });
  });
  if (response.ok) return (await response.json()) as T;
  const { code } = (await response.json().catch(() => ({}))) as Partial<Problem>;
  throw new HawserError(code !== undefined && isErrorCode(code) ? code : "internal");
}
