import { createMemoryJournal } from "./journal/memory.ts";
import { nodePlatform } from "./platform-node.ts";
import { openPathSource } from "./source/path.ts";
import type { Source } from "./source/source.ts";
import { type ByteStream, streamSource as openStream, type StreamFacts, type StreamOptions } from "./source/stream.ts";
import { createNodeTransport } from "./transport/node-http.ts";
import { createUploader as createCore } from "./uploader.ts";
import type { OpenSource, Uploader, UploaderOptions } from "./uploader-api.ts";

export * from "./index.ts";
export { type FileJournal, openFileJournal } from "./journal/file.ts";
export { createMemoryJournal } from "./journal/memory.ts";
export { type BlobFacts, blobSource } from "./source/blob.ts";
export { openPathSource, type PathFacts } from "./source/path.ts";
export type { ByteStream, StreamFacts, StreamOptions } from "./source/stream.ts";

/**
 * An uploader for Node. What is not given: Node's HTTP with connections that are used again, a journal in memory, and
 * for uploads of an earlier life the files at the paths that the journal names.
 */
export function createUploader(options: UploaderOptions): Uploader {
  return createCore({
    ...options,
    journal: options.journal ?? createMemoryJournal(),
    transport: options.transport ?? createNodeTransport(),
    platform: options.platform ?? nodePlatform,
    openSource: options.openSource ?? openAgain,
  });
}

/** A stream as a source; asynchronous as in a browser, where its code is loaded first. */
export async function streamSource(stream: ByteStream, facts: StreamFacts, options?: StreamOptions): Promise<Source> {
  return openStream(stream, facts, options);
}

const openAgain: OpenSource = async (origin, { name, contentType }) =>
  origin.kind === "path" ? openPathSource(origin.path, { name, contentType }) : null;
