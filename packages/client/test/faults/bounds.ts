import { limits } from "@hawser/protocol";
import type { KindCounts } from "../proxy/counts.ts";

/**
 * The most bytes of a file that may leave the client: those that the server lacked, again those that left but never
 * reached the server, and for each lane one chunk that it was gathering when the line broke.
 */
export function mostSentBytes(
  missingBytes: number,
  { receivedBytes, forwardedBytes }: Pick<KindCounts, "receivedBytes" | "forwardedBytes">,
  lanes: number,
): number {
  return missingBytes + (receivedBytes - forwardedBytes) + lanes * limits.chunkSizeBytes;
}
