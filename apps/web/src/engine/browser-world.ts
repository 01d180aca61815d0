import { blobSource, createUploader } from "@hawser/client";
import { type FilesResponse, HawserError, isErrorCode, type Problem } from "@hawser/protocol";
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
    network: browserNetwork(systemClock),
    listFiles,
    toSource: (file, name) => blobSource(file, { name }),
  };
}

async function listFiles(cursor: string | null, signal: AbortSignal): Promise<FilesResponse> {
  const query = cursor === null ? "" : `?${new URLSearchParams({ cursor })}`;
  const response = await fetch(`/files${query}`, { signal }).catch((cause: unknown) => {
    signal.throwIfAborted();
    throw new HawserError("connection_lost", {}, { cause });
  });
  if (response.ok) return (await response.json()) as FilesResponse;
  const { code } = (await response.json().catch(() => ({}))) as Partial<Problem>;
  throw new HawserError(code !== undefined && isErrorCode(code) ? code : "internal");
}
