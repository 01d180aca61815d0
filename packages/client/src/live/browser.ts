import { browserPlatform } from "../platform-browser.ts";
import { createXhrTransport } from "../transport/xhr.ts";
import { type WatchOptions, watchUploads } from "./watch.ts";

export type { LiveStanding, LiveStatus } from "./live-api.ts";
export type { LiveSocket, OpenSocket, SocketListener } from "./socket.ts";
export type { WatchOptions } from "./watch.ts";

/**
 * Tells what happens to uploads on the server, without a gap, however often the line breaks, until the signal is
 * aborted; then it resolves. With `XMLHttpRequest` and `WebSocket`, in a window or worker.
 */
export function watch(options: WatchOptions): Promise<void> {
  const { transport = createXhrTransport(), platform = browserPlatform } = options;
  return watchUploads({ ...options, transport, platform });
}
