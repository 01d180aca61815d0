import { nodePlatform } from "../platform-node.ts";
import { createNodeTransport } from "../transport/node-http.ts";
import { type WatchOptions, watchUploads } from "./watch.ts";

export type { LiveStanding, LiveStatus } from "./live-api.ts";
export type { LiveSocket, OpenSocket, SocketListener } from "./socket.ts";
export type { WatchOptions } from "./watch.ts";

/**
 * Tells what happens to uploads on the server, without a gap, however often the line breaks, until the signal is
 * aborted; then it resolves. With Node's HTTP and `WebSocket`.
 */
export async function watch(options: WatchOptions): Promise<void> {
  const transport = options.transport ?? createNodeTransport();
  try {
    await watchUploads({ ...options, transport, platform: options.platform ?? nodePlatform });
  } finally {
    if (options.transport === undefined) transport.close?.();
  }
}
