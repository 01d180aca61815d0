import { HawserError } from "@hawser/protocol";
import type { FileHandle } from "./file-handle.ts";
import { readBlob } from "./read-blob.ts";
import type { Source, SourceFacts, SourceOrigin } from "./source.ts";

/** What a caller knows better than the blob does. */
export type BlobFacts = Partial<Omit<SourceFacts, "sizeBytes">>;

/**
 * A blob, or a file that a person picked or dropped. Its size never changes; a picked file that was edited or removed
 * since cannot be read any more, and browsers do not tell which: both are `source_unreadable`.
 *
 * The name is the file's own; a blob without one is called `blob`, as in a form.
 *
 * @param handle the file's own, where the browser gave one with it (a drop, `showOpenFilePicker`): a later life finds the
 * file by it, by itself where the browser still allows to read it, else by `reopen`, which asks the person for leave
 */
export function blobSource(blob: Blob | File, facts: BlobFacts = {}, handle: FileHandle | null = null): Source {
  const described = describeBlob(blob, facts);
  if (handle === null) return new BlobSource(blob, described, null);
  return new HandleSource(blob, described, { kind: "handle", handleId: crypto.randomUUID() }, handle);
}

export function describeBlob(blob: Blob | File, facts: BlobFacts): SourceFacts {
  const file = "name" in blob ? blob : null;
  return {
    name: (facts.name ?? file?.name ?? "blob").normalize("NFC"),
    sizeBytes: blob.size,
    contentType: facts.contentType ?? (blob.type || null),
    lastModified: facts.lastModified ?? (file ? new Date(file.lastModified).toISOString() : null),
  };
}

export class BlobSource implements Source {
  readonly facts: SourceFacts;
  readonly origin: SourceOrigin | null;
  readonly replayable = true;
  blob: Blob | null;

  /** @param origin where the bytes are found again; null when nobody knows */
  constructor(blob: Blob, facts: SourceFacts, origin: SourceOrigin | null) {
    this.blob = blob;
    this.facts = facts;
    this.origin = origin;
  }

  async read(offset: number, target: Uint8Array, signal: AbortSignal): Promise<number> {
    const slice = this.blob?.slice(offset, offset + target.length);
    if (slice === undefined) throw new HawserError("source_unreadable", { detail: `${this.facts.name} was closed.` });
    let readBytes: number;
    try {
      readBytes = await readBlob(slice, target, signal);
    } catch (cause) {
      signal.throwIfAborted();
      throw new HawserError("source_unreadable", { detail: `${this.facts.name} cannot be read.` }, { cause });
    }
    if (readBytes !== slice.size) {
      throw new HawserError("source_changed", { detail: `${this.facts.name} is shorter than it was.` });
    }
    return readBytes;
  }

  async close(): Promise<void> {
    this.blob = null;
  }
}

/** A file that a browser gave a handle of. */
export class HandleSource extends BlobSource {
  readonly handle: FileHandle;

  constructor(blob: Blob, facts: SourceFacts, origin: SourceOrigin, handle: FileHandle) {
    super(blob, facts, origin);
    this.handle = handle;
  }

  /** @throws HawserError `source_unreadable` */
  async refresh(): Promise<SourceFacts> {
    const { name, contentType } = this.facts;
    return describeBlob(await fileOf(this.handle), { name, ...(contentType !== null && { contentType }) });
  }
}

/** @throws HawserError `source_unreadable` when it is gone or may not be read */
export async function fileOf(handle: FileHandle): Promise<File> {
  try {
    return await handle.getFile();
  } catch (cause) {
    throw new HawserError("source_unreadable", { detail: `${handle.name} cannot be opened.` }, { cause });
  }
}
