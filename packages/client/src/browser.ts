import { createMemoryJournal } from "./journal/memory.ts";
import { browserPlatform } from "./platform-browser.ts";
import { createXhrTransport } from "./transport/xhr.ts";
import { createUploader as createCore } from "./uploader.ts";
import type { Uploader, UploaderOptions } from "./uploader-api.ts";

export * from "./index.ts";
export { createMemoryJournal } from "./journal/memory.ts";
export { type BlobFacts, blobSource } from "./source/blob.ts";
export { streamSource } from "./source/lazy-stream.ts";
export type { ByteStream, StreamFacts, StreamOptions } from "./source/stream.ts";

/**
 * An uploader for a browser's window or worker. What is not given: `XMLHttpRequest`, and a journal in memory; uploads
 * of an earlier life need their source again.
 */
export function createUploader(options: UploaderOptions): Uploader {
  return createCore({
    ...options,
    journal: options.journal ?? createMemoryJournal(),
    transport: options.transport ?? createXhrTransport(),
    platform: options.platform ?? browserPlatform,
  });
}
