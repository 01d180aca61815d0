import { loadPart } from "../part.ts";
import type { BlobFacts } from "./blob.ts";
import type { FileHandle } from "./file-handle.ts";
import type { Source } from "./source.ts";

/**
 * A file that a browser gave a handle of (dropped, or chosen with `showOpenFilePicker`). It is found again in a later
 * life: by itself where the browser still allows to read it, else by `reopen`, which asks the person for leave.
 * @throws HawserError `source_unreadable` when the file is gone or may not be read; `connection_lost` when the code for
 * it cannot be loaded
 */
export async function handleSource(handle: FileHandle, facts: BlobFacts = {}): Promise<Source> {
  const { openHandle } = await loadPart(import("./handle.ts"));
  return openHandle(handle, { kind: "handle", handleId: crypto.randomUUID() }, facts);
}
