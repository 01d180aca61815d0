import { HawserError } from "@hawser/protocol";
import { type BlobFacts, BlobSource, describeBlob } from "./blob.ts";
import type { FileHandle } from "./file-handle.ts";
import type { Source, SourceFacts, SourceOrigin } from "./source.ts";

/**
 * A file that a browser gave a handle of.
 * @param origin under which the handle is kept
 * @throws HawserError `source_unreadable` when the file is gone or may not be read
 */
export async function openHandle(handle: FileHandle, origin: SourceOrigin, facts: BlobFacts): Promise<Source> {
  return new HandleSource(await fileOf(handle), handle, origin, facts);
}

class HandleSource extends BlobSource {
  readonly handle: FileHandle;

  constructor(file: File, handle: FileHandle, origin: SourceOrigin, facts: BlobFacts) {
    super(file, describeBlob(file, facts), origin);
    this.handle = handle;
  }

  /** @throws HawserError `source_unreadable` */
  async refresh(): Promise<SourceFacts> {
    const { name, contentType } = this.facts;
    return describeBlob(await fileOf(this.handle), { name, ...(contentType !== null && { contentType }) });
  }
}

async function fileOf(handle: FileHandle): Promise<File> {
  try {
    return await handle.getFile();
  } catch (cause) {
    throw new HawserError("source_unreadable", { detail: `${handle.name} cannot be opened.` }, { cause });
  }
}
