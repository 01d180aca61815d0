import { keepInBrowser } from "./lazy-keeping.ts";
import { browserPlatform } from "./platform-browser.ts";
import { createXhrTransport } from "./transport/xhr.ts";
import { createUploader as createCore } from "./uploader.ts";
import type { Uploader, UploaderOptions } from "./uploader-api.ts";

export * from "./index.ts";
export { createMemoryJournal } from "./journal/memory.ts";
export { type BlobFacts, blobSource } from "./source/blob.ts";
export type { FileHandle } from "./source/file-handle.ts";
export { handleSource } from "./source/handle.ts";
export { streamSource } from "./source/lazy-stream.ts";
export type { ByteStream, StreamFacts, StreamOptions } from "./source/stream.ts";

/** Of the browser's database, and of the folder with copies beside it. */
const storageName = "hawser";

/**
 * An uploader for a browser's window or worker. What is not given: `XMLHttpRequest`; a journal in IndexedDB, with the
 * handles of files and, within `maxSpoolBytes`, copies of those that have none, so that uploads of an earlier life go
 * on by themselves. With a journal of the app's own they need their source again, unless it gives `openSource` too.
 */
export function createUploader(options: UploaderOptions): Uploader {
  const platform = options.platform ?? browserPlatform;
  const transport = options.transport ?? createXhrTransport();
  if (options.journal) return createCore({ ...options, journal: options.journal, transport, platform });
  const keeping = keepInBrowser(storageName, options.maxSpoolBytes, platform);
  const openSource = options.openSource ?? keeping.openSource;
  return createCore({ ...options, ...keeping, openSource, transport, platform });
}
