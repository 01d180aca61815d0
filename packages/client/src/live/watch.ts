import type { LiveMessage, Subject } from "@hawser/protocol";
import { Api } from "../api.ts";
import type { Platform } from "../platform.ts";
import type { Transport } from "../transport/transport.ts";
import { LiveConnection } from "./connection.ts";
import type { LiveStanding } from "./live-api.ts";
import { liveRequests } from "./requests.ts";
import { type OpenSocket, openWebSocket } from "./socket.ts";

export interface WatchOptions {
  /** Address of the server, as the uploader has it. */
  readonly endpoint: string;
  /** At most 32; each is told for itself. */
  readonly subjects: readonly Subject[];
  /** Ends the watch. */
  readonly signal: AbortSignal;
  /**
   * Gets what the server says, in its order, but for its signs of life. What has a number comes once for each subject.
   * While nothing but asking works, it comes as lists, and the numbered events follow when they can be had.
   */
  readonly onMessage: (message: LiveMessage) => void;
  readonly onStanding?: (standing: LiveStanding) => void;
  /** Header fields for each request (credentials); asked before each one. The socket has a ticket instead. */
  readonly headers?: () => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>;
  /** Called on 401 and 403: gets new credentials, or rejects. */
  readonly refresh?: () => Promise<void>;
  /** Collaborators; each platform has its own defaults. */
  readonly transport?: Transport;
  readonly platform?: Platform;
  readonly openSocket?: OpenSocket;
}

/** Longest silence of a request, milliseconds. */
const stallTimeoutMs = 10_000;

/**
 * Tells what happens to uploads on the server, without a gap, however often the line breaks, until the signal is
 * aborted; then it resolves.
 */
export async function watchUploads(
  options: WatchOptions & { readonly transport: Transport; readonly platform: Platform },
): Promise<void> {
  const { endpoint, headers, refresh, transport, platform, openSocket, subjects, signal, onMessage, onStanding } =
    options;
  const api = new Api(transport, {
    endpoint,
    headers: headers ?? (() => ({})),
    stallTimeoutMs: () => stallTimeoutMs,
    now: () => platform.now(),
  });
  const parts = {
    endpoint,
    requests: liveRequests(api),
    openSocket: openSocket ?? openWebSocket,
    platform,
    refresh: refresh ?? null,
  };
  const connection = new LiveConnection(parts, subjects, { heard: onMessage, stood: (it) => onStanding?.(it) });
  await connection.run(signal);
}
