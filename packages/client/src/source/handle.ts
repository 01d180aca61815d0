import { type BlobFacts, blobSource, describeBlob, fileOf, HandleSource } from "./blob.ts";
import type { FileHandle } from "./file-handle.ts";
import type { Source, SourceOrigin } from "./source.ts";

/**
 * A file that a browser gave a handle of (dropped, or chosen with `showOpenFilePicker`), read through its handle.
 * @throws HawserError `source_unreadable` when the file is gone or may not be read
 */
export async function handleSource(handle: FileHandle, facts: BlobFacts = {}): Promise<Source> {
  return blobSource(await fileOf(handle), facts, handle);
}

/**
 * The file of a handle that was kept.
 * @throws HawserError `source_unreadable` when the file is gone or may not be read
 */
export async function openHandle(handle: FileHandle, origin: SourceOrigin, facts: BlobFacts): Promise<Source> {
  const file = await fileOf(handle);
  return new HandleSource(file, describeBlob(file, facts), origin, handle);
}
